/* The order in which pick_first tries addresses: shuffled if it is told to (A62, A113), then one of
 * each address family in turn (A61). */
#include "core/channel.h"

#include "evenkeel/real.h"

#include <stdlib.h>
#include <string.h>

/* ---- families ---- */

enum family {
    FAMILY_V4,
    FAMILY_V6,
    FAMILY_UNKNOWN,
    FAMILY_COUNT
};

static bool is_dotted_quad(const char *host, size_t size)
{
    int dots = 0;

    for (size_t i = 0; i < size; i++) {
        dots += host[i] == '.';
        if (host[i] != '.' && (host[i] < '0' || host[i] > '9'))
            return false;
    }
    return dots == 3;
}

/* "[::ffff:10.0.0.1]:80" is IPv4 in IPv6's clothes. */
static enum family family_of(const char *address)
{
    static const char mapped[] = "[::ffff:";
    const char *colon = strrchr(address, ':');

    if (strncmp(address, mapped, sizeof mapped - 1) == 0)
        return FAMILY_V4;
    if (address[0] == '[')
        return FAMILY_V6;
    if (colon != NULL && is_dotted_quad(address, (size_t)(colon - address)))
        return FAMILY_V4;
    return FAMILY_UNKNOWN;
}

/* ---- shuffling ---- */

struct ticket {
    double key;
    uint32_t number, place;
};

/* u^(1/w) as its logarithm, which has the same order. */
double ek__shuffle_key(double u, uint32_t weight)
{
    return ek_log(u) / (double)weight;
}

static int by_key(const void *a, const void *b)
{
    const struct ticket *x = a, *y = b;

    if (x->key < y->key || x->key > y->key)
        return x->key > y->key ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* The listed, shuffled or not, with room for as many behind them. */
static bool draw(struct ek_channel *ch, uint32_t *numbers)
{
    struct ek__first *first = &ch->first;
    struct ticket *tickets;

    if (ch->listed_count > 0)
        memcpy(numbers, ch->listed, ch->listed_count * sizeof *numbers);
    if (!first->shuffles || ch->listed_count < 2)
        return true;
    tickets = ek_mem_zeroed(ch->mem, ch->listed_count, sizeof *tickets);
    if (tickets == NULL)
        return false;
    for (uint32_t i = 0; i < ch->listed_count; i++) {
        double u = ((double)(ek_rng_next(&first->rng) >> 11) + 1.0) * 0x1p-53;

        tickets[i] =
            (struct ticket){ek__shuffle_key(u, ch->endpoints[numbers[i]]->weight), numbers[i], i};
    }
    qsort(tickets, ch->listed_count, sizeof *tickets, by_key);
    for (size_t i = 0; i < ch->listed_count; i++)
        numbers[i] = tickets[i].number;
    ek_mem_free(ch->mem, tickets);
    return true;
}

/* ---- interleaving ---- */

/* Families in the order they first appear, one address of each in turn. */
static void interleave(const struct ek_channel *ch, const uint32_t *numbers, size_t count,
                       uint32_t *out)
{
    size_t next[FAMILY_COUNT] = {0}, placed = 0;
    enum family turns[FAMILY_COUNT];
    size_t turn_count = 0;
    bool is_known[FAMILY_COUNT] = {false};

    for (size_t i = 0; i < count && turn_count < FAMILY_COUNT; i++) {
        enum family family = family_of(ch->endpoints[numbers[i]]->address);

        if (!is_known[family]) {
            is_known[family] = true;
            turns[turn_count++] = family;
        }
    }
    while (placed < count)
        for (size_t t = 0; t < turn_count; t++) {
            size_t *i = &next[turns[t]];

            while (*i < count && family_of(ch->endpoints[numbers[*i]]->address) != turns[t])
                ++*i;
            if (*i < count)
                out[placed++] = numbers[(*i)++];
        }
}

bool ek__address_order(struct ek_channel *ch)
{
    struct ek__first *first = &ch->first;
    size_t count = ch->listed_count;
    void *order = first->order;

    if (!ek_mem_grow(ch->mem, &order, &first->capacity, 2 * count + 1, sizeof *first->order))
        return false;
    first->order = order;
    if (!draw(ch, first->order + count))
        return false;
    interleave(ch, first->order + count, count, first->order);
    first->count = count;
    return true;
}
