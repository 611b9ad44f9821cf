/* How far an answer is believed: empty lists, lists that shrink, endpoints that come and go. */
#ifndef EVENKEEL_CORE_RESOLVER_BELIEF_H
#define EVENKEEL_CORE_RESOLVER_BELIEF_H

#include "core/resolver/resolver.h"

/* What an empty list is taken for. */
enum ek__empty {
    EK__EMPTY_KEEP,  /* a mistake: the last list with members stays */
    EK__EMPTY_TRUST, /* the truth */
    EK__EMPTY_HOLD   /* a mistake for a while, then the truth */
};

struct ek__belief_options {
    int empty; /* enum ek__empty */
    int64_t hold_ns;
    int64_t shrink_ppm; /* share of the list that may vanish at once; 1,000,000: all */
    int64_t shrink_ns;  /* what vanished beyond that stays so long */
    int64_t grace_ns;   /* whatever vanished stays so long */
    int64_t damping_ns; /* what comes and goes stays so long, each time it vanishes */
};

/* One endpoint that is or was in the list. */
struct ek__known {
    struct ek_address address; /* owned */
    bool is_claimed;           /* the last answer that counted has it */
    bool is_published;
    uint32_t rank;  /* its place in that answer */
    ek_time left;   /* when answers began to lack it */
    ek_time stays;  /* until then it is published although they do ... */
    ek_time spared; /* ... and until then unless an answer of a plausible size lacks it as well */
    ek_time steady; /* until then it counts as one that comes and goes */
};

/* Zeroed: nothing known. Set `options` and `keeps_order` first. */
struct ek__belief {
    struct ek__belief_options options;
    bool keeps_order;        /* publish in the order of the answer, not by text */
    struct ek__known *known; /* sorted by text */
    size_t known_count, known_capacity;
    struct ek__addresses list; /* as published */
    bool is_published;
    bool is_holding; /* an empty list was answered and comes true at `hold_end` */
    bool is_shrunk;  /* the last answer had too few */
    ek_time hold_end;
    ek_time due; /* once published: when the first of what is kept goes */
};

/* What an offer led to. */
struct ek__belief_news {
    bool is_changed, is_empty_refused, is_shrink_refused;
};

/* Takes the answer in `*list` (no duplicates) and leaves it empty. False without memory; then
 * nothing is published. */
bool ek__belief_offer(struct ek__belief *belief, struct ek__addresses *list, ek_time now,
                      struct ek__belief_news *news);

/* When something that is kept will go. */
ek_time ek__belief_deadline(const struct ek__belief *belief);

/* Lets go what is due. */
bool ek__belief_tick(struct ek__belief *belief, ek_time now, struct ek__belief_news *news);

void ek__belief_deinit(struct ek__belief *belief);

/* The rows of the options, at `base` bytes from the start of the resolver's own options. */
#define EK__BELIEF_ROWS(base)                                                                      \
    {.name = "empty",                                                                              \
     .type = EK_OPTION_WORD,                                                                       \
     .offset = (base) + offsetof(struct ek__belief_options, empty),                                \
     .fallback = "\"keep\"",                                                                       \
     .words = ek__empty_words,                                                                     \
     .text = "What an empty list is taken for: keep the last one with members, trust it, or hold " \
             "the last one for holdTime, then trust it."},                                         \
        {.name = "holdTime",                                                                       \
         .type = EK_OPTION_DURATION,                                                               \
         .offset = (base) + offsetof(struct ek__belief_options, hold_ns),                          \
         .fallback = "\"30s\"",                                                                    \
         .text = "For empty: hold."},                                                              \
        {.name = "maxShrink",                                                                      \
         .type = EK_OPTION_SHARE,                                                                  \
         .offset = (base) + offsetof(struct ek__belief_options, shrink_ppm),                       \
         .fallback = "\"100%\"",                                                                   \
         .max = 1000000,                                                                           \
         .text = "Share of the list that may vanish at once; if more does, all that vanished "     \
                 "stays for shrinkTime, or until an answer that is not too small lacks it as "     \
                 "well. What an answer adds is always taken at once."},                            \
        {.name = "shrinkTime",                                                                     \
         .type = EK_OPTION_DURATION,                                                               \
         .offset = (base) + offsetof(struct ek__belief_options, shrink_ns),                        \
         .fallback = "\"60s\"",                                                                    \
         .text = "For maxShrink."},                                                                \
        {.name = "grace",                                                                          \
         .type = EK_OPTION_DURATION,                                                               \
         .offset = (base) + offsetof(struct ek__belief_options, grace_ns),                         \
         .fallback = "\"0s\"",                                                                     \
         .text = "How long an endpoint stays that vanished from the list; one that is back by "    \
                 "then was never away."},                                                          \
    {                                                                                              \
        .name = "damping", .type = EK_OPTION_DURATION,                                             \
        .offset = (base) + offsetof(struct ek__belief_options, damping_ns), .fallback = "\"0s\"",  \
        .text = "An endpoint that comes back within this time has flapped; vanishing again "       \
                "within this time of its return, it stays for as long. Returns are never delayed." \
    }

extern const char *const ek__empty_words[];

#endif
