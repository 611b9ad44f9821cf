/* The counts of a stretch of a run. */
#include "reports/recording/tally.h"

#include <stdlib.h>

bool ek__tally_init(struct ek__tally *tally, size_t endpoint_count, size_t client_count)
{
    *tally = (struct ek__tally){
        .listed_min = -1,
        .view_age_max_ns = -1,
        .view_stale_max_ns = -1,
        .endpoint_count = endpoint_count,
        .client_count = client_count,
    };
    tally->endpoint_attempts = calloc(endpoint_count + 1, sizeof *tally->endpoint_attempts);
    tally->ejecting = calloc(client_count / 64 + 1, sizeof *tally->ejecting);
    return tally->endpoint_attempts != NULL && tally->ejecting != NULL;
}

void ek__tally_deinit(struct ek__tally *tally)
{
    free(tally->endpoint_attempts);
    free(tally->ejecting);
    ek__histogram_deinit(&tally->latency);
    *tally = (struct ek__tally){.calls = 0};
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static int64_t larger_ns(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool ek__tally_merge(struct ek__tally *tally, const struct ek__tally *other)
{
    tally->calls += other->calls;
    tally->ok += other->ok;
    tally->errors += other->errors;
    tally->attempts += other->attempts;
    tally->retries += other->retries;
    tally->attempts_ok += other->attempts_ok;
    tally->attempts_failed += other->attempts_failed;
    for (int i = 0; i < EK_RECORD_COUNT; i++)
        tally->records[i] += other->records[i];
    tally->checks_critical += other->checks_critical;
    tally->watchers_woken += other->watchers_woken;
    tally->queue_max = larger(tally->queue_max, other->queue_max);
    tally->busy_max = larger(tally->busy_max, other->busy_max);
    if (other->listed_min >= 0 && (tally->listed_min < 0 || other->listed_min < tally->listed_min))
        tally->listed_min = other->listed_min;
    tally->view_age_max_ns = larger_ns(tally->view_age_max_ns, other->view_age_max_ns);
    tally->view_stale_max_ns = larger_ns(tally->view_stale_max_ns, other->view_stale_max_ns);
    for (size_t i = 0; i < tally->endpoint_count; i++)
        tally->endpoint_attempts[i] += other->endpoint_attempts[i];
    for (size_t i = 0; i <= tally->client_count / 64; i++)
        tally->ejecting[i] |= other->ejecting[i];
    return ek__histogram_merge(&tally->latency, &other->latency);
}

uint64_t ek__tally_clients_ejecting(const struct ek__tally *tally)
{
    uint64_t count = 0;
    for (size_t i = 0; i <= tally->client_count / 64; i++)
        count += (uint64_t)__builtin_popcountll(tally->ejecting[i]);
    return count;
}

/* The largest r with r * r <= x. */
static uint64_t root(uint64_t x)
{
    uint64_t r = 0;
    for (int bit = 31; bit >= 0; bit--) {
        uint64_t wider = r | UINT64_C(1) << bit;
        if (wider * wider <= x)
            r = wider;
    }
    return r;
}

/* With n endpoints, cv^2 = 1 / Jain - 1. */
struct ek__evenness ek__tally_evenness(const struct ek__tally *tally)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < tally->endpoint_count; i++) {
        double x = (double)tally->endpoint_attempts[i];
        sum += x;
        squares += x * x;
    }
    if (sum <= 0)
        return (struct ek__evenness){0, 0};
    double jain = sum * sum / ((double)tally->endpoint_count * squares);
    double cv_squared = 1 / jain - 1;
    return (struct ek__evenness){
        .jain_ppm = (int64_t)(jain * 1e6 + 0.5),
        .cv_ppm = cv_squared > 0 ? (int64_t)root((uint64_t)(cv_squared * 1e12 + 0.5)) : 0,
    };
}

struct ek_latency ek__latency_of(const struct ek__histogram *h)
{
    return (struct ek_latency){
        .count = h->count,
        .p50_ns = ek__histogram_quantile(h, 500000),
        .p90_ns = ek__histogram_quantile(h, 900000),
        .p99_ns = ek__histogram_quantile(h, 990000),
        .p999_ns = ek__histogram_quantile(h, 999000),
        .max_ns = h->max,
        .mean_ns = ek__histogram_mean(h),
    };
}
