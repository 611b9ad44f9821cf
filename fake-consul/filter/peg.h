/* What a parser of the kind that tries alternatives in order needs: terminals that remember where
 * the farthest attempt failed, and on what. */
#ifndef EK_FAKE_CONSUL_FILTER_PEG_H
#define EK_FAKE_CONSUL_FILTER_PEG_H

#include "fake-consul/base/words.h"

struct ek__consul_peg {
    const char *text;
    size_t size, at;
    bool inverted; /* inside of what must not be there */
    size_t failed_at;
    struct ek__consul_list expected; /* at `failed_at` */
    struct ek__consul_list errors;   /* of predicates, in the order they came up */
};

bool ek__consul_peg_literal(struct ek__consul_peg *peg, const char *literal);

/* One byte of `bytes`; `name` is how the class is written. */
bool ek__consul_peg_class(struct ek__consul_peg *peg, const char *bytes, const char *name);

/* Any character. */
bool ek__consul_peg_any(struct ek__consul_peg *peg);

/* Notes an error at a place: `1:2 (1): rule "name": text`. */
void ek__consul_peg_error(struct ek__consul_peg *peg, size_t at, const char *rule,
                          const char *text);

/* Why the text was refused. */
void ek__consul_peg_reason(const struct ek__consul_peg *peg, struct ek__consul_text *out);
void ek__consul_peg_deinit(struct ek__consul_peg *peg);

#endif
