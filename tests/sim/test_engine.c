/* The event set against a slow one, and its promises about ties and cancels. */
#include "sim/engine.h"

#include "evenkeel/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void events_come_in_the_order_of_their_time(void **state)
{
    static const int64_t times[] = {5, 1, 9, 3, 7};
    static const uint32_t order[] = {1, 3, 0, 4, 2};
    struct ek_engine engine = {0};

    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        ek_engine_set(&engine, ek_engine_acquire(&engine, (struct ek_sim_event){0, i}), times[i]);

    for (size_t i = 0; i < 5; i++) {
        assert_true(ek_engine_next(&engine) == times[order[i]]);
        assert_int_equal(ek_engine_pop(&engine).subject, order[i]);
        assert_true(engine.now == times[order[i]]);
    }
    assert_true(ek_engine_next(&engine) == INT64_MAX);
    ek_engine_deinit(&engine);
}

static void ties_fire_in_the_order_they_were_set(void **state)
{
    struct ek_engine engine = {0};
    uint32_t slots[200];

    (void)state;
    for (uint32_t i = 0; i < 200; i++)
        slots[i] = ek_engine_acquire(&engine, (struct ek_sim_event){0, i});
    for (uint32_t i = 200; i-- > 0;) /* the last slot first */
        ek_engine_set(&engine, slots[i], 7);

    for (uint32_t i = 200; i-- > 0;) {
        assert_true(ek_engine_next(&engine) == 7);
        assert_int_equal(ek_engine_pop(&engine).subject, i);
    }
    ek_engine_deinit(&engine);
}

static void a_released_slot_is_silent_until_it_is_acquired_again(void **state)
{
    struct ek_engine engine = {0};
    uint32_t slot = ek_engine_acquire(&engine, (struct ek_sim_event){1, 1});

    (void)state;
    ek_engine_set(&engine, slot, 5);
    ek_engine_release(&engine, slot);
    assert_true(ek_engine_next(&engine) == INT64_MAX);

    assert_int_equal(ek_engine_acquire(&engine, (struct ek_sim_event){2, 2}), slot);
    assert_true(ek_engine_next(&engine) == INT64_MAX);
    ek_engine_set(&engine, slot, 6);

    assert_true(ek_engine_next(&engine) == 6);
    assert_int_equal(ek_engine_pop(&engine).kind, 2);
    ek_engine_deinit(&engine);
}

/* The model: an array searched from end to end. */
struct pending {
    int64_t at;
    uint64_t order;
    bool is_set;
};

enum {
    MODEL_SLOTS = 700
};

static uint32_t model_next(const struct pending *model)
{
    uint32_t best = MODEL_SLOTS;

    for (uint32_t i = 0; i < MODEL_SLOTS; i++)
        if (model[i].is_set &&
            (best == MODEL_SLOTS || model[i].at < model[best].at ||
             (model[i].at == model[best].at && model[i].order < model[best].order)))
            best = i;
    return best;
}

static void random_operations_agree_with_a_plain_search(void **state)
{
    uint64_t seed = 20261124, order = 0;
    struct ek_rng rng = ek_rng_derive(seed, "engine", 0);
    struct ek_engine engine = {0};
    struct pending model[MODEL_SLOTS] = {0};
    uint32_t slots[MODEL_SLOTS];

    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (uint32_t i = 0; i < MODEL_SLOTS; i++)
        slots[i] = ek_engine_acquire(&engine, (struct ek_sim_event){0, i});
    for (int step = 0; step < 200000; step++) {
        uint32_t what = ek_rng_below(&rng, 10), i = ek_rng_below(&rng, MODEL_SLOTS), next;

        if (what < 5) { /* few distinct times: many ties */
            model[i] = (struct pending){engine.now + ek_rng_below(&rng, 40), order++, true};
            ek_engine_set(&engine, slots[i], model[i].at);
        } else if (what < 7) {
            model[i].is_set = false;
            ek_engine_cancel(&engine, slots[i]);
        } else if ((next = model_next(model)) != MODEL_SLOTS) {
            assert_true(ek_engine_next(&engine) == model[next].at);
            assert_int_equal(ek_engine_pop(&engine).subject, next);
            model[next].is_set = false;
        } else {
            assert_true(ek_engine_next(&engine) == INT64_MAX);
        }
    }
    ek_engine_deinit(&engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_in_the_order_of_their_time),
        cmocka_unit_test(ties_fire_in_the_order_they_were_set),
        cmocka_unit_test(a_released_slot_is_silent_until_it_is_acquired_again),
        cmocka_unit_test(random_operations_agree_with_a_plain_search),
    };

    return cmocka_run_group_tests_name("sim/engine", tests, NULL, NULL);
}
