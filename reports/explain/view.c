/* What the registry said, and how old the client's view was. */
#include "reports/explain/config.h"
#include "reports/explain/pairs.h"
#include "reports/explain/story.h"

#include "evenkeel/event.h"

#include <inttypes.h>
#include <string.h>

/* The end of the sentence: what the registry's check says of the endpoint. */
static const char *check_words(const struct ek__story *story, const struct ek_endpoint_moment *e,
                               uint32_t endpoint, char *out, size_t size)
{
    const char *name = story->results->endpoint_names[endpoint];
    if (e->check[0] == '\0')
        snprintf(out, size, "; %.80s is not registered", name);
    else
        snprintf(out, size, "; the registry's check of %.80s: %s", name, e->check);
    return out;
}

static void tell_consul(struct ek__story *story, uint32_t client, uint32_t endpoint,
                        size_t event_index, int64_t at_ns)
{
    const struct ek_moment *moment = ek_replay_seek_event(story->replay, event_index);
    const struct ek_client_moment *view = &moment->clients[client];
    char check[160] = "", registry[48] = ""; /* of a real registry nothing more is recorded */
    if (endpoint < story->results->endpoint_count && moment->registry_index > 0)
        check_words(story, &moment->endpoints[endpoint], endpoint, check, sizeof check);
    if (moment->registry_index > 0)
        snprintf(registry, sizeof registry, "; the registry was at %" PRIu64,
                 moment->registry_index);
    if (view->answered_ns < 0) {
        ek__tell(story, "view", EK__PLAIN, "no registry answer yet%s", check);
        return;
    }
    ek__tell(story, "view", EK__PLAIN, "Consul index %" PRIu64 ", answered %s before%s%s",
             view->index, ek__duration(at_ns - view->answered_ns).s, registry, check);
}

void ek__tell_view(struct ek__story *story, uint32_t client, uint32_t endpoint, size_t event_index,
                   int64_t at_ns)
{
    struct ek__config config;
    struct ek__known known;
    ek__config_read(&config, story->replay, client);
    ek__known_at(&known, story->replay, client, event_index);
    if (config.is_static)
        ek__tell(story, "view", EK__PLAIN, "a fixed list of %s: no registry",
                 ek__counted(known.listed, "endpoint").s);
    else
        tell_consul(story, client, endpoint, event_index, at_ns);
    if (known.pairs != NULL && endpoint < story->results->endpoint_count) {
        const struct ek__pair *pair = &known.pairs[endpoint];
        if (pair->state >= 0)
            ek__tell(story, "", EK__PLAIN, "its connection to %.80s: %s since %s%s",
                     story->results->endpoint_names[endpoint],
                     ek_conn_name((enum ek_conn)pair->state), ek__moment_text(pair->since_ns).s,
                     pair->is_ejected ? ", ejected" : "");
    }
    ek__known_deinit(&known);
    ek__config_deinit(&config);
}
