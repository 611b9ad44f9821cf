#include "fake-consul/tables/token.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"

enum {
    RULES_MAX = 1024
};

static const char *const resources[] = {"acl",      "agent", "event",   "key",    "node",
                                        "operator", "query", "service", "session"};

void ek__consul_acl_init(struct ek__consul_acl *acl)
{
    *acl = (struct ek__consul_acl){0};
    acl->tokens.key_offset = offsetof(struct ek__consul_token, accessor);
    acl->policies.key_offset = offsetof(struct ek__consul_policy, id);
}

void ek__consul_policy_free(struct ek__consul_policy *policy)
{
    for (size_t i = 0; i < policy->rule_count; i++)
        free(policy->rules[i].name);
    free(policy->rules);
    free(policy->id);
    free(policy->name);
    free(policy->description);
    free(policy->text);
    free(policy);
}

void ek__consul_token_free(struct ek__consul_token *token)
{
    ek__consul_list_deinit(&token->policies);
    free(token->accessor);
    free(token->secret);
    free(token->description);
    free(token);
}

void ek__consul_acl_deinit(struct ek__consul_acl *acl)
{
    for (size_t i = 0; i < acl->tokens.count; i++)
        ek__consul_token_free(acl->tokens.items[i]);
    for (size_t i = 0; i < acl->policies.count; i++)
        ek__consul_policy_free(acl->policies.items[i]);
    ek__consul_sorted_deinit(&acl->tokens);
    ek__consul_sorted_deinit(&acl->policies);
}

/* ---- rules: `service_prefix "web" { policy = "read" }`, `operator = "read"`, or JSON ---- */

/* The next word, string or sign; false at the end or for what is none. */
static bool next_token(const char **text, char *out, size_t size)
{
    const char *p = *text;
    size_t count = 0;

    for (;;) {
        p += strspn(p, " \t\r\n,:");
        if (*p != '#' && strncmp(p, "//", 2) != 0)
            break;
        p += strcspn(p, "\n");
    }
    if (*p == '"') {
        for (p++; *p && *p != '"'; p++) {
            if (count + 2 < size)
                out[count++] = *p;
        }
        if (*p != '"')
            return false;
        p++;
    } else if (*p && strchr("{}=", *p)) {
        out[count++] = *p++;
    } else {
        while (*p && !strchr(" \t\r\n,:\"{}=#", *p)) {
            if (count + 2 < size)
                out[count++] = *p;
            p++;
        }
        if (count == 0)
            return false;
    }
    out[count] = '\0';
    *text = p;
    return true;
}

static bool parse_resource(const char *word, struct ek__consul_rule *rule)
{
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        size_t size = strlen(resources[i]);

        if (strncmp(word, resources[i], size) != 0 ||
            (word[size] && strcmp(word + size, "_prefix") != 0))
            continue;
        rule->resource = (enum ek__consul_resource)i;
        rule->is_prefix = word[size] != '\0';
        return true;
    }
    return false;
}

static bool parse_access(const char *word, struct ek__consul_rule *rule)
{
    rule->access = strcmp(word, "write") == 0  ? EK__CONSUL_WRITE
                   : strcmp(word, "deny") == 0 ? EK__CONSUL_DENY
                                               : EK__CONSUL_READ;
    return rule->access != EK__CONSUL_READ || strcmp(word, "read") == 0 ||
           strcmp(word, "list") == 0;
}

static void add_rule(struct ek__consul_policy *policy, const struct ek__consul_rule *rule,
                     const char *name)
{
    policy->rules =
        ek__consul_resize(policy->rules, (policy->rule_count + 1) * sizeof *policy->rules);
    policy->rules[policy->rule_count] = *rule;
    policy->rules[policy->rule_count++].name = ek__consul_copy(name);
}

/* After the name: `{ policy = "read" ... }`. */
static bool parse_block(const char **text, struct ek__consul_policy *policy,
                        struct ek__consul_rule *rule, const char *name)
{
    char word[256];
    bool is_policy = false;

    while (next_token(text, word, sizeof word) && strcmp(word, "}") != 0) {
        if (strcmp(word, "policy") == 0)
            is_policy = true;
        else if (strcmp(word, "=") != 0 && is_policy && parse_access(word, rule))
            is_policy = false;
        else if (is_policy && strcmp(word, "=") != 0)
            return false;
    }
    if (strcmp(word, "}") != 0)
        return false;
    add_rule(policy, rule, name);
    return true;
}

/* What follows a resource: a name with a block, an access alone, or (JSON) names with blocks. */
static bool parse_rule(const char **text, struct ek__consul_policy *policy,
                       struct ek__consul_rule *rule)
{
    char word[256], name[256] = "";

    if (!next_token(text, word, sizeof word))
        return false;
    if (strcmp(word, "=") == 0 && !next_token(text, word, sizeof word))
        return false;
    if (strcmp(word, "{") == 0) {
        while (next_token(text, name, sizeof name) && strcmp(name, "}") != 0) {
            if (!next_token(text, word, sizeof word) || strcmp(word, "{") != 0 ||
                !parse_block(text, policy, rule, name))
                return false;
        }
        return strcmp(name, "}") == 0;
    }
    memcpy(name, word, sizeof name);
    {
        const char *ahead = *text;

        if (next_token(&ahead, word, sizeof word) && strcmp(word, "{") == 0) {
            *text = ahead;
            return parse_block(text, policy, rule, name);
        }
    }
    if (!parse_access(name, rule))
        return false;
    rule->is_prefix = true;
    add_rule(policy, rule, "");
    return true;
}

bool ek__consul_policy_parse(struct ek__consul_policy *policy, const char *text)
{
    char word[256];

    text += strspn(text, " \t\r\n");
    if (*text == '{')
        text++;
    while (text[strspn(text, " \t\r\n,}")]) {
        struct ek__consul_rule rule = {.name = NULL};

        text += strspn(text, " \t\r\n,}");
        if (*text == '#' || strncmp(text, "//", 2) == 0) {
            text += strcspn(text, "\n");
            continue;
        }
        if (policy->rule_count >= RULES_MAX || !next_token(&text, word, sizeof word) ||
            !parse_resource(word, &rule) || !parse_rule(&text, policy, &rule))
            return false;
    }
    return true;
}

struct ek__consul_token *ek__consul_token_by_secret(const struct ek__consul_acl *acl,
                                                    const char *secret)
{
    for (size_t i = 0; i < acl->tokens.count; i++) {
        struct ek__consul_token *token = acl->tokens.items[i];

        if (strcmp(token->secret, secret) == 0)
            return token;
    }
    return NULL;
}

struct ek__consul_policy *ek__consul_policy_named(const struct ek__consul_acl *acl,
                                                  const char *name)
{
    for (size_t i = 0; i < acl->policies.count; i++) {
        struct ek__consul_policy *policy = acl->policies.items[i];

        if (strcmp(policy->name, name) == 0)
            return policy;
    }
    return NULL;
}

/* The rule with the longest fitting name counts; an exact one before a prefix. */
static const struct ek__consul_rule *best_rule(const struct ek__consul_policy *policy,
                                               enum ek__consul_resource resource, const char *name,
                                               const struct ek__consul_rule *best)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct ek__consul_rule *rule = &policy->rules[i];
        size_t size = strlen(rule->name), other = best ? strlen(best->name) : 0;

        if (rule->resource != resource || (rule->is_prefix ? strncmp(rule->name, name, size) != 0
                                                           : strcmp(rule->name, name) != 0))
            continue;
        if (!best || size > other || (size == other && best->is_prefix && !rule->is_prefix) ||
            (size == other && best->is_prefix == rule->is_prefix &&
             (rule->access == EK__CONSUL_DENY || rule->access > best->access)))
            best = rule;
    }
    return best;
}

bool ek__consul_may(const struct ek__consul_acl *acl, const struct ek__consul_token *token,
                    enum ek__consul_resource resource, const char *name, bool write)
{
    const struct ek__consul_rule *rule = NULL;

    if (acl->is_revoked)
        return false;
    if (!acl->is_on || (token && token->is_management))
        return true;
    for (size_t i = 0; token && i < token->policies.count; i++) {
        const struct ek__consul_policy *policy =
            ek__consul_sorted_find(&acl->policies, token->policies.items[i]);

        if (policy)
            rule = best_rule(policy, resource, name, rule);
    }
    if (!rule)
        return !acl->denies && resource != EK__CONSUL_ACL_ACL;
    return rule->access >= (write ? EK__CONSUL_WRITE : EK__CONSUL_READ);
}
