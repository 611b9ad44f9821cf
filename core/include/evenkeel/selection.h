/* Which of the endpoints a call chooses from: subsets, priorities, localities, panic. */
#ifndef EVENKEEL_SELECTION_H
#define EVENKEEL_SELECTION_H

#include "evenkeel/option.h"

#include <stdbool.h>
#include <stdint.h>

/* What a call gets whose subset has no endpoint, whatever its health. */
enum ek_fallback {
    EK_FALLBACK_NONE,    /* it fails, as if there were no endpoints */
    EK_FALLBACK_ANY,     /* any endpoint */
    EK_FALLBACK_DEFAULT, /* the default subset */
    EK_FALLBACK_KEYS,    /* selectors only: the subset of fewer keys */
    EK_FALLBACK_INHERIT  /* selectors only: that of all subsets */
};

/* A set of keys that a call may ask for. */
struct ek_selector {
    struct ek_list keys;          /* of char * */
    int fallback;                 /* enum ek_fallback */
    struct ek_list fallback_keys; /* of char *; EK_FALLBACK_KEYS */
};

struct ek_subsets_config {
    struct ek_list selectors;      /* of struct ek_selector; none: any keys may be asked for */
    int fallback;                  /* enum ek_fallback */
    struct ek_list default_labels; /* of char *, "key=value" */
    bool any_if_default_empty;     /* Envoy's panic_mode_any */
};

/* Part of the calls that ask for nothing are made to ask for something. */
struct ek_canary_config {
    int64_t share_ppm;
    char *key;             /* of Consul, whose value is the share; NULL: none */
    struct ek_list labels; /* of char *, "key=value"; none: off */
    bool by_hash;          /* the calls of one hash stay together */
};

enum ek_locality_mode {
    EK_LOCALITY_OFF,
    EK_LOCALITY_WEIGHTED,
    EK_LOCALITY_ZONE_AWARE
};

struct ek_locality_weight {
    char *locality;
    int64_t weight;
};

struct ek_selection_config {
    struct ek_subsets_config subsets;
    struct ek_canary_config canary;
    bool has_priorities, has_weighted_health, has_degraded;
    int64_t overprovisioning; /* thousandths */
    int64_t panic_ppm;        /* 0: off */
    bool fails_on_panic;
    int localities;                  /* enum ek_locality_mode */
    struct ek_list locality_weights; /* of struct ek_locality_weight */
    int64_t cluster_size_min;        /* zone-aware */
};

#endif
