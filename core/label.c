#include "core/label.h"

#include <stdlib.h>
#include <string.h>

int ek__label_compare(const struct ek_label *a, const struct ek_label *b)
{
    int order = strcmp(a->key, b->key);

    return order != 0 ? order : strcmp(a->value, b->value);
}

static int compare(const void *a, const void *b)
{
    return ek__label_compare(a, b);
}

void ek__labels_add(struct ek__labels *labels, const char *key, const char *value)
{
    if (labels->count == EK__LABELS_MAX || strlen(key) >= EK__LABEL_SIZE_MAX ||
        strlen(value) >= EK__LABEL_SIZE_MAX)
        return;
    labels->items[labels->count++] = (struct ek_label){key, value};
}

uint32_t ek__labels_pack(struct ek__labels *labels, char block[EK__LABELS_SIZE_MAX])
{
    size_t used = 0;

    qsort(labels->items, labels->count, sizeof labels->items[0], compare);
    for (size_t i = 0; i < labels->count; i++) {
        const struct ek_label *label = &labels->items[i];
        size_t key_size = strlen(label->key) + 1, value_size = strlen(label->value) + 1;

        if (i > 0 && ek__label_compare(label, label - 1) == 0)
            continue;
        if (used + key_size + value_size > EK__LABELS_SIZE_MAX)
            break;
        memcpy(block + used, label->key, key_size);
        memcpy(block + used + key_size, label->value, value_size);
        used += key_size + value_size;
    }
    return (uint32_t)used;
}

bool ek__labels_have(const char *block, uint32_t size, const struct ek_label *label)
{
    const char *p = block, *end;

    if (block == NULL)
        return false;
    end = block + size;
    while (p < end) {
        const char *value = p + strlen(p) + 1;
        int order = strcmp(p, label->key);

        if (order > 0)
            return false;
        if (order == 0 && strcmp(value, label->value) == 0)
            return true;
        p = value + strlen(value) + 1;
    }
    return false;
}
