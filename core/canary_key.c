#include "core/canary_key.h"

#include "core/channel.h"
#include "core/resolver/consul.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VALUE_SIZE_MAX = 4096,
    NUMBER_SIZE_MAX = 16,
    ROOM = 64 /* for index and wait */
};

/* As for a service: consul_options.c. */
static const int64_t wait_ns = 60 * EK_S, slack_ns = 5 * EK_S, read_timeout_ns = 10 * EK_S;
static const struct ek__pace_limits limits = {EK_S, 30 * EK_S, EK_S};

/* ---- the value ---- */

/* Cuts white space off both ends; returns the length that is left. */
static size_t trim(const char **text, size_t size)
{
    while (size > 0 && memchr(" \t\r\n", (*text)[size - 1], 4) != NULL)
        size--;
    for (; size > 0 && memchr(" \t\r\n", **text, 4) != NULL; size--)
        ++*text;
    return size;
}

/* "12.5", "12.5%", with white space around. */
static bool read_text(const char *text, size_t size, int64_t *share_ppm)
{
    char number[NUMBER_SIZE_MAX + 2], why[128];
    json_t *json;
    bool is_share;

    size = trim(&text, size);
    if (size > 0 && text[size - 1] == '%')
        size = trim(&text, size - 1);
    if (size == 0 || size > NUMBER_SIZE_MAX)
        return false;
    memcpy(number, text, size);
    memcpy(number + size, "%", 2);
    json = json_string(number);
    is_share = json != NULL &&
               ek_option_scalar(EK_OPTION_SHARE, json, share_ppm, why, sizeof why) &&
               *share_ppm >= 0 && *share_ppm <= 1000000;
    json_decref(json);
    return is_share;
}

static bool read_json(const json_t *json, int64_t *share_ppm)
{
    const json_t *share = json_object_get(json, "share");
    char *text;
    bool is_share;

    if (json_is_string(share))
        return read_text(json_string_value(share), json_string_length(share), share_ppm);
    if (!json_is_number(share))
        return false;
    text = json_dumps(share, JSON_ENCODE_ANY | JSON_REAL_PRECISION(7));
    is_share = text != NULL && read_text(text, strlen(text), share_ppm);
    free(text);
    return is_share;
}

bool ek__canary_read(const char *body, size_t size, int64_t *share_ppm)
{
    int64_t ppm = 0;
    json_t *json;
    bool is_share;

    if (body == NULL || size > VALUE_SIZE_MAX)
        return false;
    json = json_loadb(body, size, 0, NULL);
    is_share = json != NULL ? read_json(json, &ppm) : read_text(body, size, &ppm);
    json_decref(json);
    if (is_share)
        *share_ppm = ppm;
    return is_share;
}

/* ---- the query ---- */

static void arm(struct ek_channel *ch)
{
    ek__timers_arm(&ch->guard_timers, EK__TIMER_CANARY, ch->select.canary_key.pace.next);
}

static void ask(struct ek_channel *ch)
{
    struct ek__canary_key *k = &ch->select.canary_key;
    char *rest = k->target + k->head_size;
    size_t room = k->target_size - k->head_size;
    int64_t timeout_ns = k->index > 0 ? wait_ns + wait_ns / 16 + slack_ns : read_timeout_ns;
    struct ek_action *action = ek__emit(ch, EK_ACTION_HTTP_GET);

    if (k->index > 0)
        snprintf(rest, room, "index=%" PRIu64 "&raw=&wait=%" PRId64 "ms", k->index,
                 wait_ns / EK_MS);
    else
        snprintf(rest, room, "raw=");
    k->query = ++ch->query_count;
    k->asked = ch->now;
    ek__pace_ask(&k->pace, timeout_ns, ch->now);
    action->query = k->query;
    action->value = timeout_ns;
    action->text = k->target;
}

static void cancel(struct ek_channel *ch)
{
    struct ek__canary_key *k = &ch->select.canary_key;

    if (k->query != 0)
        ek__emit(ch, EK_ACTION_HTTP_CANCEL)->query = k->query;
    k->query = 0;
    k->pace.is_asking = false;
}

/* ---- the answer ---- */

/* The share stays; said once for each reason. */
static void ignore(struct ek_channel *ch, const char *why)
{
    struct ek__canary_key *k = &ch->select.canary_key;
    struct ek_action *note;
    char text[sizeof k->text];

    snprintf(text, sizeof text, "key %.100s: %.80s", k->key, why);
    if (k->is_ignored && strcmp(text, k->text) == 0)
        return;
    k->is_ignored = true;
    memcpy(k->text, text, sizeof k->text);
    note = ek__note(ch, EK_NOTE_CANARY_IGNORED, EK_NO_ENDPOINT);
    note->value = ch->select.canary_ppm;
    note->text = k->text;
}

static void fail(struct ek_channel *ch, const char *why)
{
    struct ek__canary_key *k = &ch->select.canary_key;

    k->index = 0;
    ignore(ch, why);
    ek__pace_fail(&k->pace, ch->now);
}

static void tell(struct ek_channel *ch)
{
    struct ek__canary_key *k = &ch->select.canary_key;
    struct ek_action *note = ek__note(ch, EK_NOTE_CANARY, EK_NO_ENDPOINT);
    int64_t ppm = ch->select.canary_ppm;

    snprintf(k->text, sizeof k->text, "canary %" PRId64 ".%02" PRId64 " %%, key %.100s",
             ppm / 10000, ppm / 100 % 100, k->key);
    note->value = ppm;
    note->text = k->text;
}

static void believe(struct ek_channel *ch, const struct ek_http_answer *http)
{
    struct ek__canary_key *k = &ch->select.canary_key;
    int64_t share_ppm;

    if (http->status == 404) {
        ignore(ch, k->has_value ? "it is gone" : "there is none");
    } else if (!ek__canary_read(http->body, http->body_size, &share_ppm)) {
        ignore(ch, "its value is no share such as 12.5%");
    } else {
        bool is_news = share_ppm != ch->select.canary_ppm || !k->has_value || k->is_ignored;

        k->has_value = true;
        k->is_ignored = false;
        ch->select.canary_ppm = share_ppm;
        if (is_news)
            tell(ch);
    }
}

/* Consul's rules for an index, as in resolver/consul.c. */
static void read_answer(struct ek_channel *ch, const struct ek_http_answer *http)
{
    struct ek__canary_key *k = &ch->select.canary_key;
    uint64_t index = http->index > 0 ? http->index : 1, last = k->index;

    k->pace.failures = 0;
    if (http->index > 0 && index == last) { /* nothing new, or nothing more to wait for here */
        if (ek_time_since(ch->now, k->asked) < wait_ns - wait_ns / 16)
            k->index = 0;
    } else if (index < last) {
        k->index = 0;
    } else {
        k->index = index;
        believe(ch, http);
    }
    ek__pace_rest(&k->pace, 0, ch->now);
}

bool ek__canary_answer(struct ek_channel *ch, const struct ek_event *event)
{
    struct ek__canary_key *k = &ch->select.canary_key;
    const struct ek_http_answer *http = event->answer;
    char why[80];

    if (k->query == 0 || event->query != k->query)
        return false;
    k->query = 0;
    if (http->status == 200 || http->status == 404) {
        read_answer(ch, http);
    } else {
        if (http->status == 0)
            snprintf(why, sizeof why, "no answer from the registry");
        else
            snprintf(why, sizeof why, "the registry answered %d", http->status);
        fail(ch, why);
    }
    ek__canary_timer(ch);
    return true;
}

/* ---- turns ---- */

void ek__canary_timer(struct ek_channel *ch)
{
    struct ek__canary_key *k = &ch->select.canary_key;

    if (ek__pace_is_late(&k->pace, ch->now)) {
        bool was_parked = k->index > 0;

        cancel(ch);
        fail(ch, "no answer from the registry: timed out");
        if (was_parked && k->pace.failures == 1)
            ek__pace_rest(&k->pace, 0, ch->now);
    }
    if (ek__pace_is_due(&k->pace, ch->now))
        ask(ch);
    arm(ch);
}

void ek__canary_rest(struct ek_channel *ch)
{
    cancel(ch);
    ch->select.canary_key.index = 0;
}

static bool watch(struct ek_channel *ch, const char *key)
{
    struct ek__canary_key *k = &ch->select.canary_key;
    char *p;

    k->key = key;
    if (key == NULL)
        return true;
    k->target_size = sizeof "/v1/kv/?" + 3 * strlen(key) + ROOM;
    k->target = ek_mem_zeroed(ch->mem, 1, k->target_size);
    if (k->target == NULL)
        return false;
    memcpy(k->target, "/v1/kv/", 7);
    p = k->target + 7;
    p += ek__consul_escape(p, key, "/");
    *p++ = '?';
    k->head_size = (size_t)(p - k->target);
    ek__pace_init(&k->pace, limits, ek_rng_derive(ch->seed, "canary key", ch->id), ch->now);
    return true;
}

bool ek__canary_start(struct ek_channel *ch)
{
    struct ek__canary_key *k = &ch->select.canary_key;
    const char *key =
        ch->select.canary_subset != EK__NOTHING ? ch->config->selection.canary.key : NULL;
    bool was_watched = k->target != NULL;
    bool is_same = was_watched && key != NULL && strcmp(k->key, key) == 0;
    int64_t share_ppm = ch->config->selection.canary.share_ppm;

    /* What a driver or the key has set stands until a config brings another share. */
    if ((share_ppm != ch->select.canary_config_ppm && !(is_same && k->has_value)) ||
        (was_watched && !is_same))
        ch->select.canary_ppm = share_ppm;
    ch->select.canary_config_ppm = share_ppm;
    if (is_same) {
        k->key = key;
    } else {
        cancel(ch);
        ek__timers_cancel(&ch->guard_timers, EK__TIMER_CANARY);
        ek__canary_deinit(ch);
        if (!watch(ch, key))
            return false;
    }
    if (k->target != NULL)
        ek__canary_timer(ch);
    return true;
}

void ek__canary_deinit(struct ek_channel *ch)
{
    struct ek__canary_key *k = &ch->select.canary_key;

    ek_mem_free(ch->mem, k->target);
    *k = (struct ek__canary_key){.key = NULL};
}
