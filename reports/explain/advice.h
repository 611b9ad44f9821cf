/* What would have helped: only what follows from recorded facts, and what one can try. */
#ifndef EK_REPORTS_EXPLAIN_ADVICE_H
#define EK_REPORTS_EXPLAIN_ADVICE_H

#include "reports/explain/config.h"
#include "reports/explain/story.h"

/* The facts that a rule may use. */
struct ek__facts {
    struct ek__config config; /* of the client */
    const char *policy;
    const struct ek_failover *fault; /* recorded as the cause; NULL: none */
    int status;                      /* what the user got */
    bool is_late;                    /* answered, but after successWithin */
    bool has_endpoint;               /* an attempt was made */
    bool was_retried, was_throttled;
    bool lists_nothing;     /* the client's list was empty */
    bool is_not_connected;  /* and when not, no endpoint was READY */
    uint32_t ready;         /* endpoints it could have picked instead */
    bool was_ejected_later; /* this client ejected the endpoint after the call's failure */
    uint64_t pair_failures; /* failed attempts of this client on that endpoint, with that cause */
};

/* At most three lines: the fact, and the command. Says so when no rule applies. */
void ek__tell_advice(struct ek__story *story, const struct ek__facts *facts);

#endif
