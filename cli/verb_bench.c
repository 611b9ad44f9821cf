/* evenkeel bench: how fast this build is on this machine, and how much memory it takes. */
#include "cli/arguments.h"
#include "cli/bench.h"
#include "cli/bench_memory.h"
#include "cli/bench_picks.h"
#include "cli/verb.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "  evenkeel bench\n"
    "  evenkeel bench engine calls\n"
    "  evenkeel bench --json > before.json\n"
    "  evenkeel bench --baseline before.json\n"
    "\n"
    "usage: evenkeel bench [OPTION]... [PART]...\n"
    "One core, processor time, medians of three runs; each beside what the same loop takes "
    "without\n"
    "the machinery. Times depend on the machine, ratios hardly. Parts, all but the last by "
    "default:\n"
    "  engine   the event set alone: the hold model, and a queue of one server (M/M/1)\n"
    "  calls    whole simulated calls: real core, network, server queue, deadline, recording of\n"
    "           series and fingerprint, for several policies, numbers of clients and endpoints\n"
    "  sizes    memory that one more client, endpoint or pending event takes\n"
    "  picks    each policy's pick and rebuild alone: the best of three\n"
    "  memory   what whole channels take\n"
    "  day      an hour and a day of a client of 1,000 calls a second: peak memory and the size "
    "of\n"
    "           the recording; takes a minute\n"
    "  --json                prints one JSON object, an array for each part\n"
    "  --baseline FILE       compares with what --json printed earlier\n";

static const struct part {
    const char *name;
    bool (*measure)(json_t *rows);
    void (*print)(const json_t *rows);
    bool is_on_demand;
} parts[] = {
    {"engine", ek_bench_engine, ek_bench_engine_print, false},
    {"calls", ek_bench_calls, ek_bench_calls_print, false},
    {"sizes", ek_bench_sizes, ek_bench_sizes_print, false},
    {"picks", ek_bench_picks, ek_bench_picks_print, false},
    {"memory", ek_bench_memory, ek_bench_memory_print, false},
    {"day", ek_bench_day, ek_bench_day_print, true},
};

enum {
    PART_COUNT = sizeof parts / sizeof parts[0]
};

static bool is_wanted(const struct ek_arguments *arguments, const struct part *part)
{
    for (int i = 0; i < arguments->name_count; i++)
        if (strcmp(arguments->names[i], part->name) == 0)
            return true;
    return arguments->name_count == 0 && !part->is_on_demand;
}

static bool are_parts(const struct ek_arguments *arguments)
{
    for (int i = 0; i < arguments->name_count; i++) {
        bool is_known = false;

        for (int p = 0; p < PART_COUNT && !is_known; p++)
            is_known = strcmp(arguments->names[i], parts[p].name) == 0;
        if (!is_known) {
            fprintf(stderr,
                    "evenkeel: bench has no part \"%.40s\"; it has engine, calls, sizes, picks, "
                    "memory and day\n",
                    arguments->names[i]);
            return false;
        }
    }
    return true;
}

/* Each part is printed as soon as it is known. */
static bool measure(const struct ek_arguments *arguments, json_t *all)
{
    for (int p = 0; p < PART_COUNT; p++) {
        json_t *rows;

        if (!is_wanted(arguments, &parts[p]))
            continue;
        rows = json_array();
        json_object_set_new(all, parts[p].name, rows);
        if (!parts[p].measure(rows))
            return false;
        if (!arguments->json)
            parts[p].print(rows);
        fflush(stdout);
    }
    return true;
}

int ek_verb_bench(int argc, char **argv)
{
    struct ek_arguments arguments;
    int code = ek_arguments_read(argc, argv, "jB", help, &arguments);
    json_t *all;

    if (code >= 0)
        return code;
    if (!are_parts(&arguments))
        return EK_EXIT_INPUT;
    all = json_object();
    if (!measure(&arguments, all)) {
        fputs("evenkeel: the benchmark could not be run to its end\n", stderr);
        code = EK_EXIT_INTERNAL;
    } else {
        code = EK_EXIT_PASS;
        if (arguments.json) {
            json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
            putchar('\n');
        }
        if (arguments.baseline != NULL && !ek_bench_compare(all, arguments.baseline))
            code = EK_EXIT_INPUT;
    }
    json_decref(all);
    return code;
}
