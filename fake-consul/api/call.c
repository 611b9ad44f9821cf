#include "fake-consul/api/call.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/state.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Returns new; `good` turns false for an escape that is none. A NUL becomes a control character
 * of another value, since the texts here end at one. */
static char *decoded(const char *text, size_t size, bool plus_is_space, bool *good)
{
    char *out = ek__consul_alloc(size + 1);
    size_t count = 0;

    for (size_t i = 0; i < size; i++) {
        char c = text[i];

        if (c == '%') {
            int high = i + 1 < size ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < size ? hex_digit(text[i + 2]) : -1;

            if (high < 0 || low < 0) {
                *good = false;
                break;
            }
            c = (char)(high * 16 + low);
            i += 2;
            if (c == '\0')
                c = '\1';
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        out[count++] = c;
    }
    return out;
}

static void add_param(struct ek__consul_call *call, const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    size_t name_size = equals ? (size_t)(equals - text) : size;
    struct ek__consul_param param;
    bool good = true;

    if (size == 0)
        return;
    param.name = decoded(text, name_size, true, &good);
    param.value =
        equals ? decoded(equals + 1, size - name_size - 1, true, &good) : ek__consul_copy("");
    if (!good)
        call->bad_query = true;
    call->params = ek__consul_resize(call->params, (call->param_count + 1) * sizeof *call->params);
    call->params[call->param_count++] = param;
}

static void parse_target(struct ek__consul_call *call, const char *target)
{
    size_t path_size = strcspn(target, "?");
    const char *query = target[path_size] ? target + path_size + 1 : "";
    bool good = true;

    call->path = decoded(target, path_size, false, &good);
    call->bad_path = !good || call->path[0] != '/';
    for (const char *p = call->path; *p; p++)
        call->control_path |= (unsigned char)*p < 0x20 || *p == 0x7F;
    call->query = ek__consul_copy(query);
    while (*query) {
        size_t size = strcspn(query, "&;");

        add_param(call, query, size);
        query += size + (query[size] != '\0');
    }
}

static const char *header_of(const struct ek_consul_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    }
    return "";
}

/* ?token, then X-Consul-Token, then the bearer. */
static void find_token(struct ek__consul_call *call, const struct ek_consul_request *request)
{
    const char *token = ek__consul_call_param(call, "token");
    const char *authorization = header_of(request, "Authorization");
    size_t scheme = strcspn(authorization, " ");

    if (!token || !*token)
        token = header_of(request, "X-Consul-Token");
    if (!*token && scheme == 6 && strncasecmp(authorization, "Bearer", 6) == 0)
        token = authorization + scheme + strspn(authorization + scheme, " ");
    call->token = ek__consul_copy(token);
}

struct ek__consul_call *ek__consul_call_new(const struct ek_consul_request *request)
{
    struct ek__consul_call *call = ek__consul_alloc(sizeof *call);

    call->method = ek__consul_copy(request->method);
    call->cache_control = ek__consul_copy(header_of(request, "Cache-Control"));
    call->accept = ek__consul_copy(header_of(request, "Accept"));
    call->body_size = request->body ? request->body_size : 0;
    call->body = ek__consul_copy_n(request->body, call->body_size);
    parse_target(call, request->target);
    find_token(call, request);
    return call;
}

void ek__consul_call_free(struct ek__consul_call *call)
{
    if (!call)
        return;
    for (size_t i = 0; i < call->param_count; i++) {
        free(call->params[i].name);
        free(call->params[i].value);
    }
    free(call->params);
    free(call->method);
    free(call->path);
    free(call->query);
    free(call->cache_control);
    free(call->accept);
    free(call->token);
    free(call->body);
    free(call);
}

const char *ek__consul_call_param(const struct ek__consul_call *call, const char *name)
{
    for (size_t i = 0; i < call->param_count; i++) {
        if (strcmp(call->params[i].name, name) == 0)
            return call->params[i].value;
    }
    return NULL;
}

bool ek__consul_call_has(const struct ek__consul_call *call, const char *name)
{
    return ek__consul_call_param(call, name) != NULL;
}

bool ek__consul_call_token(const struct ek_consul *consul, const struct ek__consul_call *call,
                           const struct ek__consul_token **out)
{
    *out = NULL;
    if (consul->faults[EK_CONSUL_ACL_LOST].is_on)
        return false;
    if (!consul->acl.is_on)
        return true;
    *out = ek__consul_token_by_secret(&consul->acl, call->token[0] ? call->token : "anonymous");
    return *out != NULL;
}
