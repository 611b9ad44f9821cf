/* Which records and calls of a run stay in its recording. */
#include "reports/recording/keep.h"

#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 200,
    FREQUENT_MAX = 40000, /* of each kind that comes with every failed call */
    VITAL_RESERVE = 50000,
    HALF_CALLS = EK_RECORD_CALLS_MAX / 2
};

bool ek__records_init(struct ek__records *records)
{
    *records = (struct ek__records){.recent = malloc(EK__RECENT * sizeof(uint16_t))};
    return records->recent != NULL;
}

void ek__records_deinit(struct ek__records *records)
{
    free(records->items);
    free(records->recent);
    ek__arena_deinit(&records->texts);
    *records = (struct ek__records){.items = NULL};
}

/* The state at a moment is rebuilt from records, so the kinds that make it are dropped last. */
static bool has_room(const struct ek__records *records, enum ek_record_kind kind)
{
    switch (kind) {
    case EK_RECORD_QUERY:
    case EK_RECORD_RETRY:
    case EK_RECORD_THROTTLED:
    case EK_RECORD_ATTEMPT_FAILED:
    case EK_RECORD_CALL_FAILED:
    case EK_RECORD_HEDGE:
    case EK_RECORD_TRANSPARENT:
    case EK_RECORD_OVERFLOW:
    case EK_RECORD_REJECTED:
    case EK_RECORD_SPARED:
        return records->kept[kind] < FREQUENT_MAX &&
               records->count < EK_RECORD_EVENTS_MAX - VITAL_RESERVE;
    case EK_RECORD_CHANNEL_STATE:
    case EK_RECORD_SUBCHANNEL_STATE:
    case EK_RECORD_RESOLVED:
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_ENDPOINT_REMOVED:
    case EK_RECORD_RESOLVER_ERROR:
    case EK_RECORD_EMPTY_IGNORED:
    case EK_RECORD_CLOCK_BACKWARDS:
    case EK_RECORD_WOKEN:
    case EK_RECORD_UNHEALTHY:
    case EK_RECORD_HEALTHY:
    case EK_RECORD_CONFIG:
    case EK_RECORD_CANARY:
    case EK_RECORD_CONFIG_REFUSED:
    case EK_RECORD_CANARY_IGNORED:
    case EK_RECORD_SHRINK_IGNORED:
    case EK_RECORD_VIEW_AGED:
        return records->count < EK_RECORD_EVENTS_MAX - VITAL_RESERVE;
    case EK_RECORD_FAULT_BEGIN:
    case EK_RECORD_FAULT_END:
    case EK_RECORD_SCENARIO:
    case EK_RECORD_PROCESS:
    case EK_RECORD_EJECTED:
    case EK_RECORD_RETURNED:
    case EK_RECORD_REGISTERED:
    case EK_RECORD_DEREGISTERED:
    case EK_RECORD_CHECK:
        return records->count < EK_RECORD_EVENTS_MAX;
    case EK_RECORD_COUNT:
        return false;
    }
    return false;
}

/* Room for one more item in an array that doubles. */
static bool grow(void **items, size_t count, size_t *capacity, size_t item_size)
{
    if (count < *capacity)
        return true;
    size_t wanted = *capacity == 0 ? 256 : *capacity * 2;
    void *larger = realloc(*items, wanted * item_size);
    if (larger == NULL)
        return false;
    *items = larger;
    *capacity = wanted;
    return true;
}

static void keep(struct ek__records *records, const struct ek_record *record, uint16_t root)
{
    void *items = records->items;
    bool has_memory = grow(&items, records->count, &records->capacity, sizeof *records->items);
    records->items = items;
    if (!has_memory) {
        records->failed = true;
        return;
    }
    size_t length = record->text != NULL ? strlen(record->text) : 0;
    if (length > TEXT_MAX)
        length = TEXT_MAX;
    records->items[records->count++] = (struct ek__kept_record){
        .id = records->last_id,
        .cause = record->cause,
        .at_ns = record->at_ns,
        .a = record->a,
        .b = record->b,
        .actor = record->actor,
        .subject = record->subject,
        .text = length > 0 ? ek__arena_slice(&records->texts, record->text, length) : NULL,
        .root = root,
        .kind = (uint8_t)record->kind,
    };
    records->kept[record->kind]++;
    records->failed = records->failed || records->texts.failed;
}

uint64_t ek__records_add(struct ek__records *records, const struct ek_record *record, uint16_t root)
{
    records->last_id++;
    records->recent[records->last_id % EK__RECENT] = root;
    bool is_wanted = records->wanted != 0 && ek_record_names_call(record->kind) &&
                     (uint64_t)record->a == records->wanted;
    if (is_wanted || has_room(records, record->kind))
        keep(records, record, root);
    return records->last_id;
}

uint16_t ek__records_root(const struct ek__records *records, uint64_t id)
{
    if (id == 0 || id > records->last_id)
        return EK__NO_ROOT;
    if (records->last_id - id < EK__RECENT)
        return records->recent[id % EK__RECENT];
    size_t low = 0, high = records->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (records->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_kept = low < records->count && records->items[low].id == id;
    return is_kept ? records->items[low].root : EK__NO_ROOT;
}

void ek__calls_init(struct ek__calls *calls, size_t interval_count)
{
    size_t per_interval = HALF_CALLS / (interval_count > 0 ? interval_count : 1);
    *calls = (struct ek__calls){
        .every = 1,
        .per_interval = per_interval > 4 ? (uint32_t)per_interval : 4,
    };
}

void ek__calls_deinit(struct ek__calls *calls)
{
    free(calls->sample);
    free(calls->failed);
    *calls = (struct ek__calls){.every = 1};
}

static void add_failed(struct ek__calls *calls, const struct ek_recorded_call *call)
{
    void *items = calls->failed;
    bool has_memory =
        grow(&items, calls->failed_count, &calls->failed_capacity, sizeof *calls->failed);
    calls->failed = items;
    if (!has_memory) {
        calls->out_of_memory = true;
        return;
    }
    calls->failed[calls->failed_count++] = *call;
    calls->in_interval++;
}

/* When the sample is full every second call of it goes. */
static void halve(struct ek__calls *calls)
{
    calls->every *= 2;
    size_t count = 0;
    for (size_t i = 0; i < calls->sample_count; i++)
        if (calls->sample[i].number % calls->every == 0)
            calls->sample[count++] = calls->sample[i];
    calls->sample_count = count;
}

/* The maximum that the results name has a call behind it; of equal ones it is the first. */
static void note_slowest(struct ek__calls *calls, const struct ek_recorded_call *call)
{
    size_t which = call->status != 0;
    const struct ek_recorded_call *slowest = &calls->slowest[which];
    if (calls->has_slowest[which] &&
        call->end_ns - call->planned_ns <= slowest->end_ns - slowest->planned_ns)
        return;
    calls->slowest[which] = *call;
    calls->has_slowest[which] = true;
}

void ek__calls_add(struct ek__calls *calls, const struct ek_recorded_call *call)
{
    note_slowest(calls, call);
    bool is_wanted = call->number == calls->wanted;
    if (is_wanted || (call->status != 0 && calls->in_interval < calls->per_interval &&
                      calls->failed_count < HALF_CALLS))
        add_failed(calls, call);
    /* `every` is a power of two. */
    if ((call->number & (calls->every - 1)) != 0)
        return;
    while (calls->sample_count == HALF_CALLS)
        halve(calls);
    if ((call->number & (calls->every - 1)) != 0)
        return;
    void *items = calls->sample;
    bool has_memory =
        grow(&items, calls->sample_count, &calls->sample_capacity, sizeof *calls->sample);
    calls->sample = items;
    if (!has_memory) {
        calls->out_of_memory = true;
        return;
    }
    calls->sample[calls->sample_count++] = *call;
}

static int by_planned(const void *left, const void *right)
{
    const struct ek_recorded_call *a = left, *b = right;
    if (a->planned_ns != b->planned_ns)
        return a->planned_ns < b->planned_ns ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

struct ek_recorded_call *ek__calls_sorted(const struct ek__calls *calls, size_t *count)
{
    size_t total = calls->sample_count + calls->failed_count;
    struct ek_recorded_call *all = malloc((total + 2) * sizeof *all);
    if (all == NULL)
        return NULL;
    if (calls->sample_count > 0)
        memcpy(all, calls->sample, calls->sample_count * sizeof *all);
    if (calls->failed_count > 0)
        memcpy(all + calls->sample_count, calls->failed, calls->failed_count * sizeof *all);
    for (size_t i = 0; i < 2; i++)
        if (calls->has_slowest[i])
            all[total++] = calls->slowest[i];
    qsort(all, total, sizeof *all, by_planned);
    size_t kept = 0;
    for (size_t i = 0; i < total; i++)
        if (kept == 0 || all[kept - 1].number != all[i].number)
            all[kept++] = all[i];
    *count = kept;
    return all;
}
