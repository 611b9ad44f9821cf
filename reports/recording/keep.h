/* Which records and calls of a run stay in its recording. */
#ifndef EK_REPORTS_KEEP_H
#define EK_REPORTS_KEEP_H

#include "reports/recording/arena.h"
#include "reports/recording/recording.h"

/* `root` of a record whose chain of causes leads to no fault. */
enum {
    EK__NO_ROOT = 0xffff
};

struct ek__kept_record {
    uint64_t id, cause;
    int64_t at_ns, a, b;
    uint32_t actor, subject;
    const char *text; /* NULL: none */
    uint16_t root;    /* the fault its causes lead to */
    uint8_t kind;
};

struct ek__records {
    struct ek__kept_record *items; /* rising id */
    size_t count, capacity;
    uint64_t last_id; /* of all, kept or not */
    uint32_t kept[EK_RECORD_COUNT];
    uint16_t *recent; /* the root of each of the last EK__RECENT ids, kept or not */
    uint64_t wanted;  /* call whose records stay whatever their kind has had; 0: none */
    struct ek__arena texts;
    bool failed; /* no memory for one */
};

enum {
    EK__RECENT = 65536
};

bool ek__records_init(struct ek__records *records);
void ek__records_deinit(struct ek__records *records);

/* Gives the record its id, and keeps it unless its kind has had its part of the room. `root` is
 * the fault it leads to. Returns the id. */
uint64_t ek__records_add(struct ek__records *records, const struct ek_record *record,
                         uint16_t root);

/* The fault that record `id` leads to, or EK__NO_ROOT: also when it is neither kept nor recent. */
uint16_t ek__records_root(const struct ek__records *records, uint64_t id);

struct ek__calls {
    struct ek_recorded_call *sample; /* every `every`-th call, in the order they ended */
    size_t sample_count, sample_capacity;
    uint64_t every, wanted;          /* `wanted` stays in any case; 0: none */
    struct ek_recorded_call *failed; /* the first few of each interval, and the wanted one */
    size_t failed_count, failed_capacity;
    uint32_t per_interval, in_interval; /* failed ones: the limit, and kept in this one */
    struct ek_recorded_call slowest[2]; /* of the calls that succeeded, and of those that failed */
    bool has_slowest[2];
    bool out_of_memory;
};

void ek__calls_init(struct ek__calls *calls, size_t interval_count);
void ek__calls_deinit(struct ek__calls *calls);
void ek__calls_add(struct ek__calls *calls, const struct ek_recorded_call *call);

/* One array of both, each call once, by planned time. Returns new; NULL without memory. */
struct ek_recorded_call *ek__calls_sorted(const struct ek__calls *calls, size_t *count);

#endif
