/* What one pick of each policy costs. */
#ifndef EK_CLI_BENCH_PICKS_H
#define EK_CLI_BENCH_PICKS_H

#include <jansson.h>
#include <stdbool.h>

/* Appends one object per policy and number of endpoints, with its bare algorithm beside it, to the
 * array `rows`. False without memory. */
bool ek_bench_picks(json_t *rows);

void ek_bench_picks_print(const json_t *rows);

#endif
