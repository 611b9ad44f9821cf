/* One HTTP answer being put together. */
#ifndef EK_FAKE_CONSUL_API_ANSWER_H
#define EK_FAKE_CONSUL_API_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/base/text.h"
#include "fake-consul/consul.h"

struct ek_consul;

struct ek__consul_answer {
    int status;
    bool is_bare;      /* nothing of Consul's own headers */
    bool is_sandboxed; /* bytes that somebody else wrote */
    bool type_first;   /* Content-Type goes with the other headers on an error too */
    bool closes;       /* the connection is closed afterwards */
    const char *type;  /* Content-Type, or NULL */
    const char *allow, *cache, *age;
    char *location, *reason, *hash; /* owned */
    bool has_index, has_leader;     /* X-Consul-Index; Knownleader with Lastcontact */
    bool knows_leader;
    uint64_t index, last_contact_ms;
    const char *consistency, *backend;
    struct ek__consul_body *body; /* owned reference; NULL: empty */
    enum ek_consul_delivery delivery;
    size_t deliver_bytes;
    char index_text[24], contact_text[24];
};

void ek__consul_answer_deinit(struct ek__consul_answer *answer);

/* Plain text, as errors are. */
void ek__consul_answer_text(struct ek__consul_answer *answer, int status, const char *text);

/* The two pieces one after the other. */
void ek__consul_answer_text2(struct ek__consul_answer *answer, int status, const char *before,
                             const char *after);

/* `before "quoted" after`, quoted as Go's %q does. */
void ek__consul_answer_quoted(struct ek__consul_answer *answer, int status, const char *before,
                              const char *quoted, const char *after);

/* JSON; takes the text's memory, which is indented if `pretty`. */
void ek__consul_answer_json_take(struct ek__consul_answer *answer, int status,
                                 struct ek__consul_text *json, bool pretty);

/* Status 404 without anything, as for a path that is not known. */
void ek__consul_answer_unknown(struct ek__consul_answer *answer);

/* Fills the response with what borrows from `answer`. */
void ek__consul_answer_response(const struct ek_consul *consul, struct ek__consul_answer *answer,
                                struct ek_consul_response *out);

#endif
