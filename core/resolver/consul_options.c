/* The options of the Consul resolver. */
#include "core/resolver/consul.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const mode_words[] = {"watch", "poll", NULL};
static const char *const aged_words[] = {"read", "tell", NULL};

#define AT(field) .offset = offsetof(struct ek__consul_options, field)

const struct ek_option ek__consul_option_rows[] = {
    {.name = "service",
     .type = EK_OPTION_STRING,
     AT(service),
     .required = true,
     .min = 1,
     .text = "Name of the service to watch."},
    {.name = "passing",
     .type = EK_OPTION_BOOL,
     AT(is_passing_only),
     .fallback = "true",
     .text = "Whether an instance needs all its checks passing; false also takes warning ones, at "
             "their warning weight, and drops critical ones, as Consul's DNS does."},
    {.name = "tag",
     .type = EK_OPTION_LIST,
     AT(tags),
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = 16,
     .text = "Only instances with this tag; of a list, with all of them."},
    {.name = "nodeMeta",
     .type = EK_OPTION_LIST,
     AT(node_metas),
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .count_max = 16,
     .text = "Only instances on nodes with this metadata, \"key:value\"; of a list, with all."},
    {.name = "datacenter",
     .type = EK_OPTION_STRING,
     AT(datacenter),
     .min = 1,
     .text = "Another datacenter than the agent's own."},
    {.name = "near",
     .type = EK_OPTION_STRING,
     AT(near),
     .min = 1,
     .text = "Keep the order of the answer, nearest to this node first; \"_agent\": to the agent. "
             "Absent: the list is sorted by address."},
    {.name = "stale",
     .type = EK_OPTION_BOOL,
     AT(is_stale_allowed),
     .fallback = "false",
     .text = "Whether any server may answer, even without a leader."},
    {.name = "maxStale",
     .type = EK_OPTION_DURATION,
     AT(max_stale_ns),
     .fallback = "\"0s\"",
     .text =
         "For stale: an answer of a server that last heard of its leader longer ago is not used, "
         "and the leader is asked instead; 0s: no limit. Consul's streaming answers, from 1.10 on "
         "those of queries that wait, do not say how old they are."},
    {.name = "cached",
     .type = EK_OPTION_BOOL,
     AT(is_cached),
     .fallback = "false",
     .text = "Whether the agent may answer from its cache."},
    {.name = "mode",
     .type = EK_OPTION_WORD,
     AT(mode),
     .fallback = "\"watch\"",
     .words = mode_words,
     .text =
         "Whether to watch with blocking queries, or to poll: read in full every pollInterval."},
    {.name = "pollInterval",
     .type = EK_OPTION_DURATION,
     AT(poll_ns),
     .fallback = "\"10s\"",
     .min = EK_MS,
     .text = "For mode: poll; from one answer to the next query."},
    {.name = "wait",
     .type = EK_OPTION_DURATION,
     AT(wait_ns),
     .fallback = "\"60s\"",
     .min = EK_S,
     .max = 600 * EK_S,
     .text = "How long a query waits for a change."},
    {.name = "timeoutSlack",
     .type = EK_OPTION_DURATION,
     AT(slack_ns),
     .fallback = "\"5s\"",
     .min = EK_MS,
     .text = "A query that waits is given up after wait, a sixteenth of it, and this."},
    {.name = "readTimeout",
     .type = EK_OPTION_DURATION,
     AT(read_timeout_ns),
     .fallback = "\"10s\"",
     .min = EK_MS,
     .text = "A query that does not wait is given up after this. Without a leader Consul holds one "
             "for 7 s."},
    {.name = "maxViewAge",
     .type = EK_OPTION_DURATION,
     AT(max_age_ns),
     .fallback = "\"0s\"",
     .text = "If no answer came for so long the list counts as old, which is noted; 0s: never."},
    {.name = "onViewAge",
     .type = EK_OPTION_WORD,
     AT(on_aged),
     .fallback = "\"read\"",
     .words = aged_words,
     .text = "For maxViewAge: give the query up and read afresh, or only tell."},
    EK__BELIEF_ROWS(offsetof(struct ek__consul_options, belief)),
    {.name = "zoneKey",
     .type = EK_OPTION_STRING,
     AT(zone_key),
     .fallback = "\"zone\"",
     .min = 1,
     .text = "Metadata of the service, or else of its node, that names the zone."},
    {.name = "regionKey",
     .type = EK_OPTION_STRING,
     AT(region_key),
     .fallback = "\"region\"",
     .min = 1,
     .text = "The same for the region; with both, the locality is \"region/zone\"."},
    {.name = "priorityKey",
     .type = EK_OPTION_STRING,
     AT(priority_key),
     .fallback = "\"priority\"",
     .min = 1,
     .text = "The same for the priority, a number from 0, the first choice, to 15; absent: 0."},
    {.name = "initialBackoff",
     .type = EK_OPTION_DURATION,
     AT(backoff_initial_ns),
     .fallback = "\"1s\"",
     .min = EK_MS,
     .text = "Pause after the first failed query; each further one is 1.6 times as long, +-20%."},
    {.name = "maxBackoff",
     .type = EK_OPTION_DURATION,
     AT(backoff_max_ns),
     .fallback = "\"30s\"",
     .min = EK_MS,
     .text = "Longest such pause, before the jitter."},
    {.name = "minInterval",
     .type = EK_OPTION_DURATION,
     AT(interval_ns),
     .fallback = "\"1s\"",
     .min = EK_MS,
     .text = "In the long run at most one query is sent in this time; two may follow each other "
             "at once."},
    {0},
};

static void check_texts(const struct ek_list *texts, const char *path, const char *name,
                        bool is_pair, struct ek_errors *errors)
{
    char *const *items = texts->items;

    for (size_t i = 0; i < texts->count; i++) {
        char place[sizeof errors->items[0].path + 32];
        const char *colon = items[i] != NULL ? strchr(items[i], ':') : NULL;

        snprintf(place, sizeof place, "%s/%s/%zu", path, name, i);
        if (items[i] != NULL && items[i][0] == '\0')
            ek_errors_add(errors, place, false, "must not be empty");
        else if (items[i] != NULL && is_pair && (colon == NULL || colon == items[i]))
            ek_errors_add(errors, place, false, "\"%.64s\" is not \"key:value\"", items[i]);
    }
}

void ek__consul_check(const void *self, const char *path, struct ek_errors *errors)
{
    const struct ek__consul_options *options = self;
    char place[sizeof errors->items[0].path + 32];

    check_texts(&options->tags, path, "tag", false, errors);
    check_texts(&options->node_metas, path, "nodeMeta", true, errors);
    if (options->max_stale_ns > 0 && !options->is_stale_allowed) {
        snprintf(place, sizeof place, "%s/maxStale", path);
        ek_errors_add(errors, place, false, "without \"stale\": true no answer is stale");
    }
}
