/* Timers of a channel against a plain list: the same ones are due, in the same order. */
#include "core/timer.h"

#include "evenkeel/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    IDS = 24,
    STEPS = 200000
};

/* What is armed, by id. */
struct model {
    int64_t at_ns[IDS];
    uint64_t order[IDS];
    bool is_armed[IDS];
    uint64_t next_order;
};

static void model_arm(struct model *model, uint32_t id, ek_time at)
{
    model->is_armed[id] = at.ns != EK_TIME_NEVER.ns;
    model->at_ns[id] = at.ns;
    model->order[id] = model->next_order++;
}

static uint32_t model_first(const struct model *model)
{
    uint32_t best = IDS;

    for (uint32_t i = 0; i < IDS; i++)
        if (model->is_armed[i] &&
            (best == IDS || model->at_ns[i] < model->at_ns[best] ||
             (model->at_ns[i] == model->at_ns[best] && model->order[i] < model->order[best])))
            best = i;
    return best;
}

static void expect_due(struct ek__timers *timers, struct model *model, ek_time now)
{
    uint32_t id, first;

    while (ek__timers_due(timers, now, &id)) {
        first = model_first(model);
        assert_int_equal(id, first);
        assert_true(model->at_ns[id] <= now.ns);
        model->is_armed[id] = false;
        assert_false(ek__timers_is_armed(timers, id));
    }
    first = model_first(model);
    assert_true(ek__timers_next(timers).ns ==
                (first == IDS ? EK_TIME_NEVER.ns : model->at_ns[first]));
    assert_true(first == IDS || model->at_ns[first] > now.ns);
}

/* `lengths` of the deadlines that are drawn: with one, all stand in line; with many the heap works,
 * too. Small numbers, so that ties abound. */
static void go(uint32_t lengths, uint64_t seed)
{
    struct ek_rng rng = ek_rng_derive(seed, "timer", lengths);
    struct ek__timers timers = {0};
    struct model model = {0};
    ek_time now = {0};

    assert_true(ek__timers_reserve(&timers, &ek_mem_libc, IDS));
    for (int i = 0; i < STEPS; i++) {
        uint32_t id = ek_rng_below(&rng, IDS), what = ek_rng_below(&rng, 8);
        int64_t length = 30 * (1 + (int64_t)ek_rng_below(&rng, lengths));

        if (what < 4) {
            ek_time at = what == 0 && lengths > 2 ? EK_TIME_NEVER : ek_time_add(now, length);

            ek__timers_arm(&timers, id, at);
            model_arm(&model, id, at);
        } else if (what < 6) {
            ek__timers_cancel(&timers, id);
            model.is_armed[id] = false;
        } else {
            now = ek_time_add(now, ek_rng_below(&rng, 12));
            expect_due(&timers, &model, now);
        }
        assert_true(ek__timers_is_armed(&timers, id) == model.is_armed[id]);
    }
    ek__timers_deinit(&timers, &ek_mem_libc);
}

static void deadlines_of_one_length_fire_in_order(void **state)
{
    (void)state;
    go(1, 1);
}

static void deadlines_of_many_lengths_fire_in_order(void **state)
{
    (void)state;
    go(2, 1);
    go(7, 2);
    go(100, 3);
}

/* The line and the heap have one time each: who was armed first fires first. */
static void a_tie_between_line_and_heap_goes_to_the_first(void **state)
{
    struct ek__timers timers = {0};
    uint32_t id;

    (void)state;
    assert_true(ek__timers_reserve(&timers, &ek_mem_libc, 4));
    ek__timers_arm(&timers, 0, (ek_time){50}); /* stands in line */
    ek__timers_arm(&timers, 1, (ek_time){20}); /* before it: to the heap */
    ek__timers_cancel(&timers, 0);
    ek__timers_arm(&timers, 2, (ek_time){20}); /* the line is empty: it stands there */
    ek__timers_arm(&timers, 3, (ek_time){10});

    assert_true(ek__timers_due(&timers, (ek_time){20}, &id));
    assert_int_equal(id, 3);
    assert_true(ek__timers_due(&timers, (ek_time){20}, &id));
    assert_int_equal(id, 1);
    assert_true(ek__timers_due(&timers, (ek_time){20}, &id));
    assert_int_equal(id, 2);
    assert_false(ek__timers_due(&timers, (ek_time){INT64_MAX}, &id));
    ek__timers_deinit(&timers, &ek_mem_libc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlines_of_one_length_fire_in_order),
        cmocka_unit_test(deadlines_of_many_lengths_fire_in_order),
        cmocka_unit_test(a_tie_between_line_and_heap_goes_to_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
