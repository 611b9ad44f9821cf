#include "fake-consul/api/route.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/api/read.h"
#include "fake-consul/base/memory.h"

enum {
    BODY_MAX = 16 << 20
};

static const struct ek__consul_endpoint *const tables[] = {
    ek__consul_health_endpoints,   ek__consul_register_endpoints, ek__consul_agent_endpoints,
    ek__consul_catalog_endpoints,  ek__consul_status_endpoints,   ek__consul_kv_endpoints,
    ek__consul_session_endpoints,  ek__consul_txn_endpoints,      ek__consul_event_endpoints,
    ek__consul_query_endpoints,    ek__consul_acl_endpoints,      ek__consul_snapshot_endpoints,
    ek__consul_evenkeel_endpoints,
};

/* The endpoint with the longest matching path. A path without the slash that the endpoint's ends
 * in is `slashless`. */
static const struct ek__consul_endpoint *find(const char *path, bool *slashless)
{
    const struct ek__consul_endpoint *best = NULL;
    size_t best_size = 0;

    *slashless = false;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (const struct ek__consul_endpoint *e = tables[i]; e->path; e++) {
            size_t size = strlen(e->path);
            bool is_prefix = e->path[size - 1] == '/';

            if (is_prefix && strlen(path) == size - 1 && memcmp(path, e->path, size - 1) == 0)
                *slashless = true;
            if (size > best_size &&
                (is_prefix ? strncmp(path, e->path, size) == 0 : strcmp(path, e->path) == 0)) {
                best = e;
                best_size = size;
            }
        }
    }
    return best;
}

/* Go's path.Clean on a rooted path, with the trailing slash kept. Returns new. */
static char *cleaned(const char *path)
{
    char *out = ek__consul_alloc(strlen(path) + 2);
    size_t size = 0;

    while (*path) {
        size_t part;

        path += strspn(path, "/");
        part = strcspn(path, "/");
        if (part == 2 && memcmp(path, "..", 2) == 0) {
            while (size > 0 && out[--size] != '/')
                ;
            path += part;
        } else if (part == 1 && *path == '.') {
            path += part;
        } else if (part > 0) {
            out[size++] = '/';
            memcpy(out + size, path, part);
            size += part;
            path += part;
        }
        if (part == 0 || strcmp(path, "/") == 0) {
            out[size++] = '/';
            break;
        }
    }
    if (size == 0)
        out[size++] = '/';
    out[size] = '\0';
    return out;
}

static void add_escaped(struct ek__consul_text *text, const char *path)
{
    static const char hex[] = "0123456789ABCDEF";

    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= 'a' && *p <= 'z') || strchr("-_.~$&+,/:;=@", *p);

        if (plain) {
            ek__consul_text_char(text, (char)*p);
        } else {
            ek__consul_text_char(text, '%');
            ek__consul_text_char(text, hex[*p >> 4]);
            ek__consul_text_char(text, hex[*p & 15]);
        }
    }
}

static void add_html(struct ek__consul_text *text, const char *string)
{
    for (; *string; string++) {
        if (*string == '&')
            ek__consul_text_add(text, "&amp;");
        else if (*string == '<')
            ek__consul_text_add(text, "&lt;");
        else if (*string == '>')
            ek__consul_text_add(text, "&gt;");
        else if (*string == '"')
            ek__consul_text_add(text, "&#34;");
        else if (*string == '\'')
            ek__consul_text_add(text, "&#39;");
        else
            ek__consul_text_char(text, *string);
    }
}

static void redirect(struct ek__consul_query *query, const char *path)
{
    struct ek__consul_text location = {0}, body = {0};

    add_escaped(&location, path);
    if (query->call->query[0]) {
        ek__consul_text_char(&location, '?');
        ek__consul_text_add(&location, query->call->query);
    }
    if (strcmp(query->call->method, "GET") == 0) {
        ek__consul_text_add(&body, "<a href=\"");
        add_html(&body, location.data);
        ek__consul_text_add(&body, "\">Moved Permanently</a>.\n\n");
        query->answer.body = ek__consul_body_take(&body);
    }
    query->answer.type = "text/html; charset=utf-8";
    query->answer.status = 301;
    query->answer.is_bare = true;
    query->answer.location = location.data;
}

/* Answers what does not lead to an endpoint. */
static const struct ek__consul_endpoint *resolve(struct ek__consul_query *query)
{
    struct ek__consul_call *call = query->call;
    const struct ek__consul_endpoint *endpoint = NULL;
    bool slashless;
    char *clean;

    query->answer.is_bare = true;
    if (call->bad_path) {
        ek__consul_answer_text(&query->answer, 400, "400 Bad Request");
        return NULL;
    }
    if (call->control_path) {
        query->answer.status = 400;
        return NULL;
    }
    clean = cleaned(call->path);
    endpoint = find(clean, &slashless);
    if (!endpoint && slashless) {
        size_t size = strlen(clean);

        clean[size] = '/';
        clean[size + 1] = '\0';
    }
    if (strcmp(clean, call->path) != 0) {
        redirect(query, clean);
        endpoint = NULL;
    } else if (!endpoint) {
        query->answer.status = 404;
    } else {
        query->answer.is_bare = false;
        call->rest = call->path + strlen(endpoint->path);
    }
    free(clean);
    return endpoint;
}

bool ek__consul_check_datacenter(const struct ek_consul *consul, struct ek__consul_query *query,
                                 const char *datacenter)
{
    const char *asked = ek__consul_call_param(query->call, "dc");

    if (asked && *asked)
        datacenter = asked;
    return !*datacenter || strcmp(datacenter, consul->datacenter) == 0 ||
           ek__consul_refuse(consul, query, 500, "", "No path to datacenter");
}

/* Whether the endpoint may act; else the query was answered or held. */
static bool has_what_it_needs(struct ek_consul *consul, struct ek__consul_query *query,
                              const struct ek__consul_endpoint *endpoint)
{
    if (endpoint->need == EK__CONSUL_SERVER_WRITE && !endpoint->decodes_first &&
        !ek__consul_check_datacenter(consul, query, "")) {
        ek__consul_query_ready(consul, query);
        return false;
    }
    if (endpoint->need == EK__CONSUL_LOCAL || ek__consul_has_leader(consul))
        return true;
    if (ek__consul_server_is_down(consul)) {
        if (endpoint->need == EK__CONSUL_AGENT_WRITE)
            return true;
        ek__consul_answer_text(&query->answer, 500,
                               "rpc error getting client: failed to get conn: dial tcp "
                               "127.0.0.1:0->127.0.0.1:8300: connect: connection refused");
        ek__consul_query_ready(consul, query);
        return false;
    }
    if (!query->is_overdue) {
        ek__consul_query_hold(consul, query, true);
        return false;
    }
    if (endpoint->need == EK__CONSUL_AGENT_WRITE)
        return true;
    ek__consul_answer_text2(&query->answer, 500, ek__consul_rpc_prefix(consul, query->agent),
                            "No cluster leader");
    ek__consul_query_ready(consul, query);
    return false;
}

static const char *method_of(const struct ek__consul_endpoint *endpoint)
{
    return endpoint->method ? endpoint->method : strchr(endpoint->allow, ',') + 1;
}

/* The row of the path that is for the request's method; else it was answered. */
static const struct ek__consul_endpoint *of_method(struct ek__consul_query *query,
                                                   const struct ek__consul_endpoint *endpoint)
{
    const char *method = query->call->method;
    struct ek__consul_text text = {0};

    for (const struct ek__consul_endpoint *row = endpoint;
         row->path && strcmp(row->path, endpoint->path) == 0; row++) {
        if (strcmp(method, method_of(row)) == 0)
            return row;
    }
    query->answer.allow = endpoint->allow;
    if (strcmp(method, "OPTIONS") == 0) {
        query->answer.status = 200;
        return NULL;
    }
    ek__consul_text_add(&text, method);
    ek__consul_text_add(&text, " not allowed");
    ek__consul_answer_text2(&query->answer, 405, "method ", text.data);
    ek__consul_text_deinit(&text);
    return NULL;
}

void ek__consul_answer_with(struct ek_consul *consul, struct ek__consul_query *query,
                            struct ek__consul_text *json)
{
    ek__consul_answer_json_take(&query->answer, 200, json,
                                ek__consul_is_pretty(consul, query->call));
}

bool ek__consul_refuse(const struct ek_consul *consul, struct ek__consul_query *query, int status,
                       const char *before, const char *text)
{
    struct ek__consul_text all = {0};

    ek__consul_text_add(&all, before);
    ek__consul_text_add(&all, text);
    ek__consul_answer_text2(&query->answer, status, ek__consul_rpc_prefix(consul, query->agent),
                            all.data);
    ek__consul_text_deinit(&all);
    return false;
}

bool ek__consul_permit(struct ek_consul *consul, struct ek__consul_query *query,
                       enum ek__consul_resource resource, const char *name, bool write)
{
    const struct ek__consul_token *token;
    struct ek__consul_text text = {0};

    if (!ek__consul_call_token(consul, query->call, &token)) {
        ek__consul_answer_text(&query->answer, 403, "ACL not found");
        return false;
    }
    if (ek__consul_may(&consul->acl, token, resource, name, write))
        return true;
    ek__consul_text_add(&text, "Permission denied");
    if (consul->version == EK_CONSUL_1_10 && resource == EK__CONSUL_ACL_SERVICE && write) {
        ek__consul_text_add(&text, ": Missing service:write on ");
        ek__consul_text_add(&text, name);
    }
    ek__consul_answer_text(&query->answer, 403, text.data);
    ek__consul_text_deinit(&text);
    return false;
}

void ek__consul_route(struct ek_consul *consul, struct ek__consul_query *query)
{
    const struct ek__consul_endpoint *endpoint;

    query->is_control = ek__consul_has_prefix(query->call->path, "/v1/evenkeel/");
    if (ek__consul_is_silent(consul) && !query->is_control) {
        ek__consul_query_hold(consul, query, false);
        return;
    }
    ek__consul_answer_deinit(&query->answer);
    if (ek__consul_fault_refuses(consul, query)) {
        ek__consul_query_ready(consul, query);
        return;
    }
    endpoint = resolve(query);
    if (!endpoint) {
        ek__consul_query_ready(consul, query);
    } else if (query->call->bad_query) {
        query->answer.status = 500;
        ek__consul_query_ready(consul, query);
    } else if (query->call->body_size > BODY_MAX) {
        ek__consul_answer_text(&query->answer, 413, "Request body too large");
        ek__consul_query_ready(consul, query);
    } else if (!(endpoint = of_method(query, endpoint))) {
        ek__consul_query_ready(consul, query);
    } else if (ek__consul_fault_intercepts(consul, query, endpoint)) {
        ek__consul_query_ready(consul, query);
    } else if (endpoint->reader) {
        ek__consul_read_start(consul, query, endpoint->reader);
    } else if (has_what_it_needs(consul, query, endpoint)) {
        endpoint->handle(consul, query);
        if (!query->queue)
            ek__consul_query_ready(consul, query);
    }
}
