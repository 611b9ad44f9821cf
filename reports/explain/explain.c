#include "reports/explain/explain.h"

#include "reports/explain/story.h"

#include <string.h>

/* X(word before the colon, who explains what follows it). */
static const struct {
    const char *prefix;
    bool (*explain)(struct ek__story *story, const char *rest);
} kinds[] = {
    {"call:", ek__explain_call},         {"pick:", ek__explain_pick},
    {"error:", ek__explain_error},       {"fault:", ek__explain_fault},
    {"endpoint:", ek__explain_endpoint}, {"event:", ek__explain_event},
    {"t=", ek__explain_moment},
};

bool ek_explain(struct ek_replay *replay, const char *what, const struct ek_render *render,
                FILE *out, char *why, size_t why_size)
{
    return ek_explain_traced(replay, replay, what, render, out, why, why_size);
}

bool ek_explain_traced(struct ek_replay *replay, struct ek_replay *traced, const char *what,
                       const struct ek_render *render, FILE *out, char *why, size_t why_size)
{
    /* The run once more has kept all that is about the call. */
    struct ek__story story = {
        .replay = ek_explain_call_of(replay, what) != 0 ? traced : replay,
        .traced = traced,
        .results = ek_replay_results(replay),
        .line = {.out = out, .render = render},
        .why = why,
        .why_size = why_size,
    };
    if (strcmp(what, "worst") == 0)
        return ek__explain_worst(&story);
    if (strcmp(what, "fault") == 0)
        return ek__explain_only_fault(&story);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].prefix);
        if (strncmp(what, kinds[i].prefix, length) == 0)
            return kinds[i].explain(&story, what + length);
    }
    return ek__explain_judged(&story, what);
}
