/* What the calls of a client ask for: the endpoints with its labels, and a key to be hashed. */
#include "sim/world.h"

#include <stdio.h>
#include <string.h>

enum {
    LABELS_MAX = 8, /* of the core */
    LABEL_SIZE = 256
};

static bool ask_for_labels(struct ek__client *client, char *why, size_t why_size)
{
    const struct ek_list *wanted = &client->group->labels;
    char texts[LABELS_MAX][LABEL_SIZE];
    struct ek_label labels[LABELS_MAX];
    enum ek_err err;

    if (wanted->count == 0)
        return true;
    for (size_t i = 0; i < wanted->count && i < LABELS_MAX; i++) {
        char *value;

        snprintf(texts[i], sizeof texts[i], "%s", ((char *const *)wanted->items)[i]);
        value = strchr(texts[i], '=');
        if (value != NULL)
            *value++ = '\0';
        labels[i] = (struct ek_label){texts[i], value != NULL ? value : ""};
    }
    err = wanted->count > LABELS_MAX
              ? EK_ELIMIT
              : ek_channel_subset(client->channel, labels, wanted->count, &client->subset);
    if (err != EK_OK)
        snprintf(why, why_size, "client %s: its labels cannot be asked for: %s", client->name,
                 ek_err_text(err));
    return err == EK_OK;
}

bool ek__asking_start(struct ek__world *world, uint32_t c, char *why, size_t why_size)
{
    struct ek__client *client = &world->clients[c];

    client->keys = ek_rng_derive(world->seed, "keys", c);
    return ask_for_labels(client, why, why_size);
}

void ek__asking(struct ek__client *client, struct ek_call *call)
{
    int64_t count = client->group->keys.count, hot_ppm = client->group->keys.hot_ppm;
    uint32_t key;

    call->subset = client->subset;
    if (count == 0)
        return;
    key = ek_rng_below(&client->keys, (uint32_t)count);
    if (hot_ppm > 0 && ek_rng_below(&client->keys, 1000000) < (uint32_t)hot_ppm)
        key = 0;
    call->hash = ek_mix64(key) | 1; /* 0 would mean that there is no key */
}
