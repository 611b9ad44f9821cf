/* Completing what is typed at a prompt: commands, faults, endpoints, policies. */
#include "reports/tui/act.h"

#include <stdio.h>
#include <string.h>

enum {
    SHOWN_MAX = 12
};

/* The candidates that begin as the last word does. */
struct found {
    const char *word; /* its beginning */
    size_t length, common;
    const char *first; /* of those found */
    size_t count;
    char list[EK_UI_TEXT_MAX * 2]; /* of all of them, for the status line */
};

static void offer(struct found *found, const char *candidate)
{
    if (strncmp(candidate, found->word, found->length) != 0)
        return;
    if (found->count == 0) {
        found->first = candidate;
        found->common = strlen(candidate);
    }
    size_t same = 0;
    while (same < found->common && candidate[same] == found->first[same])
        same++;
    found->common = same;
    size_t used = strlen(found->list);
    if (found->count < SHOWN_MAX)
        snprintf(found->list + used, sizeof found->list - used, "%s%s", used > 0 ? " " : "",
                 candidate);
    else if (found->count == SHOWN_MAX)
        snprintf(found->list + used, sizeof found->list - used, " ...");
    found->count++;
}

static void offer_all(struct found *found, const char *const *words)
{
    for (size_t i = 0; words && words[i]; i++)
        offer(found, words[i]);
}

static void offer_policies(struct found *found, const struct ek_lb_ops *const *policies)
{
    for (size_t i = 0; policies && policies[i]; i++)
        offer(found, policies[i]->name);
}

static void offer_targets(struct found *found, const struct ek_snapshot *s)
{
    for (size_t e = 0; e < s->endpoint_count; e++)
        offer(found, s->endpoints[e].name);
    for (size_t e = 0; e < s->endpoint_count; e++) {
        bool is_new = s->endpoints[e].zone[0] != '\0';
        for (size_t i = 0; i < e && is_new; i++)
            is_new = strcmp(s->endpoints[i].zone, s->endpoints[e].zone) != 0;
        if (is_new)
            offer(found, s->endpoints[e].zone);
    }
}

static void offer_commands(struct found *found)
{
    offer(found, "goto");
    offer(found, "theme");
    for (int i = 1; i < EK_DO_COUNT; i++)
        offer(found, ek_tui_action_text((enum ek_tui_action)i)->word);
}

/* What may follow ":sort" and ":theme". */
static void offer_values(struct found *found, const char *command)
{
    bool sorts = strncmp(command, "sort ", 5) == 0, paints = strncmp(command, "theme ", 6) == 0;
    for (int i = 0; sorts && i < EK_SORT_COUNT; i++)
        offer(found, ek_sort_word((enum ek_sort)i));
    for (int i = 0; paints && i < EK_THEME_COUNT; i++)
        offer(found, ek_theme_word((enum ek_theme)i));
}

/* A command's words are completed as those of the prompt that it stands for. */
static enum ek_prompt prompt_of(const struct ek_ui *ui, size_t *skip)
{
    static const struct {
        const char *word;
        enum ek_prompt prompt;
    } rows[] = {{"inject ", EK_PROMPT_INJECT}, {"rerun ", EK_PROMPT_RERUN}};
    *skip = 0;
    for (size_t i = 0; ui->prompt == EK_PROMPT_COMMAND && i < sizeof rows / sizeof rows[0]; i++) {
        size_t length = strlen(rows[i].word);
        if (strncmp(ui->input, rows[i].word, length) == 0) {
            *skip = length;
            return rows[i].prompt;
        }
    }
    return ui->prompt;
}

void ek__complete(struct ek_ui *ui, const struct ek_snapshot *s, const struct ek_tui_hooks *hooks)
{
    size_t skip;
    enum ek_prompt prompt = prompt_of(ui, &skip);
    const char *last = strrchr(ui->input + skip, ' ');
    struct found found = {.word = last ? last + 1 : ui->input + skip};
    found.length = strlen(found.word);
    if (prompt == EK_PROMPT_COMMAND && !last)
        offer_commands(&found);
    else if (prompt == EK_PROMPT_RERUN && hooks && !last)
        offer_policies(&found, hooks->policies);
    else if (prompt == EK_PROMPT_INJECT && hooks && !last)
        offer_all(&found, hooks->faults);
    else if (prompt == EK_PROMPT_INJECT)
        offer_targets(&found, s);
    else if (prompt == EK_PROMPT_COMMAND)
        offer_values(&found, ui->input);
    if (found.count == 0)
        return;
    size_t at = (size_t)(found.word - ui->input);
    bool has_more =
        found.count == 1 && (prompt == EK_PROMPT_INJECT || strcmp(found.first, "goto") == 0 ||
                             strcmp(found.first, "theme") == 0);
    snprintf(ui->input + at, sizeof ui->input - at, "%.*s%s", (int)found.common, found.first,
             has_more ? " " : "");
    if (found.count > 1)
        ek__say(ui, "%s", found.list);
}
