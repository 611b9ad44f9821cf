/* What a fault led to, along recorded causes, with the time that each step took. */
#include "reports/graph/graph.h"

#include "reports/explain/effects.h"
#include "reports/explain/story.h"
#include "reports/graph/picture.h"
#include "reports/text/render_text.h"

#include <stdlib.h>
#include <string.h>

static const struct ek_failover *find_fault(const struct ek_results *results, const char *id)
{
    for (size_t i = 0; i < results->fault_count; i++)
        if (id == NULL || strcmp(results->faults[i].id, id) == 0)
            return &results->faults[i];
    return NULL;
}

static enum ek__tone tone_of(const struct ek__effect *effect)
{
    switch (effect->kind) {
    case EK_RECORD_FAULT_BEGIN:
    case EK_RECORD_FAULT_END:
        return EK__TONE_FAULT;
    case EK_RECORD_ATTEMPT_FAILED:
    case EK_RECORD_CALL_FAILED:
    case EK_RECORD_RESOLVER_ERROR:
    case EK_RECORD_THROTTLED:
    case EK_RECORD_OVERFLOW:
    case EK_RECORD_REJECTED:
    case EK_RECORD_CONFIG_REFUSED:
    case EK_RECORD_CANARY_IGNORED:
        return EK__TONE_BAD;
    case EK_RECORD_PROCESS:
        return effect->variant == EK_PROCESS_UP ? EK__TONE_GOOD : EK__TONE_BAD;
    case EK_RECORD_CHECK:
        return effect->variant == 1 ? EK__TONE_GOOD : EK__TONE_REACTS;
    case EK_RECORD_SUBCHANNEL_STATE:
        return effect->variant == EK__SUBCHANNEL_READY   ? EK__TONE_GOOD
               : effect->variant == EK__SUBCHANNEL_FAILS ? EK__TONE_BAD
                                                         : EK__TONE_REACTS;
    case EK_RECORD_RETURNED:
    case EK_RECORD_ENDPOINT_ADDED:
    case EK_RECORD_REGISTERED:
    case EK_RECORD_HEALTHY:
        return EK__TONE_GOOD;
    case EK_RECORD_EJECTED:
    case EK_RECORD_RETRY:
    case EK_RECORD_ENDPOINT_REMOVED:
    case EK_RECORD_DEREGISTERED:
    case EK_RECORD_EMPTY_IGNORED:
    case EK_RECORD_UNHEALTHY:
    case EK_RECORD_SPARED:
    case EK_RECORD_HEDGE:
    case EK_RECORD_TRANSPARENT:
    case EK_RECORD_SHRINK_IGNORED:
    case EK_RECORD_VIEW_AGED:
        return EK__TONE_REACTS;
    case EK_RECORD_RESOLVED:
        return effect->variant == 0 ? EK__TONE_BAD : EK__TONE_PLAIN;
    case EK_RECORD_CHANNEL_STATE:
    case EK_RECORD_QUERY:
    case EK_RECORD_WOKEN:
    case EK_RECORD_CLOCK_BACKWARDS:
    case EK_RECORD_CONFIG:
    case EK_RECORD_CANARY:
    case EK_RECORD_SCENARIO:
    case EK_RECORD_COUNT:
        return EK__TONE_PLAIN;
    }
    return EK__TONE_PLAIN;
}

/* Words in lines of about this many columns. */
static void fold(const char *text, char *out, size_t size)
{
    enum {
        WIDTH = 26
    };
    size_t used = 0;
    while (*text != '\0' && used + 2 < size) {
        size_t bytes = ek__fit_words(text, WIDTH);
        if (bytes > size - used - 2)
            bytes = size - used - 2;
        memcpy(out + used, text, bytes);
        used += bytes;
        text += bytes;
        text += strspn(text, " ");
        if (*text != '\0')
            out[used++] = '\n';
    }
    out[used] = '\0';
}

static void delay_text(const struct ek__effect *effect, char *out, size_t size)
{
    int64_t spread_ns = effect->delay_max_ns - effect->delay_min_ns;
    if (spread_ns > effect->delay_min_ns / 20 && spread_ns > 0)
        snprintf(out, size, "+%.30s .. %.30s", ek__duration(effect->delay_min_ns).s,
                 ek__duration(effect->delay_max_ns).s);
    else
        snprintf(out, size, "+%s", ek__duration(effect->delay_min_ns).s);
}

static void effect_box(struct ek__picture *picture, const struct ek_replay *replay,
                       const struct ek__effect *effect, const struct ek_failover *fault)
{
    char text[400], words[200], folded[EK__BOX_TEXT_MAX - 50], box[EK__BOX_TEXT_MAX];
    if (effect->kind == EK_RECORD_FAULT_BEGIN)
        snprintf(text, sizeof text, "%.40s: %s", fault->id,
                 ek__fault_text(fault, words, sizeof words));
    else if (effect->kind == EK_RECORD_FAULT_END)
        snprintf(text, sizeof text, "%.40s ends", fault->id);
    else
        ek__effect_text(replay, effect, text, sizeof text);
    fold(text, folded, sizeof folded);
    snprintf(box, sizeof box, "%s\n%.40s", folded, ek__moment_text(effect->first_ns).s);
    unsigned index = ek__picture_box(picture, box, tone_of(effect));
    if (index == EK__BOXES_MAX)
        return;
    picture->boxes[index].is_bold = effect->is_critical;
    picture->boxes[index].is_round =
        effect->kind == EK_RECORD_FAULT_BEGIN || effect->kind == EK_RECORD_FAULT_END;
}

/* Traffic is measured, not caused: its boxes hang on the fault by dashed lines. */
static void measured_box(struct ek__picture *picture, unsigned from, const char *text, int64_t ns,
                         enum ek__tone tone)
{
    char label[80];
    size_t arrows = picture->arrow_count;
    unsigned box = ek__picture_box(picture, text, tone);
    snprintf(label, sizeof label, "+%s", ek__duration(ns).s);
    ek__picture_arrow(picture, from, box, label, false);
    if (box == EK__BOXES_MAX || picture->arrow_count == arrows)
        return;
    picture->boxes[box].is_round = true;
    picture->arrows[arrows].is_dashed = true;
}

static void fill(struct ek__picture *picture, const struct ek_replay *replay,
                 const struct ek__effects *effects, const struct ek_failover *fault)
{
    unsigned end = EK__BOXES_MAX;
    for (size_t i = 0; i < effects->count; i++) {
        const struct ek__effect *effect = &effects->items[i];
        char label[80];
        effect_box(picture, replay, effect, fault);
        if (effect->kind == EK_RECORD_FAULT_END)
            end = (unsigned)i;
        if (effect->parent == SIZE_MAX)
            continue;
        delay_text(effect, label, sizeof label);
        ek__picture_arrow(picture, (unsigned)effect->parent, (unsigned)i, label,
                          effect->is_critical && effects->items[effect->parent].is_critical);
    }
    if (fault->divert_ns >= 0)
        measured_box(picture, 0, "measured: traffic\nhas left", fault->divert_ns, EK__TONE_REACTS);
    if (fault->divert_ns >= 0 && fault->recover_ns >= 0)
        measured_box(picture, end == EK__BOXES_MAX ? 0 : end,
                     "measured: traffic\nis back at 95 %\nof its share", fault->recover_ns,
                     EK__TONE_GOOD);
}

char *ek_graph_causality(const struct ek_replay *replay, const char *fault_id,
                         enum ek_graph_language language)
{
    const struct ek_results *results = ek_replay_results(replay);
    const struct ek_failover *fault = find_fault(results, fault_id);
    struct ek__effects *effects = calloc(1, sizeof *effects);
    struct ek__picture *picture = calloc(1, sizeof *picture);
    char *text = NULL, title[100];
    if (fault != NULL && effects != NULL && picture != NULL &&
        ek__effects_of(effects, replay, fault->first_record) && effects->count > 0) {
        snprintf(title, sizeof title, "what %.40s led to", fault->id);
        picture->results = results;
        picture->title = title;
        picture->legend = "arrow: a recorded cause and the time it took   bold: what took the "
                          "traffic away, and what brought it back   dashed: measured";
        fill(picture, replay, effects, fault);
        text = ek__picture_text(picture, language);
    }
    free(picture);
    free(effects);
    return text;
}
