/* The terms of a filter expression. Each takes what it fits, or nothing and returns false. */
#ifndef EK_FAKE_CONSUL_FILTER_TERMS_H
#define EK_FAKE_CONSUL_FILTER_TERMS_H

#include "fake-consul/filter/parse.h"
#include "fake-consul/filter/peg.h"

/* White space, at least one. */
bool ek__consul_peg_space(struct ek__consul_peg *p);

/* Whether `rule` does not fit here; takes nothing. */
bool ek__consul_peg_absent(struct ek__consul_peg *p, bool (*rule)(struct ek__consul_peg *p));
bool ek__consul_peg_end(struct ek__consul_peg *p);

/* The parts are added to `path`, which may be NULL; after a failure they may be half there. */
bool ek__consul_peg_selector(struct ek__consul_peg *p, struct ek__consul_list *path);
bool ek__consul_peg_any_selector(struct ek__consul_peg *p);

/* `*out` is new. */
bool ek__consul_peg_value(struct ek__consul_peg *p, char **out);

/* With the white space around them. */
bool ek__consul_peg_value_operator(struct ek__consul_peg *p, enum ek__consul_match *out);
bool ek__consul_peg_empty_operator(struct ek__consul_peg *p, enum ek__consul_match *out);
bool ek__consul_peg_in_operator(struct ek__consul_peg *p, enum ek__consul_match *out);

#endif
