/* Labels of an endpoint: its tags and metadata as one sorted block of text. */
#ifndef EVENKEEL_CORE_LABEL_H
#define EVENKEEL_CORE_LABEL_H

#include "evenkeel/resolver.h"

enum {
    EK__LABELS_MAX = 64,         /* of one endpoint; more are left out */
    EK__LABELS_SIZE_MAX = 4096,  /* bytes of its block */
    EK__LABEL_SIZE_MAX = 512,    /* bytes of one key or value; a longer one is left out */
    EK__LOCALITY_SIZE_MAX = 128, /* bytes */
    EK__PRIORITY_MAX = 15        /* a greater one is taken as this */
};

/* What is collected for one endpoint; the texts are borrowed. */
struct ek__labels {
    struct ek_label items[EK__LABELS_MAX];
    size_t count;
};

/* Adds one unless it is too long or there are too many. */
void ek__labels_add(struct ek__labels *labels, const char *key, const char *value);

/* Sorts, drops duplicates and writes the block. Returns its size; what does not fit is left out. */
uint32_t ek__labels_pack(struct ek__labels *labels, char block[EK__LABELS_SIZE_MAX]);

/* Is `key` = `value` in the block? */
bool ek__labels_have(const char *block, uint32_t size, const struct ek_label *label);

/* By key, then by value. */
int ek__label_compare(const struct ek_label *a, const struct ek_label *b);

#endif
