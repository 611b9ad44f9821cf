/* How many connections each client address has. */
#include "fake-consul/http/server.h"

#include <stdlib.h>
#include <string.h>

static struct ek__http_peer **find(struct ek__http_peers *peers, const struct in6_addr *address)
{
    unsigned bucket = 0;
    struct ek__http_peer **link;

    for (size_t i = 0; i < sizeof address->s6_addr; i++)
        bucket = (bucket * 31 + address->s6_addr[i]) & 255;
    link = &peers->buckets[bucket];
    while (*link && memcmp(&(*link)->address, address, sizeof *address) != 0)
        link = &(*link)->next;
    return link;
}

bool ek__http_peers_add(struct ek__http_peers *peers, const struct in6_addr *address, uint32_t max)
{
    struct ek__http_peer **link = find(peers, address);

    if (!*link) {
        *link = calloc(1, sizeof **link);
        if (!*link)
            return false;
        (*link)->address = *address;
    }
    if (max > 0 && (*link)->count >= max)
        return false;
    (*link)->count++;
    return true;
}

void ek__http_peers_drop(struct ek__http_peers *peers, const struct in6_addr *address)
{
    struct ek__http_peer **link = find(peers, address), *peer = *link;

    if (peer && --peer->count == 0) {
        *link = peer->next;
        free(peer);
    }
}

void ek__http_peers_deinit(struct ek__http_peers *peers)
{
    for (size_t i = 0; i < sizeof peers->buckets / sizeof *peers->buckets; i++) {
        while (peers->buckets[i]) {
            struct ek__http_peer *peer = peers->buckets[i];

            peers->buckets[i] = peer->next;
            free(peer);
        }
    }
}
