/* JSON request bodies, decoded into structs by tables of fields, refused in Go's words. */
#ifndef EK_FAKE_CONSUL_API_DECODE_H
#define EK_FAKE_CONSUL_API_DECODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "fake-consul/base/text.h"

enum ek__consul_field_type {
    EK__CONSUL_FIELD_STRING,   /* const char * */
    EK__CONSUL_FIELD_INT,      /* int64_t */
    EK__CONSUL_FIELD_BOOL,     /* bool */
    EK__CONSUL_FIELD_DURATION, /* int64_t, ns */
    EK__CONSUL_FIELD_STRINGS,  /* json_t *, an array of strings */
    EK__CONSUL_FIELD_MAP,      /* json_t *, an object of strings */
    EK__CONSUL_FIELD_OBJECT,   /* json_t * */
    EK__CONSUL_FIELD_OBJECTS,  /* json_t *, an array of objects */
    EK__CONSUL_FIELD_VALUE,    /* json_t *, of any kind */
    EK__CONSUL_FIELD_ANY       /* not looked at, not stored */
};

struct ek__consul_field {
    const char *name;  /* compared without regard to case; NULL ends a table */
    const char *alias; /* or NULL */
    enum ek__consul_field_type type;
    size_t offset;
};

/* Parses a body; returns new, or NULL with the reason in `error`. */
json_t *ek__consul_decode_body(const char *body, size_t size, struct ek__consul_text *error);

/* Fills `out`, which borrows from `object`; a null or missing member leaves it as it is.
 * False with the reason in `error`. */
bool ek__consul_decode(const json_t *object, const struct ek__consul_field *fields, void *out,
                       struct ek__consul_text *error);

/* Why Go's decoder refuses the text. */
void ek__consul_decode_reason(const char *body, size_t size, struct ek__consul_text *error);

#endif
