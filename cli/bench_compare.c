/* Two benchmarks side by side: rows that say the same of themselves, and their measures as ratios.
 */
#include "cli/bench.h"

#include <stdio.h>
#include <string.h>

/* What is no real number says what a row is of. */
static bool is_same_row(json_t *a, json_t *b)
{
    const char *key;
    json_t *value;

    json_object_foreach(a, key,
                        value) if (!json_is_real(value) &&
                                   !json_equal(value, json_object_get(b, key))) return false;
    return true;
}

static void print_name(const char *part, json_t *row, const char *measure)
{
    char name[96];
    size_t used = (size_t)snprintf(name, sizeof name, "%s", part);
    const char *key;
    json_t *value;

    json_object_foreach(row, key, value)
    {
        if (used >= sizeof name)
            break;
        if (json_is_string(value))
            used +=
                (size_t)snprintf(name + used, sizeof name - used, " %s", json_string_value(value));
        else if (json_is_integer(value))
            used += (size_t)snprintf(name + used, sizeof name - used, " %s %" JSON_INTEGER_FORMAT,
                                     key, json_integer_value(value));
    }
    printf("  %-70.70s %-16.16s", name, measure);
}

static void compare_row(const char *part, json_t *now, json_t *then)
{
    const char *key;
    json_t *value;

    json_object_foreach(now, key, value)
    {
        double before = json_real_value(json_object_get(then, key));

        if (!json_is_real(value) || !json_is_real(json_object_get(then, key)))
            continue;
        print_name(part, now, key);
        printf(" %12.1f %12.1f", before, json_real_value(value));
        if (before > 0)
            printf(" %7.2fx", json_real_value(value) / before);
        putchar('\n');
    }
}

static void compare_part(const char *part, json_t *now, json_t *then)
{
    json_t *row, *other;
    size_t i, k;

    json_array_foreach(now, i, row) json_array_foreach(then, k, other) if (is_same_row(row, other))
    {
        compare_row(part, row, other);
        break;
    }
}

bool ek_bench_compare(json_t *now, const char *path)
{
    json_error_t error;
    json_t *then = json_load_file(path, 0, &error), *part;
    const char *key;

    if (!json_is_object(then)) {
        fprintf(stderr, "evenkeel: --baseline %s: %s\n", path,
                then == NULL ? error.text : "not what `bench --json` prints");
        json_decref(then);
        return false;
    }
    printf("\nagainst %-62s %-16s %12s %12s   ratio\n", path, "", "before", "now");
    json_object_foreach(now, key, part) compare_part(key, part, json_object_get(then, key));
    json_decref(then);
    return true;
}
