/* A user of the installed library: round robin over three endpoints that answer at once. */
#include <evenkeel/channel.h>

#include <stdio.h>
#include <stdlib.h>

static void give_up(const char *why)
{
    fprintf(stderr, "toy: %s\n", why);
    exit(1);
}

/* The whole transport: connections succeed, calls are answered. */
static void turn(struct ek_channel *channel, ek_time now, unsigned *counts)
{
    struct ek_action action;

    while (ek_channel_output(channel, &action)) {
        struct ek_event event = {.connection = action.connection, .attempt = action.attempt};

        if (action.kind == EK_ACTION_CONNECT) {
            event.kind = EK_EVENT_CONNECTED;
        } else if (action.kind == EK_ACTION_SEND) {
            event.kind = EK_EVENT_ATTEMPT_DONE;
            counts[action.endpoint]++;
        } else {
            continue;
        }
        ek_channel_input(channel, &event, now);
    }
}

int main(void)
{
    json_t *config = json_loads("{\"loadBalancingConfig\": [{\"round_robin\": {}}]}", 0, NULL);
    json_t *addresses = json_loads("{\"addresses\": [\"a:80\", \"b:80\", \"c:80\"]}", 0, NULL);
    struct ek_service_config service_config;
    struct ek_errors errors = {0};
    struct ek_channel *channel;
    unsigned counts[3] = {0};
    ek_time now = {0};

    if (ek_service_config_read(config, "", &service_config, &errors) != EK_OK)
        give_up(errors.items[0].text);
    struct ek_channel_config options = {
        .service_config = &service_config,
        .resolver = ek_resolver_find("static"),
        .resolver_options = addresses,
        .seed = 1,
    };
    if (ek_channel_new(&options, now, &channel, &errors) != EK_OK)
        give_up("no channel");
    turn(channel, now, counts);
    for (unsigned i = 0; i < 300; i++) {
        struct ek_call call = {.token = i};

        if (ek_channel_call(channel, &call, now) != EK_OK)
            give_up("no call");
        turn(channel, now, counts);
        now = ek_time_add(now, EK_MS);
    }
    if (counts[0] != 100 || counts[1] != 100 || counts[2] != 100)
        give_up("300 calls are not 100 each");
    ek_channel_free(channel);
    ek_service_config_deinit(&service_config);
    json_decref(addresses);
    json_decref(config);
    return 0;
}
