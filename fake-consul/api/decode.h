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

/* How Go calls the types of a member that are not called as usual. */
struct ek__consul_go_type {
    const char *member; /* NULL ends a table */
    const char *type;
    const char *element; /* of its elements; NULL: what follows "[]" in `type` */
};

/* An object that is decoded, as Go's messages speak of it. */
struct ek__consul_shape {
    const struct ek__consul_field *fields;
    const struct ek__consul_field *more_fields[2]; /* NULL: there are no others */
    const struct ek__consul_go_type *types;        /* NULL: all as usual */
    const char *type;                              /* of the whole: "structs.RegisterRequest" */
    const char *owner;  /* whose members they are: "" for a type without name */
    const char *path;   /* where in the body: "", or "Service." */
    const char *place;  /* of an object with a decoder of its own, instead of its members */
    bool skips_unknown; /* members that are not in the table */
};

/* Parses a body; returns new, or NULL with the reason in `error`. */
json_t *ek__consul_decode_body(const char *body, size_t size, struct ek__consul_text *error);

/* Fills `out`, which borrows from `object`; a null or missing member leaves it as it is.
 * False with the reason in `error`. */
bool ek__consul_decode(const json_t *object, const struct ek__consul_field *fields, void *out,
                       struct ek__consul_text *error);

/* The same for an object with a name. */
bool ek__consul_decode_as(const json_t *object, const struct ek__consul_shape *shape, void *out,
                          struct ek__consul_text *error);

/* Go's words for a body that is no `type`. */
void ek__consul_decode_refuse(const json_t *value, const char *type, struct ek__consul_text *error);

/* Go's words for a value that is no `type`, at `owner`.`path``member`. */
void ek__consul_decode_misfit(const json_t *value, const char *owner, const char *path,
                              const char *member, const char *type, struct ek__consul_text *error);

/* Why Go's decoder refuses the text. */
void ek__consul_decode_reason(const char *body, size_t size, struct ek__consul_text *error);

#endif
