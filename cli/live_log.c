/* See live_log.h. Endpoints are told apart by their addresses. */
#include "cli/live_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ENTRIES_MAX = 20 * 1000 * 1000,
    ADDRESS_SIZE = 288,
    TEXT_SIZE = 200
};

enum what {
    WHAT_NOTE,
    WHAT_CALL,
    WHAT_ATTEMPT_START,
    WHAT_ATTEMPT_END,
    WHAT_CALL_END
};

struct entry {
    int64_t at_ns;
    enum what what;
    uint32_t client, endpoint; /* or EK_NOBODY */
    enum ek_record_kind kind;  /* WHAT_NOTE */
    int64_t a, b;
    uint64_t call;
    char *text;
};

struct open_call {
    uint32_t client;
    int64_t planned_ns;
    bool is_retry; /* its next attempt */
};

struct channel {
    uint32_t *endpoints; /* by the channel's number */
    size_t count;
};

struct ek_live_log {
    int64_t started_ns;
    struct channel *channels;
    uint32_t channel_count;
    char (*addresses)[ADDRESS_SIZE];
    size_t address_count;
    struct entry *entries;
    size_t count, capacity;
    struct open_call *calls; /* by token - 1 */
    size_t call_count, call_capacity;
    bool is_full; /* or without memory: what comes later is left out */
};

static int64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * EK_S + now.tv_nsec;
}

struct ek_live_log *ek_live_log_new(uint32_t clients)
{
    struct ek_live_log *log = calloc(1, sizeof *log);

    if (log == NULL)
        return NULL;
    log->started_ns = monotonic_ns();
    log->channels = calloc(clients, sizeof *log->channels);
    log->channel_count = clients;
    if (log->channels != NULL)
        return log;
    free(log);
    return NULL;
}

void ek_live_log_free(struct ek_live_log *log)
{
    if (log == NULL)
        return;
    for (size_t i = 0; i < log->count; i++)
        free(log->entries[i].text);
    for (uint32_t c = 0; c < log->channel_count; c++)
        free(log->channels[c].endpoints);
    free(log->channels);
    free(log->addresses);
    free(log->entries);
    free(log->calls);
    free(log);
}

int64_t ek_live_log_now(const struct ek_live_log *log)
{
    return monotonic_ns() - log->started_ns;
}

/* ---- while it runs ---- */

static bool grow(struct ek_live_log *log, void **items, size_t count, size_t *capacity, size_t size)
{
    size_t wanted = count < 64 ? 64 : 2 * count;
    void *grown;

    if (count < *capacity)
        return true;
    grown = count < ENTRIES_MAX ? realloc(*items, wanted * size) : NULL;
    log->is_full = log->is_full || grown == NULL;
    if (grown == NULL)
        return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

static void add(struct ek_live_log *log, const struct entry *entry, const char *text)
{
    void *entries = log->entries;

    if (log->is_full || !grow(log, &entries, log->count, &log->capacity, sizeof *entry))
        return;
    log->entries = entries;
    log->entries[log->count] = *entry;
    log->entries[log->count].at_ns = ek_live_log_now(log);
    log->entries[log->count].text = text != NULL ? strndup(text, TEXT_SIZE) : NULL;
    log->count++;
}

static uint32_t number_of(struct ek_live_log *log, const char *address)
{
    void *grown;

    for (size_t i = 0; i < log->address_count; i++)
        if (strcmp(log->addresses[i], address) == 0)
            return (uint32_t)i;
    grown = realloc(log->addresses, (log->address_count + 1) * sizeof *log->addresses);
    if (grown == NULL)
        return EK_NOBODY;
    log->addresses = grown;
    snprintf(log->addresses[log->address_count], ADDRESS_SIZE, "%s", address);
    return (uint32_t)log->address_count++;
}

static void learn(struct ek_live_log *log, uint32_t channel, const struct ek_action *note)
{
    struct channel *c = &log->channels[channel];
    size_t wanted = (size_t)note->endpoint + 1;
    uint32_t *grown = c->count < wanted ? realloc(c->endpoints, wanted * sizeof *grown) : NULL;

    if (grown != NULL) {
        for (size_t i = c->count; i < wanted; i++)
            grown[i] = EK_NOBODY;
        c->endpoints = grown;
        c->count = wanted;
    }
    if (note->endpoint < c->count)
        c->endpoints[note->endpoint] = number_of(log, note->text);
}

static uint32_t endpoint_of(const struct ek_live_log *log, uint32_t channel, uint32_t endpoint)
{
    const struct channel *c = &log->channels[channel];

    return endpoint < c->count ? c->endpoints[endpoint] : EK_NOBODY;
}

void ek_live_log_note(void *context, uint32_t channel, const struct ek_action *note)
{
    struct ek_live_log *log = context;
    struct ek_record record = {0};

    if (note->note == EK_NOTE_ENDPOINT_ADDED)
        learn(log, channel, note);
    ek_record_of_note(note, &record);
    if (ek_record_names_call(record.kind)) /* by the driver's token, which nobody else knows */
        return;
    if (record.kind == EK_RECORD_EJECTED)
        record.a -= log->started_ns;
    add(log,
        &(struct entry){.what = WHAT_NOTE,
                        .client = channel,
                        .endpoint = endpoint_of(log, channel, note->endpoint),
                        .kind = record.kind,
                        .a = record.a,
                        .b = record.b},
        record.text);
}

void ek_live_log_attempt(void *context, uint32_t channel, const struct ek_live_attempt *attempt)
{
    struct ek_live_log *log = context;
    struct open_call *call = &log->calls[attempt->token - 1];
    struct entry entry = {.client = channel,
                          .endpoint = endpoint_of(log, channel, attempt->endpoint),
                          .call = attempt->token};

    if (!attempt->is_over) {
        entry.what = WHAT_ATTEMPT_START;
        entry.a = call->is_retry;
        call->is_retry = true;
    } else {
        entry.what = WHAT_ATTEMPT_END;
        entry.a = attempt->status;
        entry.b = attempt->took_ns;
    }
    add(log, &entry, attempt->is_over ? attempt->text : NULL);
}

void ek_live_log_answer(void *context, uint32_t channel, int status, uint64_t index)
{
    add(context,
        &(struct entry){.what = WHAT_NOTE,
                        .client = channel,
                        .endpoint = EK_NOBODY,
                        .kind = EK_RECORD_QUERY,
                        .a = status,
                        .b = (int64_t)(index & INT64_MAX)},
        NULL);
}

uint64_t ek_live_log_call(struct ek_live_log *log, uint32_t channel, int64_t planned_ns)
{
    void *calls = log->calls;

    if (log->is_full ||
        !grow(log, &calls, log->call_count, &log->call_capacity, sizeof *log->calls))
        return 0;
    log->calls = calls;
    log->calls[log->call_count++] = (struct open_call){.client = channel, .planned_ns = planned_ns};
    add(log, &(struct entry){.what = WHAT_CALL, .client = channel, .call = log->call_count}, NULL);
    return log->call_count;
}

void ek_live_log_result(struct ek_live_log *log, const struct ek_live_result *result)
{
    const struct open_call *call = &log->calls[result->token - 1];

    add(log,
        &(struct entry){.what = WHAT_CALL_END,
                        .client = call->client,
                        .endpoint = EK_NOBODY,
                        .call = result->token,
                        .a = result->status},
        result->status == EK_STATUS_OK ? NULL : result->text);
}

/* ---- at the end ---- */

/* What a recorder is told, and what came before it as its cause. */
struct teller {
    const struct ek_live_log *log;
    struct ek_recorder *recorder;
    struct ek_recorded_call *calls; /* by token - 1 */
    uint64_t *failures;             /* by token - 1: the record of its last failed attempt */
    uint64_t *blamed;               /* likewise by client and endpoint */
};

static void tell_attempt_end(struct teller *t, const struct entry *e)
{
    struct ek_recorded_call *call = &t->calls[e->call - 1];
    size_t endpoints = t->log->address_count;

    if (call->attempt_count < EK_RECORD_ATTEMPTS_MAX)
        call->attempts[call->attempt_count++] =
            (struct ek_recorded_attempt){e->endpoint, (int)e->a, e->at_ns - e->b, e->at_ns};
    if (e->endpoint == EK_NOBODY)
        return;
    ek_recorder_attempt_done(t->recorder, e->at_ns, e->client, e->endpoint, (int)e->a, e->b);
    if (e->a == EK_STATUS_OK)
        return;
    t->failures[e->call - 1] =
        ek_recorder_event(t->recorder, &(struct ek_record){.at_ns = e->at_ns,
                                                           .kind = EK_RECORD_ATTEMPT_FAILED,
                                                           .actor = e->client,
                                                           .subject = e->endpoint,
                                                           .a = (int64_t)call->number,
                                                           .b = e->a,
                                                           .text = e->text});
    t->blamed[e->client * endpoints + e->endpoint] = t->failures[e->call - 1];
}

static void tell_call_end(struct teller *t, const struct entry *e)
{
    struct ek_recorded_call *call = &t->calls[e->call - 1];

    call->end_ns = e->at_ns;
    call->status = (int)e->a;
    if (call->status != EK_STATUS_OK)
        call->cause = ek_recorder_event(
            t->recorder,
            &(struct ek_record){.at_ns = e->at_ns,
                                .kind = EK_RECORD_CALL_FAILED,
                                .actor = e->client,
                                .subject = call->attempt_count > 0
                                               ? call->attempts[call->attempt_count - 1].endpoint
                                               : EK_NOBODY,
                                .cause = t->failures[e->call - 1],
                                .a = (int64_t)call->number,
                                .b = e->a,
                                .text = e->text});
    ek_recorder_call_done(t->recorder, call);
}

static void tell(struct teller *t, const struct entry *e)
{
    struct ek_record record = {.at_ns = e->at_ns,
                               .kind = e->kind,
                               .actor = e->client,
                               .subject = e->endpoint,
                               .a = e->a,
                               .b = e->b,
                               .text = e->text};

    switch (e->what) {
    case WHAT_NOTE:
        if (e->kind == EK_RECORD_EJECTED && e->endpoint != EK_NOBODY)
            record.cause = t->blamed[e->client * t->log->address_count + e->endpoint];
        ek_recorder_event(t->recorder, &record);
        break;
    case WHAT_CALL:
        t->calls[e->call - 1].client = e->client;
        t->calls[e->call - 1].planned_ns = t->log->calls[e->call - 1].planned_ns;
        t->calls[e->call - 1].number = ek_recorder_call_started(t->recorder, e->at_ns, e->client);
        break;
    case WHAT_ATTEMPT_START:
        if (e->endpoint != EK_NOBODY)
            ek_recorder_attempt_started(t->recorder, e->at_ns, e->client, e->endpoint, e->a != 0);
        break;
    case WHAT_ATTEMPT_END:
        tell_attempt_end(t, e);
        break;
    case WHAT_CALL_END:
        tell_call_end(t, e);
        break;
    }
}

static void tell_all(struct teller *t)
{
    for (size_t i = 0; i < t->log->count; i++)
        tell(t, &t->log->entries[i]);
}

/* A recorder with all parties, or NULL without memory. */
static struct ek_recorder *recorder_new(const struct ek_live_log *log,
                                        const struct ek_recording_setup *given, const char *unit)
{
    struct ek_recorded_endpoint *endpoints = calloc(log->address_count + 1, sizeof *endpoints);
    struct ek_recorded_client *clients = calloc(log->channel_count + 1u, sizeof *clients);
    char(*names)[16] = calloc(log->channel_count + 1u, sizeof *names);
    struct ek_recording_setup setup = *given;
    struct ek_recorder *recorder = NULL;

    if (endpoints != NULL && clients != NULL && names != NULL) {
        for (size_t i = 0; i < log->address_count; i++)
            endpoints[i] = (struct ek_recorded_endpoint){log->addresses[i], "", log->addresses[i]};
        for (uint32_t c = 0; c < log->channel_count; c++) {
            snprintf(names[c], sizeof names[c], "c%u", (unsigned)c + 1);
            clients[c] = (struct ek_recorded_client){names[c], "", setup.policy, unit};
        }
        setup.endpoints = endpoints;
        setup.endpoint_count = log->address_count;
        setup.clients = clients;
        setup.client_count = log->channel_count;
        recorder = ek_recorder_new(&setup);
    }
    free(endpoints);
    free(clients);
    free(names);
    return recorder;
}

struct ek_recorder *ek_live_log_record(const struct ek_live_log *log,
                                       const struct ek_recording_setup *setup,
                                       const struct ek_recording_end *end, enum ek_err *err,
                                       char *why, size_t why_size)
{
    struct teller t = {.log = log};

    t.calls = calloc(log->call_count + 1, sizeof *t.calls);
    t.failures = calloc(log->call_count + 1, sizeof *t.failures);
    t.blamed = calloc((size_t)log->channel_count * log->address_count + 1, sizeof *t.blamed);
    if (t.calls != NULL && t.failures != NULL && t.blamed != NULL)
        t.recorder = recorder_new(log, setup, NULL);
    if (t.recorder != NULL) {
        tell_all(&t);
        *err = ek_recorder_finish(t.recorder, end, why, why_size);
    }
    free(t.calls);
    free(t.failures);
    free(t.blamed);
    return t.recorder;
}
