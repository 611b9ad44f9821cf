/* The scripted faults: which are on, what they were told. */
#ifndef EK_FAKE_CONSUL_FAULT_FAULT_H
#define EK_FAKE_CONSUL_FAULT_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-consul/base/text.h"
#include "fake-consul/base/timer.h"
#include "fake-consul/consul.h"

struct ek__consul_catalog;
struct ek__consul_query;
struct ek__consul_endpoint;

struct ek__consul_fault {
    bool is_on;
    char *service;                          /* key; NULL: all */
    struct ek_consul_fault_options options; /* with what is left out filled in; no service */
    struct ek__consul_timer end, beat;
    bool is_odd;        /* the next beat is the one back */
    double allowance;   /* of RATE_LIMIT: requests that may pass now */
    int64_t counted_at; /* when it was last added to */
    uint64_t cause;
};

/* Frees what the faults hold. */
void ek__consul_faults_deinit(struct ek_consul *consul);

/* Ends a fault, if it is on. */
void ek__consul_fault_stop(struct ek_consul *consul, enum ek_consul_fault fault);

/* A write that changes nothing but what a lie is about: readers see the index rise. */
void ek__consul_raise_services(struct ek_consul *consul, const char *service);

/* Fails what is in flight, except what any server may answer. */
void ek__consul_lose_leader(struct ek_consul *consul);

/* A snapshot restore: old answers for the parked, then low indexes. */
void ek__consul_go_back(struct ek_consul *consul);

void ek__consul_freeze(const struct ek_consul *consul, struct ek__consul_catalog *copy);

/* The truth is back: views catch up with what they did not see. */
void ek__consul_thaw(struct ek_consul *consul);

/* Turns over the checks of the service that flaps; afterwards they are as they were. */
void ek__consul_flap(struct ek_consul *consul, const char *service, bool turned);

/* Runs out all TTL checks of the service, or of all. */
void ek__consul_storm(struct ek_consul *consul, const char *service);

/* Whether the request is refused before it is looked at, as one of a connection too many. */
bool ek__consul_fault_refuses(const struct ek_consul *consul, struct ek__consul_query *query);

/* Whether a fault answers the request instead of its endpoint. */
bool ek__consul_fault_intercepts(struct ek_consul *consul, struct ek__consul_query *query,
                                 const struct ek__consul_endpoint *endpoint);

/* What the faults do to an answer that is complete: damages it, says for how long it is held. */
int64_t ek__consul_fault_spoil(struct ek_consul *consul, struct ek__consul_query *query);

/* [{"fault": "empty", ...}, ...] of those that are on. */
void ek__consul_faults_render(const struct ek_consul *consul, struct ek__consul_text *json);

#endif
