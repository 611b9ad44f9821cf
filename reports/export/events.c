#include "reports/export/events.h"

#include "reports/export/json_text.h"
#include "reports/text/render_number.h"
#include "reports/text/render_text.h"

#include "evenkeel/option.h"
#include "evenkeel/time.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- filter ---- */

static bool matches(const char *pattern, const char *name)
{
    size_t length = strlen(pattern);
    if (length > 0 && pattern[length - 1] == '*')
        return strncmp(pattern, name, length - 1) == 0;
    return strcmp(pattern, name) == 0;
}

static bool add_kind(struct ek_events_filter *filter, const char *word, char *why, size_t why_size)
{
    const char *words[EK_RECORD_COUNT + 1];
    for (int k = 0; k < EK_RECORD_COUNT; k++) {
        words[k] = ek_record_word((enum ek_record_kind)k);
        if (strcmp(words[k], word) != 0)
            continue;
        filter->kinds |= UINT64_C(1) << k;
        return true;
    }
    words[EK_RECORD_COUNT] = NULL;
    const char *near = ek_suggest(word, words);
    snprintf(why, why_size, "unknown kind \"%.40s\"%s%s%s", word,
             near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
             near != NULL ? "\"?" : "");
    return false;
}

static bool has_endpoint(const struct ek_results *results, const char *pattern)
{
    for (size_t i = 0; i < results->endpoint_count; i++)
        if (matches(pattern, results->endpoint_names[i]))
            return true;
    return false;
}

static bool has_client(const struct ek_replay *replay, const char *pattern)
{
    size_t count;
    const struct ek_replay_client *clients = ek_replay_clients(replay, &count);
    for (size_t i = 0; i < count; i++)
        if (matches(pattern, clients[i].name))
            return true;
    return false;
}

static bool has_fault(const struct ek_results *results, const char *pattern)
{
    for (size_t i = 0; i < results->fault_count; i++)
        if (matches(pattern, results->faults[i].id))
            return true;
    return false;
}

static bool read_time(const char *text, int64_t *out, char *why, size_t why_size)
{
    json_t *json = json_string(text);
    bool ok = json != NULL && ek_option_scalar(EK_OPTION_DURATION, json, out, why, why_size);
    if (json == NULL)
        snprintf(why, why_size, "a time is not UTF-8");
    json_decref(json);
    return ok;
}

static bool add_range(struct ek_events_filter *filter, const char *word, const char *dots,
                      char *why, size_t why_size)
{
    char from[40];
    snprintf(from, sizeof from, "%.*s", (int)(dots - word < 39 ? dots - word : 39), word);
    return (from[0] == '\0' || read_time(from, &filter->from_ns, why, why_size)) &&
           (dots[2] == '\0' || read_time(dots + 2, &filter->to_ns, why, why_size));
}

static bool missing(const char *what, const char *name, char *why, size_t why_size)
{
    snprintf(why, why_size, "the run has no %s \"%.60s\"", what, name);
    return false;
}

bool ek_events_filter_add(struct ek_events_filter *filter, const struct ek_replay *replay,
                          const char *word, char *why, size_t why_size)
{
    const struct ek_results *results = ek_replay_results(replay);
    const char *colon = strchr(word, ':'), *dots = strstr(word, "..");
    const char *rest = colon != NULL ? colon + 1 : word;
    size_t length = colon != NULL ? (size_t)(colon - word) : 0;
    if (length == 4 && strncmp(word, "kind", 4) == 0)
        return add_kind(filter, rest, why, why_size);
    if (length == 4 && strncmp(word, "from", 4) == 0)
        return read_time(rest, &filter->from_ns, why, why_size);
    if (length == 2 && strncmp(word, "to", 2) == 0)
        return read_time(rest, &filter->to_ns, why, why_size);
    if (length == 8 && strncmp(word, "endpoint", 8) == 0) {
        filter->endpoint = rest;
        return has_endpoint(results, rest) || missing("endpoint", rest, why, why_size);
    }
    if (length == 6 && strncmp(word, "client", 6) == 0) {
        filter->client = rest;
        return has_client(replay, rest) || missing("client", rest, why, why_size);
    }
    if (length == 5 && strncmp(word, "fault", 5) == 0) {
        filter->fault = rest;
        return has_fault(results, rest) || missing("fault", rest, why, why_size);
    }
    if (colon == NULL && dots != NULL)
        return add_range(filter, word, dots, why, why_size);
    snprintf(why, why_size,
             "\"%.60s\" is no filter: kind:, endpoint:, client:, fault:, from:, to: or 40s..41s",
             word);
    return false;
}

/* ---- writing ---- */

/* The fault at the root of each event's causes, + 1; 0: none. */
static uint32_t *roots_of(const struct ek_replay *replay)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    uint32_t *roots = calloc(count + 1, sizeof *roots);
    for (size_t i = 0; roots != NULL && i < count; i++) {
        bool is_fault =
            events[i].kind == EK_RECORD_FAULT_BEGIN || events[i].kind == EK_RECORD_FAULT_END;
        const struct ek_replay_event *cause =
            events[i].cause != 0 ? ek_replay_event_by_id(replay, events[i].cause) : NULL;
        if (is_fault && events[i].actor != EK_NOBODY)
            roots[i] = events[i].actor + 1;
        else if (cause != NULL)
            roots[i] = roots[cause - events];
    }
    return roots;
}

static const char *actor_name(const struct ek_replay *replay, const struct ek_replay_event *event)
{
    const struct ek_results *results = ek_replay_results(replay);
    size_t client_count;
    const struct ek_replay_client *clients = ek_replay_clients(replay, &client_count);
    if (event->actor == EK_NOBODY)
        return "";
    if (event->kind == EK_RECORD_FAULT_BEGIN || event->kind == EK_RECORD_FAULT_END)
        return event->actor < results->fault_count ? results->faults[event->actor].id : "";
    if (event->kind == EK_RECORD_PROCESS)
        return event->actor < results->endpoint_count ? results->endpoint_names[event->actor] : "";
    return event->actor < client_count ? clients[event->actor].name : "";
}

static const char *subject_name(const struct ek_replay *replay, const struct ek_replay_event *event)
{
    const struct ek_results *results = ek_replay_results(replay);
    return event->subject < results->endpoint_count ? results->endpoint_names[event->subject] : "";
}

static bool is_of_client(const struct ek_replay *replay, const struct ek_replay_event *event,
                         const char *pattern)
{
    bool has_client = event->kind != EK_RECORD_FAULT_BEGIN && event->kind != EK_RECORD_FAULT_END &&
                      event->kind != EK_RECORD_PROCESS && event->actor != EK_NOBODY;
    return has_client && matches(pattern, actor_name(replay, event));
}

static bool passes(const struct ek_replay *replay, const struct ek_events_filter *filter,
                   const struct ek_replay_event *event, uint32_t root)
{
    const struct ek_results *results = ek_replay_results(replay);
    if (event->at_ns < filter->from_ns || event->at_ns >= filter->to_ns)
        return false;
    if (filter->kinds != 0 && (filter->kinds >> event->kind & 1) == 0)
        return false;
    if (filter->client != NULL && !is_of_client(replay, event, filter->client))
        return false;
    if (filter->endpoint != NULL &&
        !matches(filter->endpoint, event->kind == EK_RECORD_PROCESS ? actor_name(replay, event)
                                                                    : subject_name(replay, event)))
        return false;
    return filter->fault == NULL || (root > 0 && root <= results->fault_count &&
                                     matches(filter->fault, results->faults[root - 1].id));
}

static void write_text(const struct ek_replay *replay, const struct ek_replay_event *event,
                       FILE *out)
{
    char text[512], clean[512], cause[40] = "";
    ek_replay_event_text(replay, event, text, sizeof text);
    if (event->cause != 0)
        snprintf(cause, sizeof cause, "  because of %" PRIu64, event->cause);
    fprintf(out, "%12s %8" PRIu64 "  %-16s  %s%s\n",
            ek__decimal((uint64_t)event->at_ns, (uint64_t)EK_S, 6).s, event->id,
            ek_record_word(event->kind), ek__clean(text, clean, sizeof clean), cause);
}

static void write_json(const struct ek_replay *replay, const struct ek_replay_event *event,
                       uint32_t root, FILE *out)
{
    const struct ek_results *results = ek_replay_results(replay);
    char text[512];
    const char *actor = actor_name(replay, event), *subject = subject_name(replay, event);
    fprintf(out, "{\"type\":\"event\",\"id\":%" PRIu64 ",\"at_ns\":%" PRId64 ",\"kind\":\"%s\"",
            event->id, event->at_ns, ek_record_word(event->kind));
    ek__json_member(out, "actor", actor);
    ek__json_member(out, "subject", subject);
    if (event->cause != 0)
        fprintf(out, ",\"cause\":%" PRIu64, event->cause);
    fprintf(out, ",\"a\":%" PRId64 ",\"b\":%" PRId64, event->a, event->b);
    ek__json_member(out, "text", event->text);
    if (root > 0 && root <= results->fault_count)
        ek__json_member(out, "fault", results->faults[root - 1].id);
    ek__json_member(out, "sentence", ek_replay_event_text(replay, event, text, sizeof text));
    fputs("}\n", out);
}

static uint64_t write_all(const struct ek_replay *replay, const struct ek_events_filter *filter,
                          bool as_json, FILE *out)
{
    size_t count;
    const struct ek_replay_event *events = ek_replay_events(replay, &count);
    uint32_t *roots = roots_of(replay);
    uint64_t written = 0;
    for (size_t i = 0; roots != NULL && i < count; i++) {
        if (!passes(replay, filter, &events[i], roots[i]))
            continue;
        if (as_json)
            write_json(replay, &events[i], roots[i], out);
        else
            write_text(replay, &events[i], out);
        written++;
    }
    free(roots);
    return written;
}

uint64_t ek_events_write(const struct ek_replay *replay, const struct ek_events_filter *filter,
                         FILE *out)
{
    return write_all(replay, filter, false, out);
}

uint64_t ek_events_write_json(const struct ek_replay *replay, const struct ek_events_filter *filter,
                              FILE *out)
{
    return write_all(replay, filter, true, out);
}
