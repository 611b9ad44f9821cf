/* The servers' catalog: nodes, their services, their checks, with Consul's index rules.
 *
 * One raft index counts all writes. On top of it each service name has an index of its own, each
 * table has one, and the last extinction of any service has one. A change goes into a write, which
 * collects who has to be woken. */
#ifndef EK_FAKE_CONSUL_CATALOG_CATALOG_H
#define EK_FAKE_CONSUL_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/base/sorted.h"
#include "fake-consul/catalog/definition.h"

struct ek__consul_node {
    char *key; /* the name in lower case */
    char *name, *id, *address;
    struct ek__consul_map tagged, meta;
    uint64_t create_index, modify_index;
    struct ek__consul_sorted instances; /* by key */
    struct ek__consul_sorted checks;    /* all of the node's, by key */
    struct ek__consul_sorted own;       /* those without a service */
};

/* One check in the catalog. */
struct ek__consul_row {
    char *key; /* the id in lower case */
    struct ek__consul_check check;
    struct ek__consul_node *node;
    uint64_t create_index, modify_index;
};

/* One instance of a service in the catalog. */
struct ek__consul_instance {
    char *key;   /* the id in lower case */
    char *place; /* among the instances of its name: by node, then id */
    struct ek__consul_service service;
    struct ek__consul_node *node;
    struct ek__consul_name *name;
    struct ek__consul_sorted checks;
    uint64_t create_index, modify_index;
    struct ek__consul_body *health; /* its row in health/service, or NULL when that is outdated */
};

/* A service name. It outlives its instances when the last one was renamed. */
struct ek__consul_name {
    char *key;
    char *name; /* as first written */
    uint64_t index;
    uint64_t version;                   /* never seen before at any change of its rows */
    struct ek__consul_sorted instances; /* by place */
};

struct ek__consul_catalog {
    struct ek__consul_sorted nodes, names;
    uint64_t nodes_index, services_index, checks_index;
    uint64_t extinction_index; /* 0: none yet */
    uint64_t version;
};

/* One committed write. */
struct ek__consul_write {
    uint64_t index;
    struct ek__consul_list hosts; /* keys of the nodes it is about */
    bool nodes, services, checks; /* which tables it raised */
    bool sessions, queries, events;
    unsigned statuses;              /* bit set of the statuses its checks left or took */
    struct ek__consul_list names;   /* keys of the services whose rows changed */
    struct ek__consul_list carried; /* names that checks carried before or carry now */
    struct ek__consul_list keys;    /* of the key/value table that changed */
};

void ek__consul_write_deinit(struct ek__consul_write *write);

/* Notes that the write is about the node with this key; and asks for it. */
void ek__consul_write_host(struct ek__consul_write *write, const char *key);
bool ek__consul_write_concerns_host(const struct ek__consul_write *write, const char *key);

void ek__consul_catalog_init(struct ek__consul_catalog *catalog);
void ek__consul_catalog_copy(struct ek__consul_catalog *to, const struct ek__consul_catalog *from);
void ek__consul_catalog_deinit(struct ek__consul_catalog *catalog);

/* Names are found without regard to case. Return borrowed, or NULL. */
struct ek__consul_node *ek__consul_catalog_node(const struct ek__consul_catalog *catalog,
                                                const char *name);
struct ek__consul_name *ek__consul_catalog_name(const struct ek__consul_catalog *catalog,
                                                const char *name);
struct ek__consul_instance *ek__consul_node_instance(const struct ek__consul_node *node,
                                                     const char *id);
struct ek__consul_row *ek__consul_node_check(const struct ek__consul_node *node, const char *id);

/* The index of health/service (with `checks`) or catalog/service for a name, which may be NULL. */
uint64_t ek__consul_catalog_service_index(const struct ek__consul_catalog *catalog,
                                          const struct ek__consul_name *name, bool checks);

/* Adds the node, or changes it where it differs. The maps are copied. Returns borrowed. */
struct ek__consul_node *
ek__consul_catalog_put_node(struct ek__consul_catalog *catalog, struct ek__consul_write *write,
                            const char *name, const char *id, const char *address,
                            const struct ek__consul_map *tagged, const struct ek__consul_map *meta);

/* Adds or changes an instance. False if the same is there already. */
bool ek__consul_catalog_put_service(struct ek__consul_catalog *catalog,
                                    struct ek__consul_write *write, struct ek__consul_node *node,
                                    const struct ek__consul_service *service);

/* Adds or changes a check; `status_changed` is set. False if its service is not on the node. */
bool ek__consul_catalog_put_check(struct ek__consul_catalog *catalog,
                                  struct ek__consul_write *write, struct ek__consul_node *node,
                                  const struct ek__consul_check *check, bool *status_changed);

/* Return whether there was such a thing. */
bool ek__consul_catalog_drop_check(struct ek__consul_catalog *catalog,
                                   struct ek__consul_write *write, struct ek__consul_node *node,
                                   const char *id);
bool ek__consul_catalog_drop_service(struct ek__consul_catalog *catalog,
                                     struct ek__consul_write *write, struct ek__consul_node *node,
                                     const char *id);
void ek__consul_catalog_drop_node(struct ek__consul_catalog *catalog,
                                  struct ek__consul_write *write, struct ek__consul_node *node);

/* Gives every row and table the same index, as a cluster rebuilt from its data would. */
void ek__consul_catalog_restart(struct ek__consul_catalog *catalog, uint64_t index);

/* The worst of the checks that count for an instance. */
enum ek__consul_status ek__consul_instance_status(const struct ek__consul_instance *instance);

/* Whether each of those checks is passing. */
bool ek__consul_instance_passes(const struct ek__consul_instance *instance);

#endif
