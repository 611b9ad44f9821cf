/* A check as a registration with the catalog describes it. */
#ifndef EK_FAKE_CONSUL_ENDPOINT_CATALOG_CHECK_H
#define EK_FAKE_CONSUL_ENDPOINT_CATALOG_CHECK_H

#include <jansson.h>

#include "fake-consul/catalog/definition.h"

/* Where a definition comes from: a later version knows more members, a file may have any. */
enum ek__consul_origin {
    EK__CONSUL_FROM_1_8,
    EK__CONSUL_FROM_1_10,
    EK__CONSUL_FROM_FILE
};

/* Fills `out`, to be released with ek__consul_check_deinit, but for the name and the tags of the
 * service it belongs to. False with Go's words in `error`. */
bool ek__consul_catalog_check_convert(const json_t *object, enum ek__consul_origin origin,
                                      const char *path, struct ek__consul_check *out,
                                      struct ek__consul_text *error);

#endif
