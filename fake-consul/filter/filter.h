/* Filter expressions: bexpr 0.1 over rows of JSON. */
#ifndef EK_FAKE_CONSUL_FILTER_FILTER_H
#define EK_FAKE_CONSUL_FILTER_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "fake-consul/base/text.h"

enum ek__consul_field_kind {
    EK__CONSUL_KIND_STRING,
    EK__CONSUL_KIND_BOOL,
    EK__CONSUL_KIND_INT,
    EK__CONSUL_KIND_STRINGS,    /* list of strings */
    EK__CONSUL_KIND_STRING_MAP, /* map from string to string */
    EK__CONSUL_KIND_STRUCT,
    EK__CONSUL_KIND_STRUCTS,   /* list of structs */
    EK__CONSUL_KIND_STRUCT_MAP /* map from string to struct */
};

/* What may be selected of a row. */
struct ek__consul_selector {
    const char *name; /* NULL ends a table */
    enum ek__consul_field_kind kind;
    const struct ek__consul_selector *fields; /* of a struct */
};

/* The rows of health/service, catalog/service, catalog/nodes, the checks, the agent's services. */
extern const struct ek__consul_selector ek__consul_health_fields[], ek__consul_catalog_fields[],
    ek__consul_node_fields[], ek__consul_check_fields[], ek__consul_service_fields[];

struct ek__consul_filter;

/* Returns new, or NULL with Consul's words in `error`. */
struct ek__consul_filter *ek__consul_filter_new(const char *expression,
                                                const struct ek__consul_selector *fields,
                                                struct ek__consul_text *error);
void ek__consul_filter_free(struct ek__consul_filter *filter);

/* Whether the row, a JSON object, is to be kept. Without a filter every row is. */
bool ek__consul_filter_keeps(const struct ek__consul_filter *filter, const char *json, size_t size);

/* Cuts `json` back to `start` if the row that begins at `row` is not to be kept. */
void ek__consul_filter_row(const struct ek__consul_filter *filter, struct ek__consul_text *json,
                           size_t start, size_t row);

#endif
