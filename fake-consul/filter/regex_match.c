/* Running a compiled regular expression: all its threads at once, one character after another. */
#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/filter/regex.h"
#include "fake-consul/filter/regex_program.h"

struct threads {
    size_t *steps;
    size_t count;
    size_t *seen; /* of each step: the round it was added in */
};

struct run {
    const struct ek__consul_regex *regex;
    size_t *stack;
    size_t round;
    uint32_t before, after; /* the characters around the place; 0: none */
};

uint32_t ek__consul_rune(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    size_t more = *p >= 0xF5 ? 0 : *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC2 ? 1 : 0;
    uint32_t rune = *p;

    if (*p == 0)
        return 0;
    if (more > 0) {
        rune = *p & (0x3Fu >> more);
        for (size_t i = 1; i <= more; i++) {
            if ((p[i] & 0xC0) != 0x80) {
                more = 0;
                rune = *p;
                break;
            }
            rune = rune << 6 | (p[i] & 0x3F);
        }
    }
    *text += 1 + more;
    return rune;
}

static bool is_word(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool holds(const struct run *run, enum ek__consul_regex_op op)
{
    bool border = is_word(run->before) != is_word(run->after);

    if (op == EK__CONSUL_RE_TEXT_BEGIN)
        return run->before == 0;
    if (op == EK__CONSUL_RE_TEXT_END)
        return run->after == 0;
    if (op == EK__CONSUL_RE_LINE_BEGIN)
        return run->before == 0 || run->before == '\n';
    if (op == EK__CONSUL_RE_LINE_END)
        return run->after == 0 || run->after == '\n';
    return op == EK__CONSUL_RE_WORD ? border : !border;
}

/* Adds the step and all that is reached from it without a character. True when that is the end. */
static bool add(struct run *run, struct threads *threads, size_t step)
{
    size_t depth = 0;

    run->stack[depth++] = step;
    while (depth > 0) {
        const struct ek__consul_regex_step *at;

        step = run->stack[--depth];
        if (threads->seen[step] == run->round)
            continue;
        threads->seen[step] = run->round;
        at = &run->regex->steps[step];
        if (at->op == EK__CONSUL_RE_MATCH)
            return true;
        if (at->op == EK__CONSUL_RE_SET) {
            threads->steps[threads->count++] = step;
        } else if (at->op == EK__CONSUL_RE_SPLIT) {
            run->stack[depth++] = at->y;
            run->stack[depth++] = at->x;
        } else if (at->op == EK__CONSUL_RE_JUMP || holds(run, at->op)) {
            run->stack[depth++] = at->x;
        }
    }
    return false;
}

static bool in_set(const struct ek__consul_regex *regex, const struct ek__consul_regex_step *set,
                   uint32_t c)
{
    uint32_t other = c;
    bool found = false;

    if (set->folded && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
        other = c ^ 32;
    for (size_t i = set->x; i < set->x + set->y && !found; i++) {
        const struct ek__consul_range *range = &regex->ranges[i];

        found =
            (c >= range->low && c <= range->high) || (other >= range->low && other <= range->high);
    }
    return found != set->negated;
}

static uint32_t peek(const char *text)
{
    return ek__consul_rune(&text);
}

bool ek__consul_regex_matches(const struct ek__consul_regex *regex, const char *text)
{
    size_t *memory = ek__consul_alloc((6 * regex->count + 2) * sizeof *memory);
    struct threads now = {.steps = memory, .seen = memory + regex->count};
    struct threads next = {.steps = memory + 2 * regex->count, .seen = memory + 3 * regex->count};
    struct run run = {.regex = regex, .stack = memory + 4 * regex->count, .round = 1};
    bool found = false;

    run.after = peek(text);
    while (!(found = add(&run, &now, 0)) && *text) {
        struct threads swap = now;
        uint32_t c = ek__consul_rune(&text);

        run.before = c;
        run.after = peek(text);
        run.round++;
        next.count = 0;
        for (size_t i = 0; i < now.count && !found; i++)
            found =
                in_set(regex, &regex->steps[now.steps[i]], c) && add(&run, &next, now.steps[i] + 1);
        if (found)
            break;
        now = next;
        next = swap;
    }
    free(memory);
    return found;
}
