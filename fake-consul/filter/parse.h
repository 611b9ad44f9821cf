/* The text of a filter expression, taken apart. */
#ifndef EK_FAKE_CONSUL_FILTER_PARSE_H
#define EK_FAKE_CONSUL_FILTER_PARSE_H

#include "fake-consul/base/words.h"

struct ek__consul_regex;

enum ek__consul_match {
    EK__CONSUL_EQUAL,
    EK__CONSUL_NOT_EQUAL,
    EK__CONSUL_IN,
    EK__CONSUL_NOT_IN,
    EK__CONSUL_IS_EMPTY,
    EK__CONSUL_IS_NOT_EMPTY,
    EK__CONSUL_MATCHES,
    EK__CONSUL_NOT_MATCHES
};

enum ek__consul_expr_kind {
    EK__CONSUL_EXPR_AND,
    EK__CONSUL_EXPR_OR,
    EK__CONSUL_EXPR_NOT,
    EK__CONSUL_EXPR_MATCH
};

struct ek__consul_expr {
    enum ek__consul_expr_kind kind;
    struct ek__consul_expr *left, *right; /* borrowed from the same tree */
    struct ek__consul_list selector;
    char *value; /* NULL without one */
    enum ek__consul_match match;
    struct ek__consul_regex *regex;
};

struct ek__consul_tree {
    struct ek__consul_expr **nodes; /* owned, in the order they were found */
    size_t count;
    struct ek__consul_expr *root;
};

/* False with the parser's words in `error`. Either way the tree has to be released. */
bool ek__consul_tree_parse(struct ek__consul_tree *tree, const char *text,
                           struct ek__consul_text *error);
void ek__consul_tree_deinit(struct ek__consul_tree *tree);

#endif
