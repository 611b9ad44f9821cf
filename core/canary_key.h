/* The share of the canary, watched as a value of Consul's key/value store. */
#ifndef EVENKEEL_CORE_CANARY_KEY_H
#define EVENKEEL_CORE_CANARY_KEY_H

#include "core/resolver/pace.h"

/* Zeroed: nothing is watched. */
struct ek__canary_key {
    const char *key; /* of the config that it was started for */
    char *target;    /* "/v1/kv/KEY?", and room for the rest; NULL: nothing is watched */
    size_t target_size, head_size;
    struct ek__pace pace;
    uint64_t query; /* under way, or 0 */
    uint64_t index; /* to wait behind; 0: read at once */
    ek_time asked;
    bool has_value;  /* a value was believed */
    bool is_ignored; /* but not the last one */
    char text[200];  /* of the last note */
};

struct ek_channel;
struct ek_event;

/* A config begins to count, or the channel wakes up: watches its key, unless it is watched already.
 * False without memory. */
bool ek__canary_start(struct ek_channel *ch);

/* The channel rests: no query any more. */
void ek__canary_rest(struct ek_channel *ch);

/* False if the event is not about the key. */
bool ek__canary_answer(struct ek_channel *ch, const struct ek_event *event);

void ek__canary_timer(struct ek_channel *ch);
void ek__canary_deinit(struct ek_channel *ch);

/* Reads a value: 12.5, "12.5%" or {"share": "12.5%"}; false if it is none of these. */
bool ek__canary_read(const char *body, size_t size, int64_t *share_ppm);

#endif
