/* The reference of scenario files: what a key, a word, a policy or a metric means. */
#include "sim/scenario/internal.h"

#include "evenkeel/resolver.h"
#include "sim/scenario/examine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    PATH_SIZE = 160,
    HITS_MAX = 24,   /* rows of one name in different places */
    PLACES_MAX = 12, /* places of one row */
    WORDS_MAX = 400,
    DEPTH_MAX = 12
};

/* A row that matched, with where it stands. */
struct hit {
    const struct ek_option *row;
    char places[PLACES_MAX][PATH_SIZE];
    size_t count;
};

struct search {
    const char *key;
    const char *words[WORDS_MAX + 1]; /* all there is, for suggestions */
    size_t word_count, hit_count;
    struct hit hits[HITS_MAX];
};

static void add_word(struct search *s, const char *word)
{
    if (s->word_count < WORDS_MAX && !ek__is_word_of(word, s->words))
        s->words[s->word_count++] = word;
}

/* "kind" and "faults.kind" both mean the path "faults.kind". */
static bool path_ends_with(const char *path, const char *key)
{
    size_t length = strlen(path), key_length = strlen(key);
    if (key_length > length || strcmp(path + length - key_length, key) != 0)
        return false;
    return key_length == length || path[length - key_length - 1] == '.';
}

static void add_hit(struct search *s, const struct ek_option *row, const char *path)
{
    size_t i = 0;
    while (i < s->hit_count && s->hits[i].row != row)
        i++;
    if (i == HITS_MAX)
        return;
    struct hit *hit = &s->hits[i];
    if (i == s->hit_count) {
        s->hit_count++;
        *hit = (struct hit){.row = row};
    }
    if (hit->count < PLACES_MAX)
        snprintf(hit->places[hit->count++], PATH_SIZE, "%s", path);
}

static void search_table(struct search *s, const struct ek_option *table, const char *path,
                         int depth)
{
    for (const struct ek_option *row = table; row && row->name && depth < DEPTH_MAX; row++) {
        char place[PATH_SIZE];
        snprintf(place, sizeof place, "%.120s%s%s", path, path[0] ? "." : "", row->name);
        add_word(s, row->name);
        for (size_t i = 0; row->type == EK_OPTION_WORD && row->words[i]; i++) {
            add_word(s, row->words[i]);
            if (strcmp(s->key, row->words[i]) == 0)
                add_hit(s, row, place);
        }
        if (path_ends_with(place, s->key))
            add_hit(s, row, place);
        search_table(s, ek__row_fields(row), place, depth + 1);
        if (strcmp(row->name, "loadBalancingConfig") == 0)
            for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops; ops++) {
                char policy[PATH_SIZE];
                snprintf(policy, sizeof policy, "%.120s.%s", place, (*ops)->name);
                search_table(s, (*ops)->options, policy, depth + 1);
            }
    }
}

/* ---- printing ---- */

static const char *type_text(const struct ek_option *row)
{
    static const char *const texts[] = {
        [EK_OPTION_BOOL] = "true or false",
        [EK_OPTION_INTEGER] = "whole number",
        [EK_OPTION_DURATION] = "duration, such as \"250ms\"",
        [EK_OPTION_SHARE] = "share, such as \"99.9%\"",
        [EK_OPTION_RATE] = "rate, such as \"500/s\"",
        [EK_OPTION_DECIMAL] = "number, such as 1.6",
        [EK_OPTION_STRING] = "text",
        [EK_OPTION_WORD] = "word",
        [EK_OPTION_OBJECT] = "object",
        [EK_OPTION_LIST] = "list",
        [EK_OPTION_VARIANT] = "one of several",
        [EK_OPTION_JSON] = "any value",
    };
    if (row->type == EK_OPTION_JSON && ek__row_fields(row))
        return "object";
    return texts[row->type];
}

static void print_number(FILE *out, enum ek_option_type type, int64_t value)
{
    char text[32];
    if (type == EK_OPTION_DURATION)
        fputs(ek_duration_text(value, text, sizeof text), out);
    else if (type == EK_OPTION_SHARE)
        fprintf(out, "%" PRId64 "%%", value / 10000);
    else if (type == EK_OPTION_RATE)
        fprintf(out, "%" PRId64 "/s", value / 1000000);
    else if (type == EK_OPTION_DECIMAL)
        fprintf(out, "%" PRId64 ".%03" PRId64, value / 1000, value % 1000);
    else
        fprintf(out, "%" PRId64, value);
}

static void print_limits(FILE *out, const struct ek_option *row)
{
    bool is_number = row->type == EK_OPTION_INTEGER || row->type == EK_OPTION_DECIMAL ||
                     row->type == EK_OPTION_DURATION || row->type == EK_OPTION_SHARE ||
                     row->type == EK_OPTION_RATE;
    bool is_open = row->max == 0 || row->max == INT64_MAX;
    if (!is_number || (row->min == 0 && is_open))
        return;
    if (row->min == 1 && row->type != EK_OPTION_INTEGER) {
        fputs("; more than 0", out);
    } else {
        fputs("; at least ", out);
        print_number(out, row->type, row->min);
    }
    if (!is_open) {
        fputs(", at most ", out);
        print_number(out, row->type, row->max);
    }
}

static void print_members(FILE *out, const struct ek_option *table)
{
    for (const struct ek_option *row = table; row && row->name; row++) {
        fprintf(out, "    %-18s %s", row->name, row->text ? row->text : "");
        if (row->required)
            fputs(" Required.", out);
        else if (row->fallback)
            fprintf(out, " Default %s.", row->fallback);
        fputc('\n', out);
    }
}

static const char *const fault_texts[] = {
#define FAULT_TEXT(name, word, targets, text) text,
    EK_FAULT_LIST(FAULT_TEXT)
#undef FAULT_TEXT
};

static bool is_fault_kind(const struct ek_option *row)
{
    return row->type == EK_OPTION_WORD && strcmp(row->words[0], "kill") == 0;
}

static void print_words(FILE *out, const struct ek_option *row)
{
    if (!is_fault_kind(row)) {
        fputs("  one of:", out);
        for (size_t i = 0; row->words[i]; i++)
            fprintf(out, "%s %s", i > 0 ? "," : "", row->words[i]);
        fputc('\n', out);
        return;
    }
    for (size_t i = 0; row->words[i]; i++)
        fprintf(out, "    %-20s %s\n", row->words[i], fault_texts[i]);
}

static void print_hit(FILE *out, const struct hit *hit)
{
    const struct ek_option *row = hit->row;
    for (size_t i = 0; i < hit->count; i++)
        fprintf(out, "%s\n", hit->places[i]);
    fprintf(out, "  %s", type_text(row));
    print_limits(out, row);
    if (row->required)
        fputs("; required", out);
    else if (row->fallback)
        fprintf(out, "; default %s", row->fallback);
    fprintf(out, "\n  %s\n", row->text ? row->text : "");
    if (row->type == EK_OPTION_WORD)
        print_words(out, row);
    print_members(out, ek__row_fields(row));
    if (strcmp(row->name, "loadBalancingConfig") == 0)
        for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops; ops++)
            fprintf(out, "    %-18s %s\n", (*ops)->name, (*ops)->text ? (*ops)->text : "");
}

/* ---- things with names of their own ---- */

static bool explain_fault(const char *key, FILE *out)
{
    static const char *const words[] = {
#define FAULT_WORD(name, word, targets, text) word,
        EK_FAULT_LIST(FAULT_WORD)
#undef FAULT_WORD
    };
    static const char *const members[] = {
        "at",       "for",    "every",   "target", "from",  "to",     "factor",
        "share",    "status", "service", "after",  "drain", "down",   "delay",
        "pushback", "retry",  "mode",    "rate",   "bytes", "period", NULL};
    for (int kind = 0; kind < EK_FAULT_COUNT; kind++) {
        if (strcmp(words[kind], key) != 0)
            continue;
        fprintf(out, "%s\n  a fault: {\"kind\": \"%s\", ...} in \"faults\"\n  %s\n  takes:", key,
                key, fault_texts[kind]);
        const char *separator = " ";
        for (size_t i = 0; members[i]; i++) {
            if (!ek__fault_takes(kind, members[i]))
                continue;
            fprintf(out, "%s%s", separator, members[i]);
            separator = ", ";
        }
        fputc('\n', out);
        return true;
    }
    return false;
}

static bool explain_policy(const char *key, FILE *out)
{
    const struct ek_lb_ops *ops = ek_lb_find(key);
    if (!ops)
        return false;
    fprintf(out, "%s\n  a policy: \"loadBalancingConfig\": [{\"%s\": {}}]\n  %s\n", ops->name,
            ops->name, ops->text ? ops->text : "");
    if (ops->aliases && ops->aliases[0]) {
        fputs("  also called:", out);
        for (const char *const *alias = ops->aliases; *alias; alias++)
            fprintf(out, "%s %s", alias == ops->aliases ? "" : ",", *alias);
        fputc('\n', out);
    }
    print_members(out, ops->options);
    return true;
}

static bool explain_metric(const char *key, FILE *out)
{
    static const char *const units[] = {[EK_UNIT_COUNT] = "a count, such as 12",
                                        [EK_UNIT_SHARE] = "a share, such as \"99.9%\"",
                                        [EK_UNIT_DURATION] = "a duration, such as \"250ms\"",
                                        [EK_UNIT_RATIO] = "a ratio, such as 1.25"};
    const struct ek_metric *metric = ek_metric_find(key);
    if (!metric)
        return false;
    fprintf(out, "%s\n  a metric: {\"metric\": \"%s\", ...} in \"expect\"; %s%s%s\n  %s\n", key,
            key, units[metric->unit], strchr(metric->needs, 'f') ? "; needs a fault" : "",
            strchr(metric->needs, 'e') ? "; needs \"endpoint\"" : "", metric->text);
    return true;
}

/* A rule of `evenkeel check`. */
static bool explain_rule(const char *key, FILE *out)
{
    const struct ek_rule *rule = ek_rule_named(key);
    if (!rule)
        return false;
    fprintf(out, "EK%03d\n  %s: %s\n  why: %s\n  source: %s\n  to do: %s\n", rule->number,
            rule->severity == EK_SEVERITY_ERROR ? "an error" : "a warning", rule->title, rule->why,
            rule->source, rule->fix);
    return true;
}

static void add_names(struct search *s)
{
    for (const struct ek_metric *m = ek_metric_all; m->name; m++)
        add_word(s, m->name);
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops; ops++) {
        add_word(s, (*ops)->name);
        for (const char *const *alias = (*ops)->aliases; alias && *alias; alias++)
            add_word(s, *alias);
    }
}

bool ek_scenario_explain(const char *key, FILE *out, FILE *err)
{
    struct search search = {.key = key};
    if (explain_fault(key, out) || explain_policy(key, out) || explain_metric(key, out) ||
        explain_rule(key, out))
        return true;
    search_table(&search, ek_scenario_options, "", 0);
    for (size_t i = 0; i < search.hit_count; i++)
        print_hit(out, &search.hits[i]);
    if (search.hit_count > 0)
        return true;
    add_names(&search);
    const char *last = strrchr(key, '.');
    const char *near = ek_suggest(last ? last + 1 : key, search.words);
    char shown[64];
    snprintf(shown, sizeof shown, "%s", key);
    for (char *c = shown; *c; c++)
        if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
            *c = '?';
    fprintf(err, "nothing is called \"%s\"%s%s%s\n", shown, near ? "; did you mean \"" : "",
            near ? near : "; see `evenkeel schema` for all keys", near ? "\"?" : "");
    return false;
}
