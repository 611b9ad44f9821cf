#include "fake-consul/api/answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "fake-consul/state.h"

void ek__consul_answer_deinit(struct ek__consul_answer *answer)
{
    free(answer->location);
    free(answer->reason);
    free(answer->hash);
    ek__consul_body_drop(answer->body);
    *answer = (struct ek__consul_answer){0};
}

static void set_text(struct ek__consul_answer *answer, int status, struct ek__consul_text *text)
{
    answer->status = status;
    answer->type = "text/plain; charset=utf-8";
    ek__consul_body_drop(answer->body);
    answer->body = ek__consul_body_take(text);
}

void ek__consul_answer_text2(struct ek__consul_answer *answer, int status, const char *before,
                             const char *after)
{
    struct ek__consul_text text = {0};

    ek__consul_text_add(&text, before);
    ek__consul_text_add(&text, after);
    set_text(answer, status, &text);
}

void ek__consul_answer_text(struct ek__consul_answer *answer, int status, const char *string)
{
    ek__consul_answer_text2(answer, status, string, "");
}

void ek__consul_answer_quoted(struct ek__consul_answer *answer, int status, const char *before,
                              const char *quoted, const char *after)
{
    struct ek__consul_text text = {0};

    ek__consul_text_add(&text, before);
    ek__consul_text_quoted(&text, quoted);
    ek__consul_text_add(&text, after);
    set_text(answer, status, &text);
}

void ek__consul_answer_json_take(struct ek__consul_answer *answer, int status,
                                 struct ek__consul_text *json, bool pretty)
{
    struct ek__consul_text indented = {0};

    answer->status = status;
    answer->type = "application/json";
    ek__consul_body_drop(answer->body);
    if (pretty) {
        ek__consul_text_indent(&indented, json->data, json->size);
        ek__consul_text_deinit(json);
        *json = indented;
    }
    answer->body = ek__consul_body_take(json);
}

void ek__consul_answer_unknown(struct ek__consul_answer *answer)
{
    ek__consul_answer_deinit(answer);
    answer->status = 404;
    answer->is_bare = true;
}

static void header(struct ek_consul_response *out, const char *name, const char *value)
{
    if (value && out->header_count < EK_CONSUL_HEADERS_MAX)
        out->headers[out->header_count++] = (struct ek_consul_header){name, value};
}

/* In Go's order: by name, but the type of an error comes last. */
void ek__consul_answer_response(const struct ek_consul *consul, struct ek__consul_answer *answer,
                                struct ek_consul_response *out)
{
    bool new_headers = consul->version == EK_CONSUL_1_10;
    bool type_last = answer->status >= 400 && !answer->type_first;
    const char *policy = !new_headers                                   ? NULL
                         : consul->acl.denies || consul->acl.is_revoked ? "deny"
                                                                        : "allow";

    snprintf(answer->index_text, sizeof answer->index_text, "%llu",
             (unsigned long long)answer->index);
    snprintf(answer->contact_text, sizeof answer->contact_text, "%llu",
             (unsigned long long)answer->last_contact_ms);
    out->status = answer->status;
    header(out, "Age", answer->age);
    header(out, "Allow", answer->allow);
    header(out, "Connection", answer->closes ? "close" : NULL);
    header(out, "Content-Security-Policy", answer->is_sandboxed ? "sandbox" : NULL);
    if (!type_last)
        header(out, "Content-Type", answer->type);
    header(out, "Location", answer->location);
    if (!answer->is_bare && answer->status > 0) {
        header(out, "Vary", "Accept-Encoding");
        header(out, "X-Cache", answer->cache);
        header(out, "X-Consul-Contenthash", answer->hash);
        header(out, "X-Consul-Default-Acl-Policy", policy);
        header(out, "X-Consul-Effective-Consistency", answer->consistency);
        header(out, "X-Consul-Index", answer->has_index ? answer->index_text : NULL);
        if (answer->has_leader) {
            header(out, "X-Consul-Knownleader", answer->knows_leader ? "true" : "false");
            header(out, "X-Consul-Lastcontact", answer->contact_text);
        }
        header(out, "X-Consul-Query-Backend", new_headers ? answer->backend : NULL);
        header(out, "X-Consul-Reason", answer->reason);
        header(out, "X-Content-Type-Options", answer->is_sandboxed ? "nosniff" : NULL);
    }
    if (type_last)
        header(out, "Content-Type", answer->type);
    out->body = answer->body ? answer->body->text : "";
    out->body_size = answer->body ? answer->body->size : 0;
    out->delivery = answer->delivery;
    out->deliver_bytes =
        answer->deliver_bytes < out->body_size ? answer->deliver_bytes : out->body_size;
}
