/* The hash of a stream of words. */
#ifndef EK_REPORTS_FINGERPRINT_H
#define EK_REPORTS_FINGERPRINT_H

#include <stdint.h>

/* Words waiting to be hashed; a full block goes through XXH3 at once. */
enum {
    EK__FINGERPRINT_WORDS = 512
};
struct ek__fingerprint {
    uint32_t count;
    uint64_t words[EK__FINGERPRINT_WORDS];
    void *state; /* XXH3_state_t */
};

/* Returns new; NULL without memory. */
struct ek__fingerprint *ek__fingerprint_new(void);
void ek__fingerprint_free(struct ek__fingerprint *fingerprint);

void ek__fingerprint_flush(struct ek__fingerprint *fingerprint);

static inline void ek__fingerprint_add(struct ek__fingerprint *fingerprint, uint64_t word)
{
    fingerprint->words[fingerprint->count++] = word;
    if (fingerprint->count == EK__FINGERPRINT_WORDS)
        ek__fingerprint_flush(fingerprint);
}

/* Adds a text as one word. */
void ek__fingerprint_add_text(struct ek__fingerprint *fingerprint, const char *text);

/* XXH3-64 of all words so far, as little-endian bytes. Changes nothing. */
uint64_t ek__fingerprint_digest(const struct ek__fingerprint *fingerprint);

#endif
