#include "recording_made.h"

#include <malloc.h>

static struct ek_recorder *made_new(void)
{
    struct ek_recording_setup setup = made_setup();
    struct ek_recorder *r = ek_recorder_new(&setup);
    assert_non_null(r);
    return r;
}

static void equal_streams_have_equal_fingerprints(void **state)
{
    (void)state;
    struct ek_recorder *a = made_new(), *b = made_new();
    for (int i = 0; i < 3000; i++) {
        ek_recorder_hash(a, i * MS, (uint64_t)i * 77);
        ek_recorder_hash(b, i * MS, (uint64_t)i * 77);
        made_event(a, i * MS, EK_RECORD_RETRY, 0, 1, 0, i, 5, "why");
        made_event(b, i * MS, EK_RECORD_RETRY, 0, 1, 0, i, 5, "why");
        /* Asking changes nothing. */
        if (i % 7 == 0)
            assert_int_equal(ek_recorder_fingerprint(a), ek_recorder_fingerprint(a));
    }
    assert_true(ek_recorder_fingerprint(a) == ek_recorder_fingerprint(b));
    ek_recorder_free(a);
    ek_recorder_free(b);
}

/* What differs between two streams of one record; 0 is the stream to compare with. */
static uint64_t fingerprint_of_variant(int variant)
{
    struct ek_recorder *r = made_new();
    ek_recorder_hash(r, variant == 1 ? 2 : 1, variant == 2 ? 8 : 7);
    made_event(r, variant == 3 ? 6 : 5, variant == 4 ? EK_RECORD_EJECTED : EK_RECORD_RETRY,
               variant == 5 ? 1 : 0, variant == 6 ? 2 : 3, variant == 7 ? 1 : 0,
               variant == 8 ? 1 : 0, variant == 9 ? 1 : 0, variant == 10 ? "b" : "a");
    if (variant == 11)
        ek_recorder_hash(r, 5, 0);
    uint64_t fingerprint = ek_recorder_fingerprint(r);
    ek_recorder_free(r);
    return fingerprint;
}

static void every_word_counts(void **state)
{
    (void)state;
    uint64_t seen[12];
    for (int i = 0; i < 12; i++) {
        seen[i] = fingerprint_of_variant(i);
        for (int j = 0; j < i; j++)
            assert_true(seen[i] != seen[j]);
    }
}

/* XXH3-64 of no bytes, from its specification's test vectors: 2d06800538d394c2. */
static void no_events_hash_as_no_bytes(void **state)
{
    (void)state;
    struct ek_recorder *r = made_new();
    assert_true(ek_recorder_fingerprint(r) == UINT64_C(0x2d06800538d394c2));
    ek_recorder_free(r);
}

static void counting_calls_leaves_the_fingerprint_alone(void **state)
{
    (void)state;
    struct ek_recorder *r = made_new();
    uint64_t before = ek_recorder_fingerprint(r);
    made_call(r, MS, 0, 0, EK_STATUS_OK, MS);
    ek_recorder_endpoint_load(r, 2 * MS, 0, 1, 2);
    assert_true(ek_recorder_fingerprint(r) == before);
    ek_recorder_free(r);
}

static void ids_go_on_past_the_limit(void **state)
{
    (void)state;
    struct ek_recorder *r = made_new();
    for (uint64_t i = 1; i <= 120000; i++)
        assert_int_equal(made_event(r, (int64_t)i, EK_RECORD_ATTEMPT_FAILED, 0, 0, 0, 1, 14, NULL),
                         i);
    assert_int_equal(made_event(r, S, EK_RECORD_EJECTED, 0, 0, 120000, 0, 5, NULL), 120001);
    ek_recorder_free(r);
}

/* A cause that was not kept still leads to the fault. */
static void a_chain_holds_through_what_was_dropped(void **state)
{
    (void)state;
    struct ek_recorder *r = made_new();
    uint64_t begin = made_event(r, 4 * S, EK_RECORD_FAULT_BEGIN, 0, EK_NOBODY, 0, 0, 0, NULL);
    uint64_t last = 0;
    for (int i = 0; i < 200000; i++)
        last = made_event(r, 4 * S + i, EK_RECORD_ATTEMPT_FAILED, 0, 0, begin, 1, 14, NULL);
    uint64_t ejected = made_event(r, 4 * S + 300000, EK_RECORD_EJECTED, 0, 0, last, 0, 5, NULL);
    made_finish(r);
    const struct ek_failover *fault = &ek_recorder_results(r)->faults[0];
    assert_int_equal(fault->first_record, begin);
    assert_int_equal(fault->detect_record, ejected);
    assert_int_equal(fault->detect_ns, 300000);
    ek_recorder_free(r);
}

static size_t heap_bytes(void)
{
#if defined(__GLIBC__)
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

static void run_calls(struct ek_recorder *r, int from, int to)
{
    for (int i = from; i < to; i++) {
        int status = i % 10 == 0 ? EK_STATUS_UNAVAILABLE : EK_STATUS_OK;
        made_call(r, i * INT64_C(1000), (uint32_t)i % 2, (uint32_t)i % 4, status, 900 + i % 90);
        ek_recorder_hash(r, i * INT64_C(1000), (uint64_t)i);
        ek_recorder_endpoint_load(r, i * INT64_C(1000), (uint32_t)i % 4, (uint32_t)i % 50, 0);
        if (status != EK_STATUS_OK)
            made_event(r, i * INT64_C(1000), EK_RECORD_CALL_FAILED, 0, 0, 0, i, status, NULL);
    }
}

/* Five million calls in ten seconds of the run, half a million of them failed. */
static void memory_does_not_grow_with_calls(void **state)
{
    (void)state;
    struct ek_recording_setup setup = made_setup();
    setup.fault_count = 0;
    struct ek_recorder *r = ek_recorder_new(&setup);
    assert_non_null(r);
    run_calls(r, 0, 1000000);
    size_t warm = heap_bytes();
    run_calls(r, 1000000, 5000000);
    /* What may still come: intervals, and failed calls of seconds to come, which have a limit. */
    assert_true(heap_bytes() < warm + 3 * 1024 * 1024);
    made_finish(r);
    assert_int_equal(ek_recorder_results(r)->calls, 5000000);
    assert_int_equal(ek_recorder_results(r)->errors, 500000);
    ek_recorder_free(r);
}

static void nothing_recorded_has_results_of_zero(void **state)
{
    (void)state;
    struct ek_recorder *r = made_new();
    made_finish(r);
    const struct ek_results *results = ek_recorder_results(r);
    assert_int_equal(results->calls, 0);
    assert_int_equal(results->interval_count, 10);
    assert_int_equal(results->interval_p99_ns[9], -1);
    assert_int_equal(results->faults[0].detect_ns, -1);
    assert_int_equal(results->faults[0].divert_ns, -1);
    assert_int_equal(results->faults[0].recover_ns, -1);
    assert_int_equal(results->latency.p99_ns, 0);
    ek_recorder_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_streams_have_equal_fingerprints),
        cmocka_unit_test(every_word_counts),
        cmocka_unit_test(no_events_hash_as_no_bytes),
        cmocka_unit_test(counting_calls_leaves_the_fingerprint_alone),
        cmocka_unit_test(ids_go_on_past_the_limit),
        cmocka_unit_test(a_chain_holds_through_what_was_dropped),
        cmocka_unit_test(memory_does_not_grow_with_calls),
        cmocka_unit_test(nothing_recorded_has_results_of_zero),
    };
    return cmocka_run_group_tests_name("reports/recording", tests, NULL, NULL);
}
