#include "reports/text/render_between.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *ek__compared_word(enum ek_compared what)
{
    static const char *const words[EK_COMPARED_COUNT] = {
        [EK_COMPARED_ERRORS] = "errors",
        [EK_COMPARED_MEAN] = "mean",
        [EK_COMPARED_P99] = "p99",
    };
    return what < EK_COMPARED_COUNT ? words[what] : "?";
}

/* As many digits as the width leaves to be known, two of the width itself; never more than three of
 * the value. */
static int decimals(double value, double width)
{
    int digits = 0;
    for (; digits < 4 && width < 10 && fabs(value) < 100; digits++) {
        width *= 10;
        value *= 10;
    }
    return digits;
}

/* "12 ± 3", and "12 ± <1" where the width is less than the last digit shown. */
static void put_value(char *out, size_t size, bool is_signed, double value, double width,
                      const char *mark)
{
    int digits = decimals(value, width);
    double last = pow(10, -digits);
    bool is_less = width > 0 && width < last / 2;
    snprintf(out, size, is_signed ? "%+.*f %s %s%.*f" : "%.*f %s %s%.*f", digits, value, mark,
             is_less ? "<" : "", digits, is_less ? last : width);
}

/* In which unit a width, or a value, of so many ns reads well. */
static double unit_ns(double ns, const char **word)
{
    bool is_seconds = fabs(ns) >= 1e9, is_micros = fabs(ns) < 1e6;
    *word = is_seconds ? "s" : is_micros ? "µs" : "ms";
    return is_seconds ? 1e9 : is_micros ? 1e3 : 1e6;
}

struct ek__text ek__between_text(const struct ek_between *between, enum ek_compared what,
                                 const char *mark)
{
    struct ek__text text;
    const char *unit = "points", *doubt = between->is_correlated ? " ?" : "";
    double by = between->difference.mean, width = between->difference.half_width, scale = 0.01;
    if (!between->is_known) {
        snprintf(text.s, sizeof text.s, "too few calls");
        return text;
    }
    if (!between->is_shown) {
        snprintf(text.s, sizeof text.s, "no difference shown");
        return text;
    }
    if (what != EK_COMPARED_ERRORS)
        scale = unit_ns(by, &unit);
    by /= scale;
    width /= scale;
    char value[48];
    put_value(value, sizeof value, true, by, width, mark);
    snprintf(text.s, sizeof text.s, "%s %s%s", value, unit, doubt);
    return text;
}

struct ek__text ek__estimate_text(const struct ek_estimate *estimate, enum ek_compared what,
                                  const char *mark)
{
    struct ek__text text = {""};
    const char *unit = "%", *doubt = estimate->is_correlated ? " ?" : "";
    double scale = what == EK_COMPARED_ERRORS ? 0.01 : unit_ns(estimate->mean, &unit);
    if (estimate->batches == 0)
        return text;
    double mean = estimate->mean / scale, width = estimate->half_width / scale;
    char value[48];
    put_value(value, sizeof value, false, mean, width, mark);
    snprintf(text.s, sizeof text.s, "%s %s%s", value, unit, doubt);
    return text;
}

const char *ek__between_basis(const struct ek_results *results, char *out, size_t size)
{
    if (results->batch_count == 0) {
        snprintf(out, size, "the run is too short for intervals");
        return out;
    }
    int64_t length_ns = results->batches[0].end_ns - results->batches[0].start_ns;
    bool is_whole = strcmp(results->batch_phase, "all") == 0;
    char when[64];
    snprintf(when, sizeof when, is_whole ? "all along" : "while %.40s lasts", results->batch_phase);
    snprintf(out, size, "%s, 95 %% sure, from %zu parts of %s after the first tenth", when,
             results->batch_count, ek__duration(length_ns).s);
    return out;
}
