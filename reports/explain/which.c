/* Which recorded call is meant, and the stories that need no more than that. */
#include "reports/explain/explain.h"
#include "reports/explain/pick.h"

#include "evenkeel/status.h"
#include "evenkeel/time.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The number in "1832" or "1,832"; 0 when it is none. */
static uint64_t number_of(const char *text)
{
    char *end;
    char digits[32];
    size_t n = 0;
    for (const char *c = text; *c != '\0' && n + 1 < sizeof digits; c++)
        if (*c != ',')
            digits[n++] = *c;
    digits[n] = '\0';
    uint64_t number = strtoull(digits, &end, 10);
    return n == 0 || *end != '\0' || digits[0] < '0' || digits[0] > '9' ? 0 : number;
}

static const struct ek_recorded_call *call_of(const struct ek_replay *replay, uint64_t number)
{
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(replay, &count);
    for (size_t i = 0; i < count; i++)
        if (calls[i].number == number)
            return &calls[i];
    return NULL;
}

static uint64_t off(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* Says why there is no story of it. */
static bool missing_call(struct ek__story *story, const char *word, const char *text)
{
    uint64_t wanted = number_of(text), near = 0;
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(story->replay, &count);
    if (wanted == 0 && strspn(text, "0,") != strlen(text))
        return ek__tell_missing(story, "%s:%s: expected the number of a call, as in %s:1832", word,
                                text, word);
    for (size_t i = 0; i < count; i++)
        if (near == 0 || off(calls[i].number, wanted) < off(near, wanted))
            near = calls[i].number;
    if (wanted > story->results->calls || wanted == 0)
        return ek__tell_missing(story, "there is no call %s; the run has calls 1 .. %s",
                                ek__count(wanted).s, ek__count(story->results->calls).s);
    return ek__tell_missing(story,
                            "call %s was not kept: %s of %s are, a sample and failed ones; near is "
                            "%s:%" PRIu64,
                            ek__count(wanted).s, ek__count(count).s,
                            ek__count(story->results->calls).s, word, near);
}

bool ek__explain_call(struct ek__story *story, const char *number)
{
    const struct ek_recorded_call *call = call_of(story->replay, number_of(number));
    if (call == NULL)
        return missing_call(story, "call", number);
    ek__tell_call(story, call);
    return true;
}

/* ---- the picks of a call, and nothing else ---- */

bool ek__explain_pick(struct ek__story *story, const char *number)
{
    const struct ek_recorded_call *call = call_of(story->replay, number_of(number));
    size_t count, client_count, told = 0;
    const struct ek_replay_client *clients = ek_replay_clients(story->replay, &client_count);
    if (call == NULL)
        return missing_call(story, "pick", number);
    const char *policy = call->client < client_count ? clients[call->client].policy : "?";
    ek__tell_title(story, "call %s   %s of %s   %s", ek__count(call->number).s, policy,
                   call->client < client_count ? clients[call->client].name : "?",
                   ek__status_text(call->status));
    for (uint32_t i = 0; i < call->attempt_count; i++) {
        const struct ek_recorded_attempt *attempt = &call->attempts[i];
        ek__tell(story, "pick", EK__PLAIN, "of attempt %" PRIu32 " at %s -> %s, %s after %s", i + 1,
                 ek__moment_text(attempt->start_ns).s,
                 attempt->endpoint < story->results->endpoint_count
                     ? story->results->endpoint_names[attempt->endpoint]
                     : "no endpoint",
                 ek__status_text(attempt->status),
                 ek__duration(attempt->end_ns - attempt->start_ns).s);
        (void)ek_replay_candidates(story->traced, call->number, i + 1, &count);
        told += count;
        ek__tell_candidates(story, call, i + 1);
    }
    if (call->attempt_count == 0)
        ek__tell(story, "pick", EK__PLAIN, "none: the call ended before one");
    else if (told == 0)
        ek__tell(story, "", EK__DIM, "what it chose from is not in this recording");
    return true;
}

/* ---- the worst ---- */

/* Failed before slow, longer before shorter, earlier before later. */
static bool is_worse(const struct ek_recorded_call *call, const struct ek_recorded_call *than)
{
    if (than == NULL)
        return true;
    if ((call->status != EK_STATUS_OK) != (than->status != EK_STATUS_OK))
        return call->status != EK_STATUS_OK;
    /* Equal to the millisecond is equal: then the first one tells the story. */
    return (call->end_ns - call->planned_ns) / EK_MS > (than->end_ns - than->planned_ns) / EK_MS;
}

static const struct ek_recorded_call *worst_of(const struct ek_replay *replay)
{
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(replay, &count), *worst = NULL;
    for (size_t i = 0; i < count; i++)
        if (is_worse(&calls[i], worst))
            worst = &calls[i];
    return worst;
}

bool ek__explain_worst(struct ek__story *story)
{
    const struct ek_recorded_call *worst = worst_of(story->replay);
    if (worst == NULL)
        return ek__tell_missing(story, "no call is recorded");
    ek__tell_call(story, worst);
    return true;
}

/* ---- which one an explanation is about ---- */

static const struct ek_recorded_call *first_with(const struct ek_replay *replay, const char *status)
{
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(replay, &count);
    enum ek_status wanted;
    if (!ek_status_parse(status, &wanted))
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (calls[i].status == (int)wanted)
            return &calls[i];
    return NULL;
}

bool ek_explain_has_call(const struct ek_replay *replay, uint64_t number)
{
    return call_of(replay, number) != NULL;
}

static uint64_t number_to_trace(const struct ek_replay *replay, uint64_t number)
{
    const struct ek_recorded_call *call = call_of(replay, number);
    if (call != NULL)
        return call->attempt_count > 0 ? number : 0;
    return number <= ek_replay_results(replay)->calls ? number : 0;
}

uint64_t ek_explain_call_of(const struct ek_replay *replay, const char *what)
{
    const struct ek_recorded_call *call = NULL;
    if (strcmp(what, "worst") == 0)
        call = worst_of(replay);
    else if (strncmp(what, "error:", 6) == 0)
        call = first_with(replay, what + 6);
    else if (strncmp(what, "call:", 5) == 0 || strncmp(what, "pick:", 5) == 0)
        return number_to_trace(replay, number_of(what + 5));
    return call != NULL && call->attempt_count > 0 ? call->number : 0;
}
