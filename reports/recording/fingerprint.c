/* The hash of a stream of words. */
#include "reports/recording/fingerprint.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct ek__fingerprint *ek__fingerprint_new(void)
{
    struct ek__fingerprint *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->state = XXH3_createState();
    if (f->state == NULL || XXH3_64bits_reset(f->state) != XXH_OK) {
        ek__fingerprint_free(f);
        return NULL;
    }
    return f;
}

void ek__fingerprint_free(struct ek__fingerprint *f)
{
    if (f == NULL)
        return;
    XXH3_freeState(f->state);
    free(f);
}

static void update(XXH3_state_t *state, const uint64_t *words, uint32_t count)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (uint32_t i = 0; i < count; i++) {
        uint64_t word = __builtin_bswap64(words[i]);
        (void)XXH3_64bits_update(state, &word, sizeof word);
    }
#else
    (void)XXH3_64bits_update(state, words, count * sizeof *words);
#endif
}

void ek__fingerprint_flush(struct ek__fingerprint *f)
{
    update(f->state, f->words, f->count);
    f->count = 0;
}

void ek__fingerprint_add_text(struct ek__fingerprint *f, const char *text)
{
    ek__fingerprint_add(f, XXH3_64bits(text, strlen(text)));
}

uint64_t ek__fingerprint_digest(const struct ek__fingerprint *f)
{
    XXH3_state_t copy;
    XXH3_copyState(&copy, f->state);
    update(&copy, f->words, f->count);
    return XXH3_64bits_digest(&copy);
}
