/* What the recorded scenario says about one client. */
#ifndef EK_REPORTS_EXPLAIN_CONFIG_H
#define EK_REPORTS_EXPLAIN_CONFIG_H

#include "reports/recording/replay.h"

#include <jansson.h>

/* Members are NULL where the scenario says nothing. Zeroed is empty. */
struct ek__config {
    json_t *scenario;
    const json_t *group;            /* the client's group */
    size_t group_index;             /* for the pointer /clients/N */
    bool is_only_group;             /* then /clients will do */
    const json_t *service, *method; /* service config, and its entry for all methods */
    const json_t *retry, *outlier, *connection, *resolver_consul;
    bool is_static; /* the endpoints are a fixed list */
};

/* Reads the recorded scenario; a scenario that is damaged says nothing. */
void ek__config_read(struct ek__config *config, const struct ek_replay *replay, uint32_t client);
void ek__config_deinit(struct ek__config *config);

/* "/clients/serviceConfig", "/clients/1/serviceConfig" ... Returns `out`. */
const char *ek__config_pointer(const struct ek__config *config, const char *rest, char *out,
                               size_t size);

/* Whether a retryPolicy tries a call again that failed with `status`. */
bool ek__config_retries(const struct ek__config *config, int status);

/* The member as text, "" when it is none. Returns borrowed. */
const char *ek__config_text(const json_t *object, const char *key);

#endif
