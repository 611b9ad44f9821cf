/* The load that a server reports with its answers: rates of the last whole second, utilization now.
 */
#include "sim/world.h"

#include "evenkeel/lb.h"

static void count(struct ek__load *load, int64_t second, bool is_error)
{
    if (second != load->second) {
        bool is_next = second == load->second + 1;

        load->answers_last = is_next ? load->answers : 0;
        load->errors_last = is_next ? load->errors : 0;
        load->answers = load->errors = 0;
        load->second = second;
    }
    load->answers++;
    load->errors += is_error;
}

/* Without a number of workers there is nothing to be full of: then one call at a time counts as
 * full, so that the report still tells busy servers from idle ones. */
void ek__server_report(struct ek__world *world, struct ek__attempt *attempt)
{
    struct ek__server *server = &world->servers[attempt->endpoint];
    int64_t workers = server->group->workers > 0 ? server->group->workers : 1;
    uint64_t inside = (uint64_t)server->serving.count + server->waiting.count;

    count(&server->load, world->engine.now / EK_S, attempt->status != EK_STATUS_OK);
    attempt->load = (struct ek_load_report){
        .qps = (int64_t)server->load.answers_last * 1000000,
        .eps = (int64_t)server->load.errors_last * 1000000,
        .utilization = (int64_t)ek__server_busy(server) * 1000000 / workers,
        .in_flight = (int64_t)inside,
    };
}
