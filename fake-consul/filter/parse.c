/* The grammar of bexpr 0.1, rule by rule, so that what it refuses is refused with its words. */
#include "fake-consul/filter/parse.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/filter/regex.h"
#include "fake-consul/filter/terms.h"

enum {
    DEPTH_MAX = 256,
    RULE_OR = 0, /* the rules whose results are kept, by place */
    RULE_AND,
    RULE_NOT,
    RULE_GROUP,
    RULE_COUNT
};

/* What a rule made of a place, so that no place is worked through twice by it. */
struct memo {
    bool is_known;
    size_t end;
    struct ek__consul_expr *expr; /* NULL: it does not fit */
};

struct parser {
    struct ek__consul_peg peg;
    struct ek__consul_tree *tree;
    struct memo *memo; /* RULE_COUNT for each place */
    int depth;
    bool is_too_deep;
};

static bool space(struct parser *p)
{
    return ek__consul_peg_space(&p->peg);
}

static bool literal(struct parser *p, const char *text)
{
    return ek__consul_peg_literal(&p->peg, text);
}

static void back(struct parser *p, size_t at)
{
    p->peg.at = at;
}

/* Returns borrowed from the tree. */
static struct ek__consul_expr *new_expr(struct parser *p, enum ek__consul_expr_kind kind,
                                        struct ek__consul_expr *left, struct ek__consul_expr *right)
{
    struct ek__consul_tree *tree = p->tree;
    struct ek__consul_expr *expr = ek__consul_alloc(sizeof *expr);

    if (tree->count % 32 == 0)
        tree->nodes = ek__consul_resize(tree->nodes, (tree->count + 32) * sizeof(void *));
    tree->nodes[tree->count++] = expr;
    expr->kind = kind;
    expr->left = left;
    expr->right = right;
    return expr;
}

/* Takes the selector and the value. */
static struct ek__consul_expr *new_match(struct parser *p, struct ek__consul_list *path,
                                         enum ek__consul_match match, char *operand)
{
    struct ek__consul_expr *expr = new_expr(p, EK__CONSUL_EXPR_MATCH, NULL, NULL);

    expr->selector = *path;
    expr->match = match;
    expr->value = operand;
    return expr;
}

static struct ek__consul_expr *selector_match(struct parser *p)
{
    struct ek__consul_peg *peg = &p->peg;
    size_t start = p->peg.at;
    struct ek__consul_list path = {0};
    enum ek__consul_match match;
    char *operand = NULL;

    if (ek__consul_peg_selector(peg, &path) && ek__consul_peg_value_operator(peg, &match) &&
        ek__consul_peg_value(peg, &operand))
        return new_match(p, &path, match, operand);
    ek__consul_list_deinit(&path);
    back(p, start);
    if (ek__consul_peg_selector(peg, &path) && ek__consul_peg_empty_operator(peg, &match))
        return new_match(p, &path, match, NULL);
    ek__consul_list_deinit(&path);
    back(p, start);
    return NULL;
}

static struct ek__consul_expr *value_match(struct parser *p)
{
    struct ek__consul_peg *peg = &p->peg;
    size_t start = p->peg.at;
    struct ek__consul_list path = {0};
    enum ek__consul_match match;
    char *operand = NULL;

    if (ek__consul_peg_value(peg, &operand) && ek__consul_peg_in_operator(peg, &match) &&
        ek__consul_peg_selector(peg, &path))
        return new_match(p, &path, match, operand);
    free(operand);
    operand = NULL;
    ek__consul_list_deinit(&path);
    back(p, start);
    if (ek__consul_peg_value(peg, &operand) && ek__consul_peg_in_operator(peg, &match) &&
        ek__consul_peg_absent(peg, ek__consul_peg_any_selector))
        ek__consul_peg_error(&p->peg, p->peg.at, "match", "Invalid selector");
    free(operand);
    back(p, start);
    return NULL;
}

static struct ek__consul_expr *rule(struct parser *p, int which);

static bool closing_parenthesis(struct ek__consul_peg *peg)
{
    return ek__consul_peg_literal(peg, ")");
}

static struct ek__consul_expr *group(struct parser *p)
{
    size_t start = p->peg.at;
    struct ek__consul_expr *expr = NULL;

    if (literal(p, "(") && (space(p), (expr = rule(p, RULE_OR)) != NULL) &&
        (space(p), literal(p, ")")))
        return expr;
    back(p, start);
    if ((expr = selector_match(p)) || (expr = value_match(p)))
        return expr;
    if (literal(p, "(") && (space(p), rule(p, RULE_OR)) &&
        (space(p), ek__consul_peg_absent(&p->peg, closing_parenthesis)))
        ek__consul_peg_error(&p->peg, p->peg.at, "grouping", "Unmatched parentheses");
    back(p, start);
    return NULL;
}

/* `not x`; a double one is none. */
static struct ek__consul_expr *negation(struct parser *p)
{
    size_t start = p->peg.at;
    struct ek__consul_expr *expr = NULL;

    if (literal(p, "not") && space(p) && (expr = rule(p, RULE_NOT)))
        return expr->kind == EK__CONSUL_EXPR_NOT ? expr->left
                                                 : new_expr(p, EK__CONSUL_EXPR_NOT, expr, NULL);
    back(p, start);
    return rule(p, RULE_GROUP);
}

static struct ek__consul_expr *chain(struct parser *p, int which)
{
    bool is_or = which == RULE_OR;
    int inner = is_or ? RULE_AND : RULE_NOT;
    struct ek__consul_expr *left = rule(p, inner), *right = NULL;
    size_t end = p->peg.at;

    if (left && space(p) && literal(p, is_or ? "or" : "and") && space(p))
        right = rule(p, which);
    if (right)
        return new_expr(p, is_or ? EK__CONSUL_EXPR_OR : EK__CONSUL_EXPR_AND, left, right);
    back(p, end);
    return left;
}

static struct ek__consul_expr *rule(struct parser *p, int which)
{
    struct memo *memo = &p->memo[p->peg.at * RULE_COUNT + (size_t)which];
    size_t start = p->peg.at;

    if (memo->is_known) {
        p->peg.at = memo->end;
        return memo->expr;
    }
    if (p->depth == DEPTH_MAX * RULE_COUNT) {
        p->is_too_deep = true;
        return NULL;
    }
    p->depth++;
    memo->expr = which == RULE_GROUP ? group(p) : which == RULE_NOT ? negation(p) : chain(p, which);
    p->depth--;
    memo->is_known = true;
    if (!memo->expr)
        p->peg.at = start;
    memo->end = p->peg.at;
    return memo->expr;
}

static struct ek__consul_expr *input(struct parser *p)
{
    struct ek__consul_expr *expr = NULL;

    space(p);
    if (literal(p, "(") && (space(p), (expr = rule(p, RULE_OR)) != NULL) &&
        (space(p), literal(p, ")")) && (space(p), ek__consul_peg_end(&p->peg)))
        return expr;
    back(p, 0);
    space(p);
    expr = rule(p, RULE_OR);
    if (expr && (space(p), ek__consul_peg_end(&p->peg)))
        return expr;
    return NULL;
}

bool ek__consul_tree_parse(struct ek__consul_tree *tree, const char *text,
                           struct ek__consul_text *error)
{
    struct parser parser = {.peg = {.text = text, .size = strlen(text)}, .tree = tree};

    *tree = (struct ek__consul_tree){0};
    parser.memo = ek__consul_alloc((parser.peg.size + 1) * RULE_COUNT * sizeof *parser.memo);
    tree->root = input(&parser);
    if (parser.is_too_deep)
        ek__consul_text_add(error, "expression nests too deeply");
    else if (!tree->root || parser.peg.errors.count > 0)
        ek__consul_peg_reason(&parser.peg, error);
    free(parser.memo);
    ek__consul_peg_deinit(&parser.peg);
    return error->size == 0;
}

void ek__consul_tree_deinit(struct ek__consul_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        struct ek__consul_expr *expr = tree->nodes[i];

        ek__consul_list_deinit(&expr->selector);
        ek__consul_regex_free(expr->regex);
        free(expr->value);
        free(expr);
    }
    free(tree->nodes);
    *tree = (struct ek__consul_tree){0};
}
