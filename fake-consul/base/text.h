/* A growing text with what JSON answers need: strings escaped as Go does it. */
#ifndef EK_FAKE_CONSUL_BASE_TEXT_H
#define EK_FAKE_CONSUL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ek__consul_text {
    char *data; /* NULL until something was added, then NUL-terminated */
    size_t size, capacity;
};

void ek__consul_text_deinit(struct ek__consul_text *text);
void ek__consul_text_add(struct ek__consul_text *text, const char *string);
void ek__consul_text_add_n(struct ek__consul_text *text, const char *string, size_t size);
void ek__consul_text_char(struct ek__consul_text *text, char c);
void ek__consul_text_u64(struct ek__consul_text *text, uint64_t value);
void ek__consul_text_i64(struct ek__consul_text *text, int64_t value);

/* A JSON string with its quotes. */
void ek__consul_text_string(struct ek__consul_text *text, const char *string);

/* A string as Go's %q writes it. */
void ek__consul_text_quoted(struct ek__consul_text *text, const char *string);

/* `"name":` and a value, with a comma before it unless an object has just begun. */
void ek__consul_text_key(struct ek__consul_text *text, const char *name);
void ek__consul_text_member(struct ek__consul_text *text, const char *name, const char *string);
void ek__consul_text_member_u64(struct ek__consul_text *text, const char *name, uint64_t value);
void ek__consul_text_member_bool(struct ek__consul_text *text, const char *name, bool value);

/* A comma, unless an object or array has just begun. */
void ek__consul_text_next(struct ek__consul_text *text);

/* Appends compact JSON indented by four spaces, with a newline at its end. */
void ek__consul_text_indent(struct ek__consul_text *text, const char *json, size_t size);

/* Text that many answers share. */
struct ek__consul_body {
    size_t references, size;
    char *text;
};

/* Takes the text's memory; returns new with one reference. */
struct ek__consul_body *ek__consul_body_take(struct ek__consul_text *text);
struct ek__consul_body *ek__consul_body_new(const char *text);
struct ek__consul_body *ek__consul_body_share(struct ek__consul_body *body);
void ek__consul_body_drop(struct ek__consul_body *body);

#endif
