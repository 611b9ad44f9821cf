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

/* Slots and two queues of one duration each, mixed, against the time and order of each event. */
static void events_of_a_queue_fire_in_one_order_with_all_others(void **state)
{
    struct ek_rng rng = ek_rng_derive(7, "queue", 0);
    struct ek_engine engine = {0};
    uint32_t queues[] = {ek_engine_queue(&engine), ek_engine_queue(&engine)};
    uint32_t slot = ek_engine_acquire(&engine, (struct ek_sim_event){2, 0});
    int64_t times[1000], last_at = 0;
    uint32_t set = 0, fired = 0, last = 0;
    struct ek_sim_event event;

    (void)state;
    ek_engine_set(&engine, slot, 0);
    while (ek_engine_next(&engine) != INT64_MAX) {
        event = ek_engine_pop(&engine);
        assert_true(engine.now >= last_at);
        if (event.kind == 2) { /* sets itself and up to three more, some at the same time */
            for (uint32_t n = ek_rng_below(&rng, 4); n > 0 && set < 1000; n--, set++) {
                uint32_t which = ek_rng_below(&rng, 2);

                times[set] = engine.now + (which == 0 ? 20 : 30);
                assert_true(ek_engine_append(&engine, queues[which], times[set],
                                             (struct ek_sim_event){which, set}));
            }
            if (set < 1000)
                ek_engine_set(&engine, slot, engine.now + ek_rng_below(&rng, 3));
            continue;
        }
        assert_true(engine.now == times[event.subject]);
        assert_true(fired == 0 || engine.now > last_at || event.subject > last);
        last_at = engine.now;
        last = event.subject;
        fired++;
    }
    assert_int_equal(fired, 1000);
    for (int i = 2; i < EK_ENGINE_QUEUES_MAX; i++)
        assert_true(ek_engine_queue(&engine) != EK_ENGINE_NO_SLOT);
    assert_true(ek_engine_queue(&engine) == EK_ENGINE_NO_SLOT);
    ek_engine_deinit(&engine);
}

static void a_popped_slot_that_changes_hands_fires_for_its_new_owner_alone(void **state)
{
    struct ek_engine engine = {0};
    uint32_t slot = ek_engine_acquire(&engine, (struct ek_sim_event){1, 1});

    (void)state;
    ek_engine_set(&engine, slot, 5);
    ek_engine_next(&engine);
    ek_engine_pop(&engine);
    ek_engine_release(&engine, slot);
    assert_int_equal(ek_engine_acquire(&engine, (struct ek_sim_event){2, 2}), slot);

    assert_true(ek_engine_next(&engine) == INT64_MAX); /* acquired, not set */
    ek_engine_set(&engine, slot, 9);
    assert_true(ek_engine_next(&engine) == 9);
    assert_int_equal(ek_engine_pop(&engine).subject, 2);
    assert_true(ek_engine_next(&engine) == INT64_MAX);
    ek_engine_deinit(&engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_in_the_order_of_their_time),
        cmocka_unit_test(ties_fire_in_the_order_they_were_set),
        cmocka_unit_test(a_released_slot_is_silent_until_it_is_acquired_again),
        cmocka_unit_test(random_operations_agree_with_a_plain_search),
        cmocka_unit_test(events_of_a_queue_fire_in_one_order_with_all_others),
        cmocka_unit_test(a_popped_slot_that_changes_hands_fires_for_its_new_owner_alone),
    };

    return cmocka_run_group_tests_name("sim/engine", tests, NULL, NULL);
}
