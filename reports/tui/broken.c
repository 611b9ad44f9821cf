/* Where the run broke an expectation: the moment that decided it. */
#include "reports/tui/act.h"

#include "reports/recording/decided.h"

/* What no moment decided was missed until the end. A number of an interval is there once that is
 * over. */
static int64_t moment_of(const struct ek_snapshot *s, const struct ek_judged *judged)
{
    struct ek_decided decided = ek_replay_decided(s->replay, judged);
    return decided.at_ns < 0 || decided.until_ns > s->end_ns ? s->end_ns : decided.until_ns;
}

void ek__go_to_broken(struct ek_ui *ui, const struct ek_snapshot *s)
{
    const struct ek_results *results = s->results;
    size_t next = SIZE_MAX, first = SIZE_MAX;
    int64_t next_ns = INT64_MAX, first_ns = INT64_MAX;
    size_t after = ui->broken_count;
    for (size_t i = 0; i < results->judged_count; i++) {
        if (results->judged[i].verdict == EK_VERDICT_PASS)
            continue;
        int64_t at_ns = moment_of(s, &results->judged[i]);
        /* Several can be decided at one moment: then they come in their order. */
        bool is_later = at_ns > ui->at_ns || (at_ns == ui->at_ns && i + 1 > after);
        if (is_later && at_ns < next_ns) {
            next = i;
            next_ns = at_ns;
        }
        if (at_ns < first_ns) {
            first = i;
            first_ns = at_ns;
        }
    }
    if (first == SIZE_MAX) {
        if (results->judged_count > 0)
            ek__say(ui, "all %zu expectations hold", results->judged_count);
        else
            ek__say(ui, "the scenario has no expectations");
        return;
    }
    if (next == SIZE_MAX) {
        next = first;
        next_ns = first_ns;
    }
    ek__go_to(ui, s, next_ns);
    ui->broken_count = next + 1;
    const struct ek_judged *judged = &results->judged[next];
    ek__say(ui, "✗ %s%s%s: %s", judged->name, judged->name[0] ? ": " : "", judged->text,
            judged->has_value ? judged->value_text : judged->problem);
}
