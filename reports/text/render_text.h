/* Lines of text for people that fit a width. */
#ifndef EK_REPORTS_RENDER_TEXT_H
#define EK_REPORTS_RENDER_TEXT_H

#include "reports/text/render.h"
#include "reports/text/render_number.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- text from outside ---- */

/* Reads one character; a byte that is not UTF-8 becomes U+FFFD. `text` is not at its end. */
uint32_t ek__character(const char **text);
/* Control characters, and those that turn the direction of writing. */
bool ek__is_control(uint32_t character);
/* Columns it takes; wide characters count as one. */
int ek__width(const char *text);
/* Copies without control characters, cut between characters. Returns `out`. */
const char *ek__clean(const char *text, char *out, size_t size);
/* The same, in quotes when a shell would not take it as one word. */
const char *ek__shell_word(const char *text, char *out, size_t size);

/* "slow b01", without control characters. Returns `out`. */
const char *ek__fault_text(const struct ek_failover *fault, char *out, size_t size);

/* How long load was offered: the scenario's duration, or less when the run was cut short. */
int64_t ek__simulated_ns(const struct ek_results *results);

/* ---- lines ---- */

enum ek__style {
    EK__PLAIN,
    EK__BOLD,
    EK__DIM,
    EK__GOOD,
    EK__BAD,
    EK__UNSURE,
    EK__FAULT,
    EK__STYLE_COUNT
};

/* One line being written: never longer than the width, no spaces at its end. */
struct ek__line {
    FILE *out;
    const struct ek_render *render;
    int column;  /* the next character's */
    int written; /* columns that are out already; spaces are held back until text follows */
};

/* Text is cleaned, and cut with a mark where the line ends. */
void ek__put(struct ek__line *line, enum ek__style style, const char *text);
void ek__put_right(struct ek__line *line, enum ek__style style, const char *text, int width);
/* The next text begins at `column`, or a space after what is there already. */
void ek__tab(struct ek__line *line, int column);
void ek__end(struct ek__line *line);
/* A command or a path: whole, whatever its length. */
void ek__put_whole(struct ek__line *line, const char *text);
/* Words, broken before the column `end`; goes on at `indent` in each further line. */
void ek__put_wrapped(struct ek__line *line, enum ek__style style, const char *text, int indent,
                     int end);
/* The longest start of `text` that fits `width` columns and ends with a word. Returns its bytes. */
size_t ek__fit_words(const char *text, int width);

/* An empty line, then what comes next, with a note beside it. */
void ek__put_heading(struct ek__line *line, const char *text, const char *note);

/* "two choices: success = 99.5 % +- 0.03 %"; the name only when the scenario gave one. Returns
 * `out`. */
const char *ek__judged_text(const struct ek_judged *judged, char *out, size_t size);
/* "99.50 %"; for an unknown one "unknown". Returns borrowed from `judged`. */
const char *ek__judged_value(const struct ek_judged *judged);
enum ek__style ek__verdict_style(enum ek_verdict verdict);
const char *ek__verdict_mark(enum ek_verdict verdict, bool unicode);
/* "published" ...; "" for a choice of ours. */
const char *ek__mark_word(enum ek_mark mark);
/* "3 of 3 expectations hold" */
void ek__put_verdict(struct ek__line *line, size_t passed, size_t failed, size_t unknown);

/* Runs with numbers to reproduce (marked published or recomputed), and those where all of them
 * hold. */
struct ek__reproduced {
    size_t hold, of;
};
struct ek__reproduced ek__reproduced(const struct ek_results *const *results, size_t count);

/* ---- pictures over time ---- */

/* Values in equal steps of time; below 0 is a gap. */
struct ek__series {
    const int64_t *values;
    size_t count;
    int64_t low, high; /* what the lowest and the highest character stand for */
};

/* Sets low and high from the values: 0 and 0 without any. */
void ek__series_scale(struct ek__series *series);
/* Columns for so many steps, at most `room`. */
int ek__series_width(size_t count, int room);
/* The highest value of each column decides. Less than a quarter of `low` does not fill the height:
 * noise shall not look like an outage. */
void ek__put_series(struct ek__line *line, enum ek__style style, const struct ek__series *series,
                    int width);
/* Where each fault lasts on the same columns, and the times; labels begin at column 2. */
void ek__put_faults(struct ek__line *line, const struct ek_results *results, int column, int width);

#endif
