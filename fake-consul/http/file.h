/* JSON files that are read and written whole. */
#ifndef EK_FAKE_CONSUL_HTTP_FILE_H
#define EK_FAKE_CONSUL_HTTP_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* "-" is stdin. Returns new, or NULL with one line in `why`. */
json_t *ek__http_file_read(const char *path, char *why, size_t why_size);

/* Written aside, then renamed; "-" is stdout. False with one line in `why`. */
bool ek__http_file_write(const char *path, const json_t *json, char *why, size_t why_size);

#endif
