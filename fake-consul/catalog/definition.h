/* What was registered: a service or a check, as agent and catalog both hold it. */
#ifndef EK_FAKE_CONSUL_CATALOG_DEFINITION_H
#define EK_FAKE_CONSUL_CATALOG_DEFINITION_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/base/words.h"

enum ek__consul_status {
    EK__CONSUL_PASSING,
    EK__CONSUL_WARNING,
    EK__CONSUL_CRITICAL,
    EK__CONSUL_MAINTENANCE /* of a list of checks, never of one */
};

const char *ek__consul_status_name(enum ek__consul_status status);

/* False for anything but passing, warning, critical. */
bool ek__consul_status_parse(const char *name, enum ek__consul_status *out);

struct ek__consul_tagged {
    char *name, *address;
    int64_t port;
};

struct ek__consul_service {
    char *id, *name, *kind, *address;
    struct ek__consul_list tags;
    struct ek__consul_map meta;
    struct ek__consul_tagged *tagged; /* sorted by name */
    size_t tagged_count;
    int64_t port, weight_passing, weight_warning;
    bool enable_tag_override;
};

void ek__consul_service_copy(struct ek__consul_service *to, const struct ek__consul_service *from);
bool ek__consul_service_equal(const struct ek__consul_service *a,
                              const struct ek__consul_service *b);
void ek__consul_service_deinit(struct ek__consul_service *service);

/* Adds a tagged address, or replaces the one of that name. */
void ek__consul_service_tag_address(struct ek__consul_service *service, const char *name,
                                    const char *address, int64_t port);

struct ek__consul_check {
    char *id, *name, *notes, *output, *type;
    char *service_id, *service_name; /* "" for a check of the node */
    char *definition;                /* a JSON object */
    struct ek__consul_list service_tags;
    enum ek__consul_status status;
};

void ek__consul_check_copy(struct ek__consul_check *to, const struct ek__consul_check *from);

/* `outputs` says whether the outputs have to be equal as well. */
bool ek__consul_check_equal(const struct ek__consul_check *a, const struct ek__consul_check *b,
                            bool outputs);
void ek__consul_check_deinit(struct ek__consul_check *check);

/* Replaces a string of a definition. */
void ek__consul_set(char **field, const char *value);

#endif
