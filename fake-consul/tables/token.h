/* ACL tokens with the rules of their policies. */
#ifndef EK_FAKE_CONSUL_TABLES_TOKEN_H
#define EK_FAKE_CONSUL_TABLES_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/base/sorted.h"
#include "fake-consul/base/words.h"

struct ek_consul;

enum ek__consul_resource {
    EK__CONSUL_ACL_ACL,
    EK__CONSUL_ACL_AGENT,
    EK__CONSUL_ACL_EVENT,
    EK__CONSUL_ACL_KEY,
    EK__CONSUL_ACL_NODE,
    EK__CONSUL_ACL_OPERATOR,
    EK__CONSUL_ACL_QUERY,
    EK__CONSUL_ACL_SERVICE,
    EK__CONSUL_ACL_SESSION
};

enum ek__consul_access {
    EK__CONSUL_DENY,
    EK__CONSUL_READ,
    EK__CONSUL_WRITE
};

struct ek__consul_rule {
    enum ek__consul_resource resource;
    enum ek__consul_access access;
    bool is_prefix;
    char *name;
};

struct ek__consul_policy {
    char *id; /* also its key */
    char *name, *description, *text;
    struct ek__consul_rule *rules;
    size_t rule_count;
    uint64_t create_index, modify_index;
};

struct ek__consul_token {
    char *accessor; /* also its key */
    char *secret, *description;
    bool is_management;
    struct ek__consul_list policies; /* their ids */
    uint64_t create_index, modify_index;
};

struct ek__consul_acl {
    bool is_on;
    bool denies;     /* what no rule allows */
    bool is_revoked; /* by a fault: nobody may anything */
    struct ek__consul_sorted tokens, policies;
};

void ek__consul_acl_init(struct ek__consul_acl *acl);
void ek__consul_acl_deinit(struct ek__consul_acl *acl);

/* Reads rules in HCL or JSON, as a policy has them. False for what is neither. */
bool ek__consul_policy_parse(struct ek__consul_policy *policy, const char *text);
void ek__consul_policy_free(struct ek__consul_policy *policy);
void ek__consul_token_free(struct ek__consul_token *token);

/* Return borrowed, or NULL. */
struct ek__consul_token *ek__consul_token_by_secret(const struct ek__consul_acl *acl,
                                                    const char *secret);
struct ek__consul_policy *ek__consul_policy_named(const struct ek__consul_acl *acl,
                                                  const char *name);

/* Forgets a token that is about to go, where parked reads refer to it. */
void ek__consul_token_gone(struct ek_consul *consul, const struct ek__consul_token *token);

/* Whether a token may read (or write) the thing; `token` NULL stands for no token. */
bool ek__consul_may(const struct ek__consul_acl *acl, const struct ek__consul_token *token,
                    enum ek__consul_resource resource, const char *name, bool write);

#endif
