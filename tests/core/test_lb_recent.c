/* The last numbers against sorting them. */
#include "core/lb/recent.h"
#include "tests/core/lb_bench.h"

static int by_value(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Numbers of all sizes, by turns within one range for a while. */
static uint32_t next_value(struct ek_rng *rng, int step)
{
    static const uint32_t ranges[] = {3, 20, 300, 100000, UINT32_MAX};

    return ek_rng_below(rng, ranges[step / 97 % 5]) + (step % 11 == 0 ? 255 : 0);
}

static void ranks_are_those_of_sorting(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct ek_rng rng = ek_rng_derive(seed, "recent", 0);
        struct ek__recent recent = {.count = 0};
        uint32_t all[2000], sorted[EK__RECENT_MAX];

        for (int step = 0; step < 2000; step++) {
            uint32_t count = step < EK__RECENT_MAX ? (uint32_t)step + 1 : EK__RECENT_MAX, rank;

            all[step] = next_value(&rng, step);
            ek__recent_add(&recent, all[step]);
            memcpy(sorted, &all[(uint32_t)step + 1 - count], count * sizeof *sorted);
            qsort(sorted, count, sizeof *sorted, by_value);
            rank = ek_rng_below(&rng, count);
            assert_int_equal(ek__recent_at_rank(&recent, rank), sorted[rank]);
            assert_int_equal(ek__recent_at_rank(&recent, count - 1), sorted[count - 1]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_those_of_sorting),
    };
    return cmocka_run_group_tests_name("core/lb_recent", tests, NULL, NULL);
}
