#include "core/resolver/belief.h"

#include "evenkeel/mem.h"

#include <stdlib.h>
#include <string.h>

const char *const ek__empty_words[] = {"keep", "trust", "hold", NULL};

/* ---- what is known ---- */

static int by_text(const void *a, const void *b)
{
    const struct ek__known *x = a, *y = b;

    return strcmp(x->address.text, y->address.text);
}

static int by_rank(const void *a, const void *b)
{
    const struct ek__known *const *x = a, *const *y = b;

    if ((*x)->rank != (*y)->rank)
        return (*x)->rank < (*y)->rank ? -1 : 1;
    return strcmp((*x)->address.text, (*y)->address.text);
}

/* Moves the answer into an array sorted by text. */
static struct ek__known *read_answer(struct ek__addresses *list)
{
    struct ek__known *answer = ek_mem_zeroed(&ek_mem_libc, list->count + 1, sizeof *answer);

    for (size_t i = 0; i < list->count && answer != NULL; i++) {
        answer[i].address = list->items[i];
        answer[i].rank = (uint32_t)i;
        answer[i].is_claimed = true;
    }
    if (answer != NULL) {
        qsort(answer, list->count, sizeof *answer, by_text);
        list->count = 0;
    }
    return answer;
}

static ek_time later(ek_time a, ek_time b)
{
    return ek_time_before(a, b) ? b : a;
}

/* The answer has one that is known: it may have been away. */
static void renew(struct ek__belief *belief, struct ek__known *known, struct ek__known *answer,
                  ek_time now)
{
    int64_t damping_ns = belief->options.damping_ns;

    answer->steady = known->steady;
    if (!known->is_claimed && ek_time_since(now, known->left) < damping_ns)
        answer->steady = ek_time_add(now, damping_ns);
    answer->is_published = known->is_published;
    ek_mem_free(&ek_mem_libc, known->address.text);
}

static ek_time stays_until(const struct ek__known *known)
{
    return later(known->stays, known->spared);
}

/* How far an answer is to be trusted. */
enum doubt {
    TRUSTED, /* also to settle what those before it left open */
    PLAUSIBLE,
    SHRUNK
};

/* The answer lacks it. */
static void miss(const struct ek__belief *belief, struct ek__known *known, enum doubt doubt,
                 ek_time now)
{
    const struct ek__belief_options *o = &belief->options;

    if (doubt == TRUSTED)
        known->spared = now;
    if (!known->is_claimed)
        return;
    known->is_claimed = false;
    known->rank = UINT32_MAX;
    known->left = now;
    known->stays = ek_time_add(now, o->grace_ns);
    if (doubt == SHRUNK)
        known->spared = ek_time_add(now, o->shrink_ns);
    if (ek_time_before(now, known->steady)) {
        known->stays = later(known->stays, ek_time_add(now, o->damping_ns));
        known->steady = ek_time_add(now, o->damping_ns);
    }
}

/* Of no use any more, not even to tell whether it flaps. */
static bool is_history(const struct ek__belief *belief, const struct ek__known *known, ek_time now)
{
    return !known->is_claimed && !ek_time_before(now, stays_until(known)) &&
           ek_time_since(now, known->left) >= belief->options.damping_ns;
}

/* Merges the answer, sorted, into what is known. */
static bool merge(struct ek__belief *belief, struct ek__known *answer, size_t count,
                  enum doubt doubt, ek_time now)
{
    size_t most = belief->known_count + count, a = 0, k = 0, used = 0;
    struct ek__known *merged = ek_mem_zeroed(&ek_mem_libc, most + 1, sizeof *merged);

    if (merged == NULL)
        return false;
    while (a < count || k < belief->known_count) {
        struct ek__known *known = k < belief->known_count ? &belief->known[k] : NULL;
        int order = a == count ? 1 : known == NULL ? -1 : by_text(&answer[a], known);

        if (order <= 0) {
            if (order == 0) {
                renew(belief, known, &answer[a], now);
                k++;
            }
            merged[used++] = answer[a++];
        } else {
            miss(belief, known, doubt, now);
            merged[used++] = *known;
            k++;
        }
    }
    ek_mem_free(&ek_mem_libc, belief->known);
    belief->known = merged;
    belief->known_count = used;
    belief->known_capacity = most + 1;
    return true;
}

static void forget(struct ek__belief *belief, ek_time now)
{
    size_t kept = 0;

    for (size_t i = 0; i < belief->known_count; i++) {
        if (is_history(belief, &belief->known[i], now))
            ek_mem_free(&ek_mem_libc, belief->known[i].address.text);
        else
            belief->known[kept++] = belief->known[i];
    }
    belief->known_count = kept;
}

/* ---- what is published ---- */

static bool collect(struct ek__belief *belief, ek_time now, struct ek__addresses *out)
{
    const struct ek__known **order =
        ek_mem_zeroed(&ek_mem_libc, belief->known_count + 1, sizeof(struct ek__known *));
    size_t count = 0;
    bool is_done = order != NULL;

    for (size_t i = 0; i < belief->known_count && is_done; i++) {
        struct ek__known *known = &belief->known[i];

        known->is_published = known->is_claimed || ek_time_before(now, stays_until(known));
        if (known->is_published)
            order[count++] = known;
        if (known->is_published && !known->is_claimed)
            belief->due = ek_time_min(belief->due, stays_until(known));
    }
    if (is_done && belief->keeps_order)
        qsort(order, count, sizeof(struct ek__known *), by_rank);
    for (size_t i = 0; i < count && is_done; i++)
        is_done = ek__addresses_add(out, &order[i]->address) == EK_OK;
    ek_mem_free(&ek_mem_libc, order);
    return is_done;
}

static bool publish(struct ek__belief *belief, ek_time now, struct ek__belief_news *news)
{
    struct ek__addresses list = {NULL, 0, 0};

    forget(belief, now);
    belief->due = EK_TIME_NEVER;
    if (!collect(belief, now, &list)) {
        ek__addresses_deinit(&list);
        return false;
    }
    if (!belief->is_published || !ek__addresses_equal(&list, &belief->list)) {
        struct ek__addresses last = belief->list;

        belief->list = list;
        list = last;
        belief->is_published = true;
        news->is_changed = true;
    }
    ek__addresses_deinit(&list);
    return true;
}

/* ---- offers ---- */

static bool hold_is_over(const struct ek__belief *belief, ek_time now)
{
    return belief->is_holding && !ek_time_before(now, belief->hold_end);
}

/* Where nothing with members was ever known there is nothing to keep, and "none" is the answer. */
static bool refuses_empty(struct ek__belief *belief, ek_time now)
{
    int empty = belief->options.empty;

    if (belief->list.count == 0 || empty == EK__EMPTY_TRUST)
        return false;
    if (!belief->is_holding)
        belief->hold_end = ek_time_add(now, belief->options.hold_ns);
    belief->is_holding = empty == EK__EMPTY_HOLD;
    return !hold_is_over(belief, now);
}

/* Of those that are published, how many the answer, sorted, lacks. */
static size_t count_lost(const struct ek__belief *belief, const struct ek__known *answer,
                         size_t count)
{
    size_t lost = 0;

    for (size_t k = 0, a = 0; k < belief->known_count; k++) {
        while (a < count && by_text(&answer[a], &belief->known[k]) < 0)
            a++;
        lost += belief->known[k].is_published &&
                (a == count || by_text(&answer[a], &belief->known[k]) != 0);
    }
    return lost;
}

static enum doubt doubt_of(const struct ek__belief *belief, const struct ek__known *answer,
                           size_t count)
{
    uint64_t held = belief->list.count, lost_ppm = (uint64_t)belief->options.shrink_ppm;

    if (count > 0 && (uint64_t)count * 1000000 < held * (1000000 - lost_ppm))
        return SHRUNK;
    return (uint64_t)count_lost(belief, answer, count) * 1000000 <= held * lost_ppm ? TRUSTED
                                                                                    : PLAUSIBLE;
}

static bool take(struct ek__belief *belief, struct ek__addresses *list, ek_time now,
                 struct ek__belief_news *news)
{
    size_t count = list->count;
    struct ek__known *answer = read_answer(list);
    enum doubt doubt;

    if (answer == NULL)
        return false;
    doubt = doubt_of(belief, answer, count);
    if (!merge(belief, answer, count, doubt, now)) {
        for (size_t i = 0; i < count; i++)
            ek_mem_free(&ek_mem_libc, answer[i].address.text);
        ek_mem_free(&ek_mem_libc, answer);
        return false;
    }
    ek_mem_free(&ek_mem_libc, answer);
    news->is_shrink_refused = doubt == SHRUNK && !belief->is_shrunk;
    belief->is_shrunk = doubt == SHRUNK;
    belief->is_holding = false;
    return publish(belief, now, news);
}

bool ek__belief_offer(struct ek__belief *belief, struct ek__addresses *list, ek_time now,
                      struct ek__belief_news *news)
{
    bool is_done = true;

    *news = (struct ek__belief_news){0};
    if (list->count == 0 && refuses_empty(belief, now))
        news->is_empty_refused = true;
    else
        is_done = take(belief, list, now, news);
    ek__addresses_deinit(list);
    return is_done;
}

/* ---- time ---- */

ek_time ek__belief_deadline(const struct ek__belief *belief)
{
    ek_time due = belief->is_published ? belief->due : EK_TIME_NEVER;

    return belief->is_holding ? ek_time_min(due, belief->hold_end) : due;
}

bool ek__belief_tick(struct ek__belief *belief, ek_time now, struct ek__belief_news *news)
{
    struct ek__addresses none = {NULL, 0, 0};

    *news = (struct ek__belief_news){0};
    if (ek_time_before(now, ek__belief_deadline(belief)))
        return true;
    if (hold_is_over(belief, now))
        return take(belief, &none, now, news);
    return publish(belief, now, news);
}

void ek__belief_deinit(struct ek__belief *belief)
{
    for (size_t i = 0; i < belief->known_count; i++)
        ek_mem_free(&ek_mem_libc, belief->known[i].address.text);
    ek_mem_free(&ek_mem_libc, belief->known);
    ek__addresses_deinit(&belief->list);
}
