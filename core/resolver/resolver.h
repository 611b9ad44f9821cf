/* What resolvers share: a list of addresses. */
#ifndef EVENKEEL_CORE_RESOLVER_RESOLVER_H
#define EVENKEEL_CORE_RESOLVER_RESOLVER_H

#include "evenkeel/resolver.h"

/* Zeroed: empty. */
struct ek__addresses {
    struct ek_address *items; /* their texts are owned */
    size_t count, capacity;
};

enum {
    EK__ADDRESSES_MAX = 100000,
    EK__ADDRESS_SIZE_MAX = 280 /* of "host:port"; a host name has 253 bytes at most */
};

/* Is `text` "host:port": a host without spaces or controls, an IPv6 one in brackets, and a port of
 * 1 .. 65535? */
bool ek__address_is_valid(const char *text);

/* Appends a copy. EK_ELIMIT beyond EK__ADDRESSES_MAX. */
EK_MUST_USE enum ek_err ek__addresses_add(struct ek__addresses *list,
                                          const struct ek_address *address);

/* Sorts by text. Of duplicates one stays, with the greatest weight: a process that registered twice
 * is still one process. */
void ek__addresses_sort(struct ek__addresses *list);

/* Keeps the order; of duplicates the first stays. */
EK_MUST_USE enum ek_err ek__addresses_unique(struct ek__addresses *list);

/* Everything but the text: what may change without the endpoint becoming another one. */
bool ek__address_same_details(const struct ek_address *a, const struct ek_address *b);

bool ek__addresses_equal(const struct ek__addresses *a, const struct ek__addresses *b);

void ek__addresses_deinit(struct ek__addresses *list);

#endif
