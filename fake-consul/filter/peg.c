#include "fake-consul/filter/peg.h"

#include <stdlib.h>
#include <string.h>

static bool holds(const struct ek__consul_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], item) == 0)
            return true;
    }
    return false;
}

/* An attempt that failed where it should not have, or went well where it should not have. */
static void note(struct ek__consul_peg *peg, bool went_well, size_t at, const char *wanted)
{
    struct ek__consul_text text = {0};

    if (went_well != peg->inverted || at < peg->failed_at)
        return;
    if (at > peg->failed_at) {
        ek__consul_list_deinit(&peg->expected);
        peg->failed_at = at;
    }
    ek__consul_text_add(&text, peg->inverted ? "!" : "");
    ek__consul_text_add(&text, wanted);
    if (!holds(&peg->expected, text.data))
        ek__consul_list_add(&peg->expected, text.data);
    ek__consul_text_deinit(&text);
}

bool ek__consul_peg_literal(struct ek__consul_peg *peg, const char *literal)
{
    size_t size = strlen(literal);
    bool fits = peg->size - peg->at >= size && memcmp(peg->text + peg->at, literal, size) == 0;
    struct ek__consul_text wanted = {0};

    ek__consul_text_quoted(&wanted, literal);
    note(peg, fits, peg->at, wanted.data);
    ek__consul_text_deinit(&wanted);
    peg->at += fits ? size : 0;
    return fits;
}

bool ek__consul_peg_class(struct ek__consul_peg *peg, const char *bytes, const char *name)
{
    bool fits = peg->at < peg->size && strchr(bytes, peg->text[peg->at]) != NULL;

    note(peg, fits, peg->at, name);
    peg->at += fits;
    return fits;
}

bool ek__consul_peg_any(struct ek__consul_peg *peg)
{
    bool fits = peg->at < peg->size;

    note(peg, fits, peg->at, ".");
    for (peg->at += fits; fits && peg->at < peg->size && (peg->text[peg->at] & 0xC0) == 0x80;)
        peg->at++;
    return fits;
}

/* `line:column (offset): `, all as the parser of the real one counts them. */
static void add_place(const struct ek__consul_peg *peg, size_t at, struct ek__consul_text *out)
{
    uint64_t line = 1, column = 0;

    for (size_t i = 0; i <= at; i++) {
        if (i < peg->size && (peg->text[i] & 0xC0) == 0x80)
            continue;
        column++;
        if (i < peg->size && peg->text[i] == '\n') {
            line++;
            column = 0;
        }
    }
    ek__consul_text_u64(out, line);
    ek__consul_text_char(out, ':');
    ek__consul_text_u64(out, column);
    ek__consul_text_add(out, " (");
    ek__consul_text_u64(out, at);
    ek__consul_text_add(out, "): ");
}

void ek__consul_peg_error(struct ek__consul_peg *peg, size_t at, const char *rule, const char *text)
{
    struct ek__consul_text error = {0};

    add_place(peg, at, &error);
    ek__consul_text_add(&error, "rule \"");
    ek__consul_text_add(&error, rule);
    ek__consul_text_add(&error, "\": ");
    ek__consul_text_add(&error, text);
    if (!holds(&peg->errors, error.data))
        ek__consul_list_add(&peg->errors, error.data);
    ek__consul_text_deinit(&error);
}

static int by_text(const void *a, const void *b)
{
    char *const *x = a, *const *y = b;
    bool x_end = strcmp(*x, "!.") == 0, y_end = strcmp(*y, "!.") == 0;

    return x_end != y_end ? (x_end ? 1 : -1) : strcmp(*x, *y);
}

void ek__consul_peg_reason(const struct ek__consul_peg *peg, struct ek__consul_text *out)
{
    struct ek__consul_list sorted;
    const char *separator = "";

    for (size_t i = 0; i < peg->errors.count; i++) {
        ek__consul_text_add(out, i > 0 ? "\n" : "");
        ek__consul_text_add(out, peg->errors.items[i]);
    }
    if (peg->errors.count > 0)
        return;
    ek__consul_list_copy(&sorted, &peg->expected);
    if (sorted.count > 0)
        qsort(sorted.items, sorted.count, sizeof *sorted.items, by_text);
    add_place(peg, peg->failed_at, out);
    ek__consul_text_add(out, "no match found, expected: ");
    for (size_t i = 0; i < sorted.count; i++) {
        bool is_end = strcmp(sorted.items[i], "!.") == 0;

        ek__consul_text_add(out, i > 0 && i + 1 == sorted.count ? " or " : separator);
        ek__consul_text_add(out, is_end ? "EOF" : sorted.items[i]);
        separator = ", ";
    }
    ek__consul_list_deinit(&sorted);
}

void ek__consul_peg_deinit(struct ek__consul_peg *peg)
{
    ek__consul_list_deinit(&peg->expected);
    ek__consul_list_deinit(&peg->errors);
}
