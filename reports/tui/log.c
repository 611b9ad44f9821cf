#include "reports/tui/log.h"

#include "evenkeel/event.h"
#include "evenkeel/mem.h"
#include "reports/tui/format.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    TEXT_MAX = 512
};

/* What the lines being folded look like; one open line a kind and variant. */
struct folding {
    size_t line[EK_RECORD_COUNT][4];       /* + 1; 0: none open */
    uint32_t *client_seen, *endpoint_seen; /* [kind][variant][number]: the line last counted in */
    size_t clients, endpoints;
};

bool ek_text_matches(const char *text, const char *wanted)
{
    bool wants_absence = wanted[0] == '!';
    const char *part = wanted + (wants_absence ? 1 : 0);
    if (part[0] == '\0')
        return true;
    size_t length = strlen(part);
    for (; *text; text++) {
        size_t i = 0;
        while (i < length && text[i] != '\0' &&
               tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
            i++;
        if (i == length)
            return !wants_absence;
    }
    return wants_absence;
}

bool ek_log_is_change(enum ek_record_kind kind)
{
    return kind == EK_RECORD_FAULT_BEGIN || kind == EK_RECORD_FAULT_END ||
           kind == EK_RECORD_PROCESS || kind == EK_RECORD_EJECTED || kind == EK_RECORD_RETURNED ||
           kind == EK_RECORD_CHANNEL_STATE || kind == EK_RECORD_UNHEALTHY ||
           kind == EK_RECORD_HEALTHY;
}

static bool is_notable(const struct ek_replay_event *event)
{
    enum ek_record_kind kind = event->kind;
    if (kind == EK_RECORD_SUBCHANNEL_STATE)
        return event->a == EK_CONN_READY || event->b == EK_CONN_READY ||
               event->b == EK_CONN_TRANSIENT_FAILURE;
    if (kind == EK_RECORD_RESOLVED)
        return event->b != 0;
    return kind != EK_RECORD_QUERY && kind != EK_RECORD_RETRY && kind != EK_RECORD_WOKEN;
}

/* Events of one kind fold only when they say the same. */
static unsigned variant(const struct ek_replay_event *event)
{
    if (event->kind == EK_RECORD_SUBCHANNEL_STATE)
        return event->b == EK_CONN_READY ? 1 : event->b == EK_CONN_TRANSIENT_FAILURE ? 2 : 3;
    if (event->kind == EK_RECORD_CHECK)
        return event->text[0] == 'p' ? 1 : event->text[0] == 'w' ? 2 : 3;
    if (event->kind == EK_RECORD_PROCESS || event->kind == EK_RECORD_CHANNEL_STATE)
        return (unsigned)(event->kind == EK_RECORD_PROCESS ? event->a : event->b) & 3u;
    return 0;
}

static bool folds_into(const struct ek_replay_event *events, const struct ek_log_line *line,
                       const struct ek_replay_event *event)
{
    const struct ek_replay_event *first = &events[line->first];
    if (event->kind == EK_RECORD_FAULT_BEGIN || event->kind == EK_RECORD_FAULT_END ||
        event->kind == EK_RECORD_CLOCK_BACKWARDS || event->kind == EK_RECORD_SCENARIO)
        return false;
    if (event->kind == EK_RECORD_ATTEMPT_FAILED || event->kind == EK_RECORD_CALL_FAILED ||
        event->kind == EK_RECORD_THROTTLED || event->kind == EK_RECORD_SUBCHANNEL_STATE ||
        event->kind == EK_RECORD_HEDGE || event->kind == EK_RECORD_OVERFLOW ||
        event->kind == EK_RECORD_REJECTED)
        return event->at_ns - line->last_ns <= INT64_C(1000000000) &&
               event->at_ns - first->at_ns <= INT64_C(10000000000);
    if ((event->kind == EK_RECORD_PROCESS && event->a != first->a) ||
        (event->kind == EK_RECORD_CHANNEL_STATE && event->b != first->b))
        return false;
    return event->at_ns - first->at_ns <= INT64_C(1000000000);
}

static bool is_about(const struct ek_replay *replay, const struct ek_replay_event *event,
                     uint32_t endpoint)
{
    if (endpoint == EK_NOBODY)
        return true;
    if (event->kind == EK_RECORD_FAULT_BEGIN || event->kind == EK_RECORD_FAULT_END) {
        const struct ek_results *results = ek_replay_results(replay);
        if (event->actor >= results->fault_count)
            return false;
        const struct ek_failover *fault = &results->faults[event->actor];
        for (size_t i = 0; i < fault->endpoint_count; i++) {
            if (fault->endpoints[i] == endpoint)
                return true;
        }
        return false;
    }
    return event->subject == endpoint ||
           (event->kind == EK_RECORD_PROCESS && event->actor == endpoint);
}

uint64_t ek_event_call(const struct ek_replay_event *event)
{
    bool has_call = event->kind == EK_RECORD_RETRY || event->kind == EK_RECORD_THROTTLED ||
                    event->kind == EK_RECORD_ATTEMPT_FAILED ||
                    event->kind == EK_RECORD_CALL_FAILED || event->kind == EK_RECORD_HEDGE ||
                    event->kind == EK_RECORD_TRANSPARENT || event->kind == EK_RECORD_OVERFLOW ||
                    event->kind == EK_RECORD_REJECTED;
    return has_call && event->a > 0 ? (uint64_t)event->a : 0;
}

/* ---- one call's events, or one fault's ---- */

static size_t index_of_cause(const struct ek_replay *replay, const struct ek_replay_event *events,
                             size_t index)
{
    const struct ek_replay_event *cause = ek_replay_event_by_id(replay, events[index].cause);
    return events[index].cause != 0 && cause && cause < &events[index] ? (size_t)(cause - events)
                                                                       : SIZE_MAX;
}

/* Returns new: which events a log that follows something has. NULL without memory. */
static bool *follow(const struct ek_replay *replay, const struct ek_log_choice *choice)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    bool *wanted = ek_mem_zeroed(&ek_mem_libc, count + 1, sizeof *wanted);
    for (size_t i = 0; wanted && i < count; i++) {
        bool is_edge =
            events[i].kind == EK_RECORD_FAULT_BEGIN || events[i].kind == EK_RECORD_FAULT_END;
        if (choice->call != 0 && ek_event_call(&events[i]) == choice->call) {
            for (size_t at = i; at != SIZE_MAX && !wanted[at];
                 at = index_of_cause(replay, events, at))
                wanted[at] = true;
        } else if (choice->fault > 0) {
            size_t cause = index_of_cause(replay, events, i);
            wanted[i] = (is_edge && events[i].actor == choice->fault - 1) ||
                        (cause != SIZE_MAX && wanted[cause]);
        }
    }
    return wanted;
}

static void count_once(uint32_t *seen, size_t numbers, size_t slot, uint32_t number, size_t line,
                       uint32_t *count)
{
    if (number >= numbers)
        return;
    uint32_t *stamp = &seen[slot * numbers + number];
    if (*stamp != (uint32_t)line + 1) {
        *stamp = (uint32_t)line + 1;
        (*count)++;
    }
}

static bool actor_is_client(enum ek_record_kind kind)
{
    return kind != EK_RECORD_FAULT_BEGIN && kind != EK_RECORD_FAULT_END &&
           kind != EK_RECORD_PROCESS;
}

/* Adds one event to its open line, or to a new one. */
static bool add(struct ek_log *log, struct folding *fold, const struct ek_replay_event *events,
                size_t index)
{
    const struct ek_replay_event *event = &events[index];
    unsigned kind = (unsigned)event->kind;
    unsigned which = variant(event);
    size_t open = fold->line[kind][which];
    if (log->choice.every || open == 0 || !folds_into(events, &log->lines[open - 1], event)) {
        if (!ek_mem_grow(&ek_mem_libc, (void **)&log->lines, &log->capacity, log->count + 1,
                         sizeof *log->lines))
            return false;
        log->lines[log->count++] = (struct ek_log_line){.first = index};
        open = fold->line[kind][which] = log->count;
    }
    struct ek_log_line *line = &log->lines[open - 1];
    line->count++;
    line->last_ns = event->at_ns;
    size_t slot = kind * 4 + which;
    bool by_client = actor_is_client(event->kind);
    if (by_client)
        count_once(fold->client_seen, fold->clients, slot, event->actor, open, &line->clients);
    if (event->kind == EK_RECORD_PROCESS)
        count_once(fold->endpoint_seen, fold->endpoints, slot, event->actor, open,
                   &line->endpoints);
    else
        count_once(fold->endpoint_seen, fold->endpoints, slot, event->subject, open,
                   &line->endpoints);
    return true;
}

/* Drops the lines whose text does not match. */
static void keep_matching(struct ek_log *log, const struct ek_replay *replay)
{
    size_t kept = 0;
    for (size_t i = 0; i < log->count; i++) {
        char text[TEXT_MAX];
        ek_log_text(replay, &log->lines[i], text, sizeof text);
        if (ek_text_matches(text, log->choice.filter))
            log->lines[kept++] = log->lines[i];
    }
    log->count = kept;
}

enum ek_err ek_log_fill(struct ek_log *log, const struct ek_replay *replay,
                        const struct ek_log_choice *choice)
{
    struct folding fold = {0};
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    (void)ek_replay_clients(replay, &fold.clients);
    (void)ek_replay_endpoints(replay, &fold.endpoints);
    size_t slots = (size_t)EK_RECORD_COUNT * 4;
    fold.client_seen = ek_mem_zeroed(&ek_mem_libc, slots * (fold.clients + 1), sizeof(uint32_t));
    fold.endpoint_seen =
        ek_mem_zeroed(&ek_mem_libc, slots * (fold.endpoints + 1), sizeof(uint32_t));
    bool follows = choice->call != 0 || choice->fault > 0;
    bool *wanted = follows ? follow(replay, choice) : NULL;
    enum ek_err err =
        fold.client_seen && fold.endpoint_seen && (wanted || !follows) ? EK_OK : EK_ENOMEM;

    log->choice = *choice;
    log->count = 0;
    for (size_t i = 0; err == EK_OK && i < count; i++) {
        if ((unsigned)events[i].kind >= EK_RECORD_COUNT || (wanted && !wanted[i]) ||
            !is_about(replay, &events[i], choice->endpoint) ||
            (!choice->every && choice->call == 0 && !is_notable(&events[i])))
            continue;
        if (!add(log, &fold, events, i))
            err = EK_ENOMEM;
    }
    if (err == EK_OK && choice->filter[0] != '\0')
        keep_matching(log, replay);
    ek_mem_free(&ek_mem_libc, wanted);
    ek_mem_free(&ek_mem_libc, fold.client_seen);
    ek_mem_free(&ek_mem_libc, fold.endpoint_seen);
    return err;
}

void ek_log_deinit(struct ek_log *log)
{
    ek_mem_free(&ek_mem_libc, log->lines);
    *log = (struct ek_log){0};
}

size_t ek_log_at(const struct ek_log *log, size_t event_index)
{
    size_t low = 0, high = log->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log->lines[middle].first < event_index)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? SIZE_MAX : low - 1;
}

/* "client c1 ejects ..." by three clients: "client c1 +2 ejects ...". False when the sentence is
 * not about its client. */
static bool name_clients(const struct ek_replay *replay, const struct ek_replay_event *event,
                         uint32_t others, char *sentence, size_t size)
{
    size_t count;
    const struct ek_replay_client *clients = ek_replay_clients(replay, &count);
    char who[128], rest[TEXT_MAX];
    if (event->actor >= count || !actor_is_client(event->kind))
        return false;
    int length = snprintf(who, sizeof who, "client %s", clients[event->actor].name);
    if (length < 0 || (size_t)length >= sizeof who || strncmp(sentence, who, (size_t)length) != 0)
        return false;
    snprintf(rest, sizeof rest, "%s", sentence + length);
    snprintf(sentence, size, "%s +%u%.300s", who, (unsigned)others, rest);
    return true;
}

const char *ek_log_text(const struct ek_replay *replay, const struct ek_log_line *line, char *out,
                        size_t size)
{
    size_t count;
    const struct ek_replay_event *event = &ek_replay_events(replay, &count)[line->first];
    char sentence[TEXT_MAX], many[EK_FORMAT_MAX], span[EK_FORMAT_MAX];
    char clients[40] = "", endpoints[40] = "";
    ek_replay_event_text(replay, event, sentence, sizeof sentence);
    if (line->count <= 1) {
        snprintf(out, size, "%s", sentence);
        return out;
    }
    if (line->clients > 1 &&
        !name_clients(replay, event, line->clients - 1, sentence, sizeof sentence))
        snprintf(clients, sizeof clients, "%u clients ", (unsigned)line->clients);
    if (line->endpoints > 1)
        snprintf(endpoints, sizeof endpoints, "%u endpoints ", (unsigned)line->endpoints);
    int64_t taken = line->last_ns - event->at_ns;
    if (taken > 0)
        snprintf(out, size, "×%s %s (%s%sin %s)", ek__format_count(line->count, many), sentence,
                 clients, endpoints, ek__format_duration(taken, span));
    else
        snprintf(out, size, "×%s %s (%s%sat once)", ek__format_count(line->count, many), sentence,
                 clients, endpoints);
    return out;
}
