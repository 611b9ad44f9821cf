/* Lists of addresses: without duplicates, compared as a whole. */
#include "core/resolver/resolver.h"

#include "evenkeel/mem.h"

#include <stdlib.h>
#include <string.h>

static bool is_port(const char *text)
{
    int32_t port = 0;

    if (*text == '\0' || *text == '0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        port = 10 * port + (*text - '0');
        if (port > 65535)
            return false;
    }
    return true;
}

bool ek__address_is_valid(const char *text)
{
    const char *colon = strrchr(text, ':');

    if (colon == NULL || colon == text || strlen(text) > EK__ADDRESS_SIZE_MAX ||
        !is_port(colon + 1))
        return false;
    bool is_bracketed = text[0] == '[' && colon[-1] == ']' && colon - text > 2;
    for (const char *p = text + is_bracketed; p < colon - is_bracketed; p++) {
        if (*p <= ' ' || *p == 0x7f || strchr("[]/\"", *p) != NULL || (*p == ':' && !is_bracketed))
            return false;
    }
    return true;
}

/* Copies all texts into one block that begins with the address itself. */
static bool copy(const struct ek_address *from, struct ek_address *to)
{
    size_t text_size = strlen(from->text) + 1;
    size_t locality_size = from->locality != NULL ? strlen(from->locality) + 1 : 0;
    char *block = ek_mem_zeroed(&ek_mem_libc, 1, text_size + locality_size + from->labels_size);

    if (block == NULL)
        return false;
    *to = *from;
    to->text = memcpy(block, from->text, text_size);
    if (locality_size > 0)
        to->locality = memcpy(block + text_size, from->locality, locality_size);
    to->labels = NULL;
    if (from->labels_size > 0)
        to->labels = memcpy(block + text_size + locality_size, from->labels, from->labels_size);
    return true;
}

enum ek_err ek__addresses_add(struct ek__addresses *list, const struct ek_address *address)
{
    struct ek_address added;
    void *items = list->items;

    if (list->count >= EK__ADDRESSES_MAX)
        return EK_ELIMIT;
    if (!copy(address, &added))
        return EK_ENOMEM;
    if (!ek_mem_grow(&ek_mem_libc, &items, &list->capacity, list->count + 1, sizeof *list->items)) {
        ek_mem_free(&ek_mem_libc, added.text);
        return EK_ENOMEM;
    }
    list->items = items;
    list->items[list->count++] = added;
    return EK_OK;
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int compare_labels(const struct ek_address *x, const struct ek_address *y)
{
    uint32_t least = x->labels_size < y->labels_size ? x->labels_size : y->labels_size;
    int order = least > 0 ? memcmp(x->labels, y->labels, least) : 0;

    return order != 0 ? order
                      : (x->labels_size > y->labels_size) - (x->labels_size < y->labels_size);
}

static int compare_details(const struct ek_address *x, const struct ek_address *y)
{
    int order = (x->weight < y->weight) - (x->weight > y->weight);

    if (order == 0)
        order = (x->priority > y->priority) - (x->priority < y->priority);
    if (order == 0)
        order = (x->health > y->health) - (x->health < y->health);
    if (order == 0)
        order = compare_texts(x->locality, y->locality);
    return order != 0 ? order : compare_labels(x, y);
}

bool ek__address_same_details(const struct ek_address *a, const struct ek_address *b)
{
    return compare_details(a, b) == 0;
}

/* Heavier ones first among equals, so that those stay; a tie that is left for qsort to break is
 * between equals in everything. */
static int compare(const void *a, const void *b)
{
    const struct ek_address *x = a, *y = b;
    int order = strcmp(x->text, y->text);

    return order != 0 ? order : compare_details(x, y);
}

void ek__addresses_sort(struct ek__addresses *list)
{
    size_t kept = 0;

    if (list->count == 0)
        return;
    qsort(list->items, list->count, sizeof *list->items, compare);
    for (size_t i = 1; i < list->count; i++) {
        if (strcmp(list->items[i].text, list->items[kept].text) == 0)
            ek_mem_free(&ek_mem_libc, list->items[i].text);
        else
            list->items[++kept] = list->items[i];
    }
    list->count = kept + 1;
}

/* Of two equal texts the earlier, for ek__addresses_unique. */
static int compare_places(const void *a, const void *b)
{
    const struct ek_address *const *x = a, *const *y = b;
    int order = strcmp((*x)->text, (*y)->text);

    return order != 0 ? order : (*x > *y) - (*x < *y);
}

enum ek_err ek__addresses_unique(struct ek__addresses *list)
{
    struct ek_address **places =
        ek_mem_zeroed(&ek_mem_libc, list->count + 1, sizeof(struct ek_address *));
    size_t kept = 0;

    if (places == NULL)
        return EK_ENOMEM;
    for (size_t i = 0; i < list->count; i++)
        places[i] = &list->items[i];
    qsort(places, list->count, sizeof *places, compare_places);
    for (size_t i = 1, first = 0; i < list->count; i++) {
        if (strcmp(places[i]->text, places[first]->text) != 0)
            first = i;
        else
            places[i]->weight = 0; /* marked; weights are 1 and more */
    }
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].weight == 0)
            ek_mem_free(&ek_mem_libc, list->items[i].text);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    ek_mem_free(&ek_mem_libc, places);
    return EK_OK;
}

bool ek__addresses_equal(const struct ek__addresses *a, const struct ek__addresses *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i].text, b->items[i].text) != 0 ||
            !ek__address_same_details(&a->items[i], &b->items[i]))
            return false;
    return true;
}

void ek__addresses_deinit(struct ek__addresses *list)
{
    for (size_t i = 0; i < list->count; i++)
        ek_mem_free(&ek_mem_libc, list->items[i].text);
    ek_mem_free(&ek_mem_libc, list->items);
    *list = (struct ek__addresses){NULL, 0, 0};
}
