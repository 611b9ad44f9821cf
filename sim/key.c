/* What is written to the registry's key/value store in the course of a run. */
#include "sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ek_key_step *step_of(const struct ek__world *world, uint32_t step)
{
    return &((const struct ek_key_step *)world->scenario->consul.keys.items)[step];
}

bool ek__keys_start(struct ek__world *world)
{
    for (uint32_t i = 0; i < world->scenario->consul.keys.count; i++) {
        uint32_t slot;

        if (step_of(world, i)->at_ns == 0) { /* there before anybody asks */
            ek__key_step(world, i);
            continue;
        }
        slot = ek__slot(world, EK__KEY_STEP, i);
        if (slot == EK__NIL)
            return false;
        ek_engine_set(&world->engine, slot, step_of(world, i)->at_ns);
    }
    return true;
}

/* Keys of a scenario are plain: none needs to be escaped. */
void ek__key_step(struct ek__world *world, uint32_t i)
{
    const struct ek_key_step *step = step_of(world, i);
    char target[640], words[200];

    snprintf(words, sizeof words, "the key %.80s %s%.80s", step->key,
             step->value != NULL ? "is set to " : "is deleted",
             step->value != NULL ? step->value : "");
    world->key_last =
        ek__journal(world, EK_RECORD_SCENARIO, EK_NOBODY, EK_NOBODY, world->start, 0, 0, words);
    snprintf(target, sizeof target, "/v1/kv/%s", step->key);
    ek__registry_request(world, 0, step->value != NULL ? "PUT" : "DELETE", target, step->value, 0,
                         world->key_last);
}
