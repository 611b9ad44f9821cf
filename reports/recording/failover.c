/* How traffic leaves the endpoints of a fault and comes back, followed while the run goes on. */
#include "reports/recording/failover.h"

#include "evenkeel/event.h"

#include <stdlib.h>
#include <string.h>

/* An index from endpoints to the faults that have hold of them. An endpoint named twice by one
 * fault counts once. */
static bool index_endpoints(struct ek__failovers *all, const struct ek_recording_setup *setup)
{
    size_t pairs = 0;
    for (size_t f = 0; f < setup->fault_count; f++)
        pairs += setup->faults[f].endpoint_count;
    all->first = calloc(setup->endpoint_count + 2, sizeof *all->first);
    all->of = calloc(pairs + 1, sizeof *all->of);
    uint32_t *seen = calloc(setup->endpoint_count + 1, sizeof *seen); /* last fault + 1 */
    bool ok = all->first != NULL && all->of != NULL && seen != NULL;

    /* Counts first, each at its endpoint + 2, so that filling moves first[e + 1] to its end. */
    for (int pass = 0; ok && pass < 2; pass++) {
        memset(seen, 0, (setup->endpoint_count + 1) * sizeof *seen);
        for (size_t f = 0; f < setup->fault_count; f++) {
            const struct ek_recorded_fault *fault = &setup->faults[f];
            for (size_t i = 0; i < fault->endpoint_count; i++) {
                uint32_t e = fault->endpoints[i];
                EK_ASSERT(e < setup->endpoint_count);
                if (seen[e] == f + 1)
                    continue;
                seen[e] = (uint32_t)f + 1;
                if (pass == 0) {
                    all->first[e + 2]++;
                    all->items[f].endpoint_count++;
                } else {
                    all->of[all->first[e + 1]++] = (uint32_t)f;
                }
            }
        }
        for (size_t e = 2; pass == 0 && e <= setup->endpoint_count + 1; e++)
            all->first[e] += all->first[e - 1];
    }
    free(seen);
    return ok;
}

bool ek__failovers_init(struct ek__failovers *all, const struct ek_recording_setup *setup)
{
    *all = (struct ek__failovers){
        .count = setup->fault_count,
        .endpoint_count = setup->endpoint_count,
        .items = calloc(setup->fault_count + 1, sizeof *all->items),
        .before_hits = calloc(setup->endpoint_count + 1, sizeof *all->before_hits),
    };
    if (all->items == NULL || all->before_hits == NULL)
        return false;
    for (size_t f = 0; f < setup->fault_count; f++) {
        const struct ek_recorded_fault *fault = &setup->faults[f];
        all->items[f] = (struct ek__failover){
            .start_ns = fault->start_ns,
            .end_ns = fault->end_ns,
            .detect_at_ns = -1,
            .eject_at_ns = -1,
            .divert_at_ns = -1,
            .recover_at_ns = -1,
            .last_ns = -1,
        };
        if (f == 0 || fault->start_ns < all->before_ns)
            all->before_ns = fault->start_ns;
    }
    return index_endpoints(all, setup);
}

void ek__failovers_deinit(struct ek__failovers *all)
{
    free(all->items);
    free(all->first);
    free(all->of);
    free(all->before_hits);
    *all = (struct ek__failovers){.items = NULL};
}

bool ek__failovers_has(const struct ek__failovers *all, uint32_t f, uint32_t endpoint)
{
    if (endpoint >= all->endpoint_count)
        return false;
    for (uint32_t i = all->first[endpoint]; i < all->first[endpoint + 1]; i++)
        if (all->of[i] == f)
            return true;
    return false;
}

/* What share of the attempts is normal for a fault's endpoints: theirs before the first fault, or
 * as many parts as they are of all endpoints. */
static void find_base(struct ek__failovers *all)
{
    all->has_base = true;
    for (size_t f = 0; f < all->count; f++) {
        all->items[f].base_hits = 0;
        all->items[f].base_total = all->before_total;
    }
    for (size_t e = 0; e < all->endpoint_count; e++)
        for (uint32_t i = all->first[e]; i < all->first[e + 1]; i++)
            all->items[all->of[i]].base_hits += all->before_hits[e];
    for (size_t f = 0; f < all->count; f++) {
        if (all->items[f].base_hits > 0)
            continue;
        all->items[f].base_hits = all->items[f].endpoint_count;
        all->items[f].base_total = all->endpoint_count;
    }
}

/* The first attempt in the second that begins with bucket `oldest`; its beginning when none came.
 */
static int64_t first_in(const struct ek__failover *fault, size_t oldest, int64_t window_ns)
{
    for (size_t i = 0; i < EK__BUCKETS; i++) {
        size_t slot = (oldest + i) % EK__BUCKETS;
        if (fault->ring_hits[slot] > 0)
            return fault->ring_first_ns[slot];
    }
    return window_ns;
}

/* One second of buckets is complete; `oldest` is the ring's index of its first. */
static void look(struct ek__failover *fault, const struct ek__failovers *all, size_t oldest,
                 int64_t window_ns)
{
    uint64_t hits = 0, total = 0;
    for (size_t i = 0; i < EK__BUCKETS; i++) {
        hits += fault->ring_hits[i];
        total += all->ring_total[i];
    }
    if (total == 0)
        return;
    /* hits / total <= 0.1 * base, in the whole second as in its first step: a step in which the
     * traffic still flowed does not belong to the time after it. */
    bool is_in_fault = window_ns + EK__BUCKET_NS > fault->start_ns && window_ns < fault->end_ns;
    if (fault->divert_at_ns < 0 && is_in_fault &&
        hits * 10 * fault->base_total <= fault->base_hits * total &&
        (uint64_t)fault->ring_hits[oldest] * 10 * fault->base_total <=
            fault->base_hits * all->ring_total[oldest]) {
        int64_t last_ns = fault->ring_last_ns[oldest];
        fault->divert_at_ns = last_ns < fault->start_ns ? fault->start_ns : last_ns;
    }
    if (fault->recover_at_ns < 0 && window_ns >= fault->end_ns &&
        hits * 100 * fault->base_total >= fault->base_hits * total * 95)
        fault->recover_at_ns = first_in(fault, oldest, window_ns);
}

void ek__failovers_bucket(struct ek__failovers *all)
{
    int64_t end_ns = all->bucket_ns + EK__BUCKET_NS;
    size_t slot = all->bucket_count % EK__BUCKETS;
    all->ring_total[slot] = all->total;
    all->bucket_count++;
    size_t oldest = all->bucket_count % EK__BUCKETS;
    bool is_full = all->bucket_count >= EK__BUCKETS;
    int64_t window_ns = end_ns - (int64_t)EK__BUCKETS * EK__BUCKET_NS;
    if (!all->has_base && end_ns > all->before_ns)
        find_base(all);

    for (size_t f = 0; f < all->count; f++) {
        struct ek__failover *fault = &all->items[f];
        fault->ring_hits[slot] = fault->hits;
        fault->ring_first_ns[slot] = fault->first_ns;
        if (is_full && fault->endpoint_count > 0)
            look(fault, all, oldest, window_ns);
        /* The slot after this one is the bucket that begins now. */
        fault->ring_last_ns[oldest] = fault->last_ns;
        fault->hits = 0;
    }
    all->total = 0;
    all->bucket_ns = end_ns;
}

void ek__failovers_failed(struct ek__failovers *all, int64_t planned_ns, int64_t end_ns)
{
    all->before_failed += end_ns < all->before_ns;
    for (size_t f = 0; f < all->count; f++) {
        struct ek__failover *fault = &all->items[f];
        fault->failed += planned_ns < fault->end_ns && end_ns >= fault->start_ns;
    }
}

uint64_t ek__failovers_errors(const struct ek__failovers *all, uint32_t f)
{
    const struct ek__failover *fault = &all->items[f];
    /* In microseconds, so that the product fits. */
    uint64_t length = (uint64_t)(fault->end_ns - fault->start_ns) / 1000;
    uint64_t before = (uint64_t)all->before_ns / 1000, predicted = 0;
    if (before > 0)
        predicted = (all->before_failed * length + before / 2) / before;
    return fault->failed > predicted ? fault->failed - predicted : 0;
}

/* Is it a reaction to trouble, not trouble itself? */
static bool is_detection(const struct ek_record *record, bool has_endpoints)
{
    switch (record->kind) {
    case EK_RECORD_EJECTED:
    case EK_RECORD_ENDPOINT_REMOVED:
    case EK_RECORD_DEREGISTERED:
    case EK_RECORD_RETRY:
    case EK_RECORD_UNHEALTHY:
        return true;
    case EK_RECORD_SUBCHANNEL_STATE:
        return record->b != EK_CONN_READY;
    case EK_RECORD_CHECK:
        return record->text != NULL && strcmp(record->text, "critical") == 0;
    case EK_RECORD_RESOLVER_ERROR:
    case EK_RECORD_EMPTY_IGNORED:
    case EK_RECORD_SHRINK_IGNORED:
    case EK_RECORD_VIEW_AGED:
        return !has_endpoints;
    case EK_RECORD_FAULT_BEGIN:
    case EK_RECORD_FAULT_END:
    case EK_RECORD_PROCESS:
    case EK_RECORD_CHANNEL_STATE:
    case EK_RECORD_RESOLVED:
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_QUERY:
    case EK_RECORD_RETURNED:
    case EK_RECORD_THROTTLED:
    case EK_RECORD_ATTEMPT_FAILED:
    case EK_RECORD_CALL_FAILED:
    case EK_RECORD_CLOCK_BACKWARDS:
    case EK_RECORD_REGISTERED:
    case EK_RECORD_WOKEN:
    case EK_RECORD_HEALTHY:
    case EK_RECORD_SPARED:
    case EK_RECORD_HEDGE:
    case EK_RECORD_TRANSPARENT:
    case EK_RECORD_OVERFLOW:
    case EK_RECORD_REJECTED:
    case EK_RECORD_CONFIG:
    case EK_RECORD_CANARY:
    case EK_RECORD_CONFIG_REFUSED:
    case EK_RECORD_CANARY_IGNORED:
    case EK_RECORD_SCENARIO:
    case EK_RECORD_COUNT:
        return false;
    }
    return false;
}

void ek__failovers_record(struct ek__failovers *all, uint32_t f, const struct ek_record *record,
                          uint64_t id)
{
    struct ek__failover *fault = &all->items[f];
    bool has_endpoints = fault->endpoint_count > 0;
    if (has_endpoints && !ek__failovers_has(all, f, record->subject))
        return;
    if (fault->detect_record == 0 && is_detection(record, has_endpoints)) {
        fault->detect_record = id;
        fault->detect_at_ns = record->at_ns;
    }
    if (fault->eject_at_ns < 0 && record->kind == EK_RECORD_EJECTED)
        fault->eject_at_ns = record->at_ns;
}
