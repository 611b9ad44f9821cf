/* Active health checks on their way to a server and back. */
#include "sim/world.h"

void ek__probe_start(struct ek__world *world, uint32_t c, const struct ek_action *action)
{
    struct ek__client *client = &world->clients[c];
    uint32_t index =
        ek__pool_take(world, &world->probe_pool, (void **)&world->probes, sizeof *world->probes);
    uint32_t slot = index == EK__NIL ? EK__NIL : ek__slot(world, EK__PROBE, index);
    struct ek__probe *probe;
    uint64_t cause = 0;

    if (slot == EK__NIL)
        return;
    probe = &world->probes[index];
    *probe = (struct ek__probe){
        .client = c,
        .endpoint = client->endpoints[action->endpoint],
        .kind = (enum ek_probe_kind)action->number,
        .handle = action->probe,
        .slot = slot,
        .is_used = true,
    };
    if (probe->endpoint == EK__NIL) /* an address of nobody: no answer, ever */
        return;
    probe->delay_ns = ek__net_delay(world, c, probe->endpoint, ek_rng_next(&client->connects));
    probe->asked = action->cause;
    if (!ek__net_is_cut(world, c, probe->endpoint, &cause))
        ek_engine_set(&world->engine, slot, world->engine.now + probe->delay_ns);
    probe->cause = cause;
}

static void probe_release(struct ek__world *world, uint32_t index)
{
    ek_engine_release(&world->engine, world->probes[index].slot);
    world->probes[index].is_used = false;
    ek__pool_give(&world->probe_pool, index);
}

/* Returns what kept it from being answered, if something did. */
uint64_t ek__probe_cancel(struct ek__world *world, uint32_t c, uint64_t handle)
{
    for (uint32_t i = 0; i < world->probe_pool.count; i++)
        if (world->probes[i].is_used && world->probes[i].client == c &&
            world->probes[i].handle == handle) {
            uint64_t cause = world->probes[i].cause;

            probe_release(world, i);
            return cause;
        }
    return 0;
}

/* At the server. A frozen process and a hole in the network say nothing: the channel's own timeout
 * ends the probe. Scripted errors and slowness of calls do not show: the check is a shallow one. */
static void arrive(struct ek__world *world, struct ek__probe *probe)
{
    const struct ek__server *server = &world->servers[probe->endpoint];

    if (server->holes > 0 || (server->paused > 0 && probe->kind != EK_PROBE_TCP)) {
        probe->cause = ek__server_why(server);
        return;
    }
    probe->is_answered = true;
    probe->is_healthy = server->is_up && server->refusing == 0 &&
                        (probe->kind == EK_PROBE_TCP || !server->is_draining);
    probe->cause = probe->is_healthy
                       ? ek__why_through(world, probe->client, probe->endpoint, probe->asked)
                       : ek__server_why(server);
    ek_engine_set(&world->engine, probe->slot, world->engine.now + probe->delay_ns);
}

void ek__probe_due(struct ek__world *world, uint32_t index)
{
    struct ek__probe *probe = &world->probes[index];
    struct ek_event event = {
        .kind = probe->kind == EK_PROBE_STREAM && probe->is_healthy ? EK_EVENT_PROBE_ANSWER
                                                                    : EK_EVENT_PROBE_DONE,
        .probe = probe->handle,
        .status = probe->is_healthy ? EK_STATUS_OK : EK_STATUS_UNAVAILABLE,
        .text = probe->is_healthy ? NULL : "connection refused",
        .cause = probe->cause,
    };
    uint32_t client = probe->client;

    if (!probe->is_answered) {
        arrive(world, probe);
        return;
    }
    if (event.kind == EK_EVENT_PROBE_DONE)
        probe_release(world, index);
    ek__client_input(world, client, &event);
}
