#include "reports/recording/histogram.h"

#include "recording_made.h"

static uint64_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 20;
}

static int by_value(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void empty_says_zero(void **state)
{
    (void)state;
    struct ek__histogram h = {.count = 0};
    assert_int_equal(ek__histogram_quantile(&h, 500000), 0);
    assert_int_equal(ek__histogram_mean(&h), 0);
    ek__histogram_deinit(&h);
}

static void small_values_are_exact(void **state)
{
    (void)state;
    struct ek__histogram h = {.count = 0};
    for (int64_t v = 0; v < 32; v++)
        assert_true(ek__histogram_add(&h, v));
    /* Of 0 .. 31 the k-th smallest is k - 1. */
    for (uint32_t k = 1; k <= 32; k++)
        assert_int_equal(ek__histogram_quantile(&h, k * 31250), k - 1);
    ek__histogram_deinit(&h);
}

/* Against the sorted values themselves: 1/64 is the bound of half a bucket. */
static void a_quantile_is_within_a_64th(void **state)
{
    (void)state;
    enum {
        COUNT = 5000
    };
    static const uint32_t ppm[] = {1, 1000, 250000, 500000, 900000, 990000, 999000, 1000000};
    static int64_t values[COUNT];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t draws = seed;
        struct ek__histogram h = {.count = 0};
        uint64_t sum = 0;
        for (size_t i = 0; i < COUNT; i++) {
            values[i] = (int64_t)(draw(&draws) >> (draw(&draws) % 40));
            sum += (uint64_t)values[i];
            assert_true(ek__histogram_add(&h, values[i]));
        }
        qsort(values, COUNT, sizeof values[0], by_value);
        assert_int_equal(h.min, values[0]);
        assert_int_equal(h.max, values[COUNT - 1]);
        assert_true(h.sum == sum);
        assert_int_equal(h.count, COUNT);
        for (size_t q = 0; q < sizeof ppm / sizeof ppm[0]; q++) {
            size_t rank = ((size_t)ppm[q] * COUNT + 999999) / 1000000;
            int64_t want = values[rank - 1];
            int64_t got = ek__histogram_quantile(&h, ppm[q]);
            int64_t off = got > want ? got - want : want - got;
            if (off > want / 64 + 1)
                fail_msg("seed %" PRIu64 ", %u ppm: %" PRId64 ", not %" PRId64, seed, ppm[q], got,
                         want);
        }
        ek__histogram_deinit(&h);
    }
}

static void calls_cut_by_a_deadline_are_exact(void **state)
{
    (void)state;
    struct ek__histogram h = {.count = 0};
    for (int i = 0; i < 950; i++)
        assert_true(ek__histogram_add(&h, 167 * MS + i));
    for (int i = 0; i < 50; i++)
        assert_true(ek__histogram_add(&h, 1000 * MS));
    assert_int_equal(ek__histogram_quantile(&h, 990000), 1000 * MS);
    assert_int_equal(ek__histogram_quantile(&h, 951000), 1000 * MS);
    assert_true(ek__histogram_quantile(&h, 950000) < 171 * MS);
    ek__histogram_deinit(&h);
}

static void merging_is_as_adding(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        uint64_t draws = seed;
        struct ek__histogram parts[3] = {{.count = 0}}, whole = {.count = 0}, sum = {.count = 0};
        size_t count = draw(&draws) % 200;
        for (size_t i = 0; i < count; i++) {
            int64_t v = (int64_t)(draw(&draws) >> (draw(&draws) % 44));
            assert_true(ek__histogram_add(&parts[draw(&draws) % 3], v));
            assert_true(ek__histogram_add(&whole, v));
        }
        for (int i = 0; i < 3; i++)
            assert_true(ek__histogram_merge(&sum, &parts[i]));
        assert_int_equal(sum.count, whole.count);
        assert_true(sum.sum == whole.sum);
        assert_int_equal(sum.min, whole.min);
        assert_int_equal(sum.max, whole.max);
        assert_int_equal(sum.max_count, whole.max_count);
        assert_int_equal(sum.first, whole.first);
        assert_int_equal(sum.octaves, whole.octaves);
        if (whole.octaves > 0)
            assert_memory_equal(sum.counts, whole.counts,
                                whole.octaves * 32 * sizeof *whole.counts);
        for (int i = 0; i < 3; i++)
            ek__histogram_deinit(&parts[i]);
        ek__histogram_deinit(&whole);
        ek__histogram_deinit(&sum);
    }
}

static void extremes_have_a_bucket(void **state)
{
    (void)state;
    struct ek__histogram h = {.count = 0};
    assert_true(ek__histogram_add(&h, INT64_MAX));
    assert_true(ek__histogram_add(&h, -5));
    assert_int_equal(h.min, 0);
    assert_int_equal(ek__histogram_quantile(&h, 1000000), INT64_MAX);
    assert_int_equal(ek__histogram_quantile(&h, 500000), 0);
    assert_true(ek__histogram_add(&h, INT64_MAX));
    assert_true(ek__histogram_add(&h, INT64_MAX));
    assert_true(h.sum == UINT64_MAX); /* three times 2^63 - 1 is more than 64 bits hold */
    ek__histogram_deinit(&h);
}

static void buckets_touch_and_hold_everything(void **state)
{
    (void)state;
    struct ek__histogram h = {.count = 0};
    for (int64_t v = 1; v < 100000; v++)
        assert_true(ek__histogram_add(&h, v));
    size_t position = 0;
    struct ek__bucket bucket;
    int64_t next = 1;
    while (ek__histogram_next(&h, &position, &bucket)) {
        assert_int_equal(bucket.low, next);
        int64_t last = bucket.high < 100000 ? bucket.high : 99999;
        assert_int_equal(bucket.count, last - bucket.low + 1);
        next = bucket.high + 1;
    }
    assert_true(next >= 100000);
    ek__histogram_reset(&h);
    assert_int_equal(h.count, 0);
    position = 0;
    assert_false(ek__histogram_next(&h, &position, &bucket));
    ek__histogram_deinit(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_says_zero),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(a_quantile_is_within_a_64th),
        cmocka_unit_test(calls_cut_by_a_deadline_are_exact),
        cmocka_unit_test(merging_is_as_adding),
        cmocka_unit_test(extremes_have_a_bucket),
        cmocka_unit_test(buckets_touch_and_hold_everything),
    };
    return cmocka_run_group_tests_name("reports/histogram", tests, NULL, NULL);
}
