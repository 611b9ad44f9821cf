/* Writes what a running Consul knows as a state file. */
#include "fake-consul/http/state.h"

#include <stdio.h>
#include <string.h>

#include "fake-consul/http/fetch.h"
#include "fake-consul/http/file.h"

static void copy(json_t *to, const char *to_name, const json_t *from, const char *from_name)
{
    json_t *value = json_object_get(from, from_name);

    if (value && !json_is_null(value))
        json_object_set(to, to_name, value);
}

static json_t *node_body(const json_t *node)
{
    json_t *body = json_object();

    copy(body, "ID", node, "ID");
    copy(body, "Node", node, "Node");
    copy(body, "Address", node, "Address");
    copy(body, "TaggedAddresses", node, "TaggedAddresses");
    copy(body, "NodeMeta", node, "Meta");
    return body;
}

/* What is asked of the catalog, without what it adds. */
static json_t *service_body(const json_t *service)
{
    static const char *const names[] = {"Kind",  "ID",      "Service",           "Tags",
                                        "Meta",  "Address", "TaggedAddresses",   "Port",
                                        "Proxy", "Weights", "EnableTagOverride", "Connect"};
    json_t *body = json_object();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        copy(body, names[i], service, names[i]);
    return body;
}

static json_t *check_body(const json_t *check)
{
    static const char *const names[] = {"Node",   "CheckID",   "Name",        "Status",    "Notes",
                                        "Output", "ServiceID", "ServiceName", "Definition"};
    json_t *body = json_object();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        copy(body, names[i], check, names[i]);
    return body;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

/* The checks of one service; of the node itself for "". */
static void add_checks(json_t *body, const json_t *checks, const char *service)
{
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);

        if (strcmp(text_of(check, "ServiceID"), service) == 0)
            json_array_append_new(list, check_body(check));
    }
    if (json_array_size(list) > 0)
        json_object_set(body, "Checks", list);
    json_decref(list);
}

static bool add_node(struct ek__http_fetch *fetch, const json_t *node, json_t *out, char *why,
                     size_t why_size)
{
    const char *name = text_of(node, "Node"), *id;
    json_t *checks = ek__http_fetch_json(fetch, "/v1/health/node/", name, why, why_size);
    json_t *all =
        checks ? ek__http_fetch_json(fetch, "/v1/catalog/node/", name, why, why_size) : NULL;
    json_t *body, *service;

    if (!checks || !all) {
        json_decref(checks);
        return false;
    }
    body = node_body(node);
    add_checks(body, checks, "");
    json_array_append_new(out, body);
    json_object_foreach(json_object_get(all, "Services"), id, service)
    {
        body = node_body(node);
        json_object_set_new(body, "Service", service_body(service));
        add_checks(body, checks, id);
        json_array_append_new(out, body);
    }
    json_decref(all);
    json_decref(checks);
    return true;
}

static bool add_nodes(struct ek__http_fetch *fetch, json_t *out, char *why, size_t why_size)
{
    json_t *nodes = ek__http_fetch_json(fetch, "/v1/catalog/nodes", "", why, why_size);
    bool is_read = nodes != NULL;

    for (size_t i = 0; is_read && i < json_array_size(nodes); i++)
        is_read = add_node(fetch, json_array_get(nodes, i), out, why, why_size);
    json_decref(nodes);
    return is_read;
}

bool ek_consul_state_fetch(const char *url, const char *path, char *why, size_t why_size)
{
    struct ek__http_fetch *fetch = ek__http_fetch_new(url);
    json_t *nodes = json_array(), *keys = NULL, *state;
    bool is_written = false;

    if (!fetch) {
        snprintf(why, why_size, "out of memory");
    } else if (add_nodes(fetch, nodes, why, why_size) &&
               (keys = ek__http_fetch_json(fetch, "/v1/kv/?recurse", "", why, why_size))) {
        state = json_pack("{s:O, s:O}", "nodes", nodes, "kv", keys);
        is_written = ek__http_file_write(path, state, why, why_size);
        json_decref(state);
    }
    json_decref(keys);
    json_decref(nodes);
    ek__http_fetch_free(fetch);
    return is_written;
}
