/* Who exists: the resolver's list against the endpoints already known. */
#include "core/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ek__endpoint *ek__endpoint(struct ek_channel *ch, uint32_t number)
{
    return number < ch->endpoint_count ? ch->endpoints[number] : NULL;
}

static struct ek__endpoint *endpoint_new(struct ek_channel *ch, const struct ek_address *address)
{
    const struct ek_mem *mem = ch->mem;
    size_t length = strlen(address->text) + 1, state_size = ch->picker.ops->endpoint_size;
    void *table = ch->endpoints;
    struct ek__endpoint *e = NULL;
    bool has_room =
        ek_mem_grow(mem, &table, &ch->endpoint_capacity, ch->endpoint_count + 1, sizeof e);

    ch->endpoints = table;
    if (!has_room || !ek__timers_reserve(&ch->endpoint_timers, mem, 2 * ch->endpoint_count + 2) ||
        !ek__health_reserve(ch, ch->endpoint_count + 1))
        return NULL;
    e = ek_mem_zeroed(mem, 1, sizeof *e);
    if (e == NULL)
        return NULL;
    e->address = ek_mem_zeroed(mem, length, 1);
    e->lb_state = ek_mem_zeroed(mem, 1, state_size == 0 ? 1 : state_size);
    if (e->address == NULL || e->lb_state == NULL) {
        ek_mem_free(mem, e->address);
        ek_mem_free(mem, e->lb_state);
        ek_mem_free(mem, e);
        return NULL;
    }
    memcpy(e->address, address->text, length);
    e->weight = address->weight;
    e->number = (uint32_t)ch->endpoint_count;
    e->state = EK_CONN_IDLE;
    e->attempts = e->locality = EK__NOTHING;
    ch->endpoints[ch->endpoint_count++] = e;
    return e;
}

static void endpoint_free(struct ek_channel *ch, struct ek__endpoint *e)
{
    ch->endpoints[e->number] = NULL;
    ek_mem_free(ch->mem, e->address);
    ek_mem_free(ch->mem, e->labels);
    ek_mem_free(ch->mem, e->lb_state);
    ek_mem_free(ch->mem, e);
}

/* Takes over what the resolver says of it. False without memory. */
static bool endpoint_describe(struct ek_channel *ch, struct ek__endpoint *e,
                              const struct ek_address *address)
{
    uint32_t size = address->labels_size;

    if (e->weight != address->weight)
        ch->picker.is_stale = true;
    e->weight = address->weight;
    e->priority = address->priority < EK__PRIORITY_MAX ? address->priority : EK__PRIORITY_MAX;
    e->health = address->health;
    e->locality = ek__locality_number(ch, address->locality);
    if (e->labels_size == size && (size == 0 || memcmp(e->labels, address->labels, size) == 0))
        return true;
    ek_mem_free(ch->mem, e->labels);
    e->labels_size = 0;
    e->labels = size > 0 ? ek_mem_zeroed(ch->mem, size, 1) : NULL;
    if (size > 0 && e->labels == NULL)
        return false;
    if (size > 0)
        memcpy(e->labels, address->labels, size);
    e->labels_size = size;
    return true;
}

void ek__endpoint_error(struct ek__endpoint *e, const char *text, const char *otherwise)
{
    snprintf(e->error, sizeof e->error, "%s", text != NULL ? text : otherwise);
}

void ek__endpoint_let_go(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (e->is_listed || e->in_flight > 0 || e->state != EK_CONN_SHUTDOWN)
        return;
    e->state = EK_CONN_COUNT;
    e->next_gone = ch->gone;
    ch->gone = e;
}

void ek__endpoints_bury(struct ek_channel *ch)
{
    while (ch->gone != NULL) {
        struct ek__endpoint *e = ch->gone;

        ch->gone = e->next_gone;
        endpoint_free(ch, e);
    }
}

void ek__endpoints_deinit(struct ek_channel *ch)
{
    for (size_t i = 0; i < ch->endpoint_count; i++)
        if (ch->endpoints[i] != NULL)
            endpoint_free(ch, ch->endpoints[i]);
    ek_mem_free(ch->mem, ch->endpoints);
    ek_mem_free(ch->mem, ch->listed);
    ek_mem_free(ch->mem, ch->former);
    ek__timers_deinit(&ch->endpoint_timers, ch->mem);
}

static int by_address(const void *a, const void *b)
{
    const struct ek__endpoint *const *x = a, *const *y = b;

    return strcmp((*x)->address, (*y)->address);
}

static int address_to_endpoint(const void *key, const void *item)
{
    const struct ek__endpoint *const *e = item;

    return strcmp(key, (*e)->address);
}

static void remove_unlisted(struct ek_channel *ch, struct ek__endpoint **old, size_t old_count)
{
    for (size_t i = 0; i < old_count; i++) {
        struct ek__endpoint *e = old[i];

        if (e->is_listed)
            continue;
        ek__note(ch, EK_NOTE_ENDPOINT_REMOVED, e->number);
        ek__subchannel_removed(ch, e);
        ek__outlier_removed(ch, e);
        ek__endpoint_let_go(ch, e);
    }
}

/* Lists what the resolver gave; counts what came. False without memory. */
static bool list_all(struct ek_channel *ch, const struct ek_address *list, size_t count,
                     struct ek__endpoint **old, size_t old_count, uint32_t *changes)
{
    ch->listed_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct ek__endpoint **known = old_count == 0 ? NULL
                                                     : bsearch(list[i].text, old, old_count,
                                                               sizeof *old, address_to_endpoint);
        struct ek__endpoint *e = known != NULL ? *known : endpoint_new(ch, &list[i]);

        if (e == NULL || !endpoint_describe(ch, e, &list[i]))
            return false;
        e->is_listed = true;
        ch->listed[ch->listed_count++] = e->number;
        if (known == NULL) {
            ++*changes;
            ek__note(ch, EK_NOTE_ENDPOINT_ADDED, e->number);
            ek__subchannel_added(ch, e);
        }
    }
    return true;
}

bool ek__endpoints_update(struct ek_channel *ch, const struct ek_address *list, size_t count)
{
    size_t old_count = ch->listed_count, most = count > old_count ? count : old_count;
    uint32_t changes = 0;
    void *listed = ch->listed, *former = ch->former;
    struct ek__endpoint **old;
    bool is_done, has_room;
    struct ek_action *note;

    has_room = ek_mem_grow(ch->mem, &former, &ch->former_capacity, most, sizeof *ch->former);
    ch->former = old = former;
    if (!has_room || (count > 0 && !ek__output_reserve(ch, old_count + count)) ||
        !ek_mem_grow(ch->mem, &listed, &ch->listed_capacity, count, sizeof *ch->listed))
        return false;
    ch->listed = listed;
    for (size_t i = 0; i < old_count; i++) {
        old[i] = ch->endpoints[ch->listed[i]];
        old[i]->is_listed = false;
        old[i]->seats = NULL;
    }
    ek__eligible_listed(ch);
    if (old_count > 0)
        qsort(old, old_count, sizeof *old, by_address);

    is_done = list_all(ch, list, count, old, old_count, &changes);
    for (size_t i = 0; i < old_count; i++)
        changes += !old[i]->is_listed;
    remove_unlisted(ch, old, old_count);

    ch->has_list = true;
    ch->resolver_error[0] = '\0';
    ch->has_news = true;
    note = ek__note(ch, EK_NOTE_ENDPOINTS, EK_NO_ENDPOINT);
    note->value = (int64_t)ch->listed_count;
    note->number = changes;
    ek__subchannels_listed(ch);
    return is_done;
}
