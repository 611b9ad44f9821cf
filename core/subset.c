/* Subsets: what calls ask of their endpoints, by number, and where that leads. */
#include "core/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ek__subset_has(const struct ek__subset *subset, const struct ek__endpoint *e)
{
    for (uint32_t i = 0; i < subset->label_count; i++)
        if (!ek__labels_have(e->labels, e->labels_size, &subset->labels[i]))
            return false;
    return true;
}

/* ---- which selector it falls under ---- */

static bool has_key(const struct ek_list *keys, const char *key)
{
    char *const *items = keys->items;

    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(items[i], key) == 0)
            return true;
    return false;
}

static const struct ek_selector *selector_of(const struct ek_subsets_config *config,
                                             const struct ek__subset *subset)
{
    const struct ek_selector *selectors = config->selectors.items;

    for (size_t i = 0; i < config->selectors.count; i++) {
        uint32_t found = 0;

        for (uint32_t k = 0; k < subset->label_count; k++)
            found += has_key(&selectors[i].keys, subset->labels[k].key);
        if (found == subset->label_count && found == selectors[i].keys.count)
            return &selectors[i];
    }
    return NULL;
}

static enum ek_err intern(struct ek_channel *ch, const struct ek_label *labels, size_t count,
                          uint32_t *out);

/* Looks its rule up in the config. Interns the subset of fewer keys that it may fall back to; that
 * has fewer labels, so this ends. */
static enum ek_err apply_config(struct ek_channel *ch, uint32_t number)
{
    const struct ek_subsets_config *config = &ch->config->selection.subsets;
    struct ek__subset *subset = &ch->select.views[number]->subset;
    const struct ek_selector *selector = selector_of(config, subset);
    struct ek_label fewer[EK__SUBSET_LABELS_MAX];
    size_t count = 0;

    subset->is_selectable = selector != NULL || config->selectors.count == 0;
    subset->fallback = selector == NULL || selector->fallback == EK_FALLBACK_INHERIT
                           ? config->fallback
                           : selector->fallback;
    subset->fewer = EK__NOTHING;
    subset->resolved_at = 0;
    if (subset->fallback != EK_FALLBACK_KEYS)
        return EK_OK;
    for (uint32_t i = 0; i < subset->label_count; i++)
        if (has_key(&selector->fallback_keys, subset->labels[i].key))
            fewer[count++] = subset->labels[i];
    return intern(ch, fewer, count, &subset->fewer);
}

/* ---- numbers ---- */

static int compare(const void *a, const void *b)
{
    return ek__label_compare(a, b);
}

static bool is_same(const struct ek__subset *subset, const struct ek_label *labels, size_t count)
{
    if (subset->label_count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (ek__label_compare(&subset->labels[i], &labels[i]) != 0)
            return false;
    return true;
}

static bool copy_labels(const struct ek_mem *mem, const struct ek_label *labels, size_t count,
                        struct ek__subset *subset)
{
    size_t size = 0;
    char *text;

    for (size_t i = 0; i < count; i++)
        size += strlen(labels[i].key) + strlen(labels[i].value) + 2;
    subset->labels = ek_mem_zeroed(mem, count, sizeof *subset->labels);
    text = ek_mem_zeroed(mem, size, 1);
    if (subset->labels == NULL || text == NULL) {
        ek_mem_free(mem, text);
        return false;
    }
    subset->text = text;
    subset->label_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        size_t key_size = strlen(labels[i].key) + 1, value_size = strlen(labels[i].value) + 1;

        subset->labels[i].key = memcpy(text, labels[i].key, key_size);
        subset->labels[i].value = memcpy(text + key_size, labels[i].value, value_size);
        text += key_size + value_size;
    }
    return true;
}

void ek__subset_free(struct ek_channel *ch, struct ek__subset *subset)
{
    ek_mem_free(ch->mem, subset->text);
    ek_mem_free(ch->mem, subset->labels);
}

static enum ek_err view_new(struct ek_channel *ch, const struct ek_label *labels, size_t count,
                            uint32_t *out)
{
    struct ek__select *select = &ch->select;
    void *views = select->views;
    struct ek__view *view;
    bool has_room = ek_mem_grow(ch->mem, &views, &select->view_capacity, select->view_count + 1,
                                sizeof(struct ek__view *));

    select->views = views;
    view = has_room ? ek_mem_zeroed(ch->mem, 1, sizeof *view) : NULL;
    if (view == NULL)
        return EK_ENOMEM;
    view->single = EK__NOTHING;
    if (!copy_labels(ch->mem, labels, count, &view->subset)) {
        ek__view_free(ch, view);
        return EK_ENOMEM;
    }
    *out = (uint32_t)select->view_count;
    select->views[select->view_count++] = view;
    return EK_OK;
}

static bool are_valid(const struct ek_label *sorted, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sorted[i].key[0] == '\0' || (i > 0 && strcmp(sorted[i].key, sorted[i - 1].key) == 0))
            return false;
    return true;
}

static enum ek_err intern(struct ek_channel *ch, const struct ek_label *labels, size_t count,
                          uint32_t *out)
{
    struct ek_label sorted[EK__SUBSET_LABELS_MAX];
    uint32_t number = 0;
    enum ek_err err;

    for (size_t i = 0; i < count; i++)
        sorted[i] = labels[i];
    qsort(sorted, count, sizeof *sorted, compare);
    if (!are_valid(sorted, count))
        return EK_EINVAL;
    while (number < ch->select.view_count &&
           !is_same(&ch->select.views[number]->subset, sorted, count))
        number++;
    if (number < ch->select.view_count) {
        *out = number;
        return EK_OK;
    }
    if (number == EK__SUBSETS_MAX)
        return EK_ELIMIT;
    err = view_new(ch, sorted, count, &number);
    if (err == EK_OK)
        err = apply_config(ch, number);
    if (err == EK_OK)
        *out = number;
    return err;
}

enum ek_err ek_channel_subset(struct ek_channel *ch, const struct ek_label *labels, size_t count,
                              uint32_t *out)
{
    if (count > EK__SUBSET_LABELS_MAX || (count > 0 && ek__is_first_mode(ch)))
        return EK_EINVAL;
    return intern(ch, labels, count, out);
}

/* ---- where it leads ---- */

static bool has_members(struct ek_channel *ch, uint32_t number)
{
    struct ek__view *view = ch->select.views[number];

    return ek__view_gather(ch, view) && view->count > 0;
}

static uint32_t default_view(struct ek_channel *ch)
{
    uint32_t number = ch->select.default_subset;

    if (number != EK__NOTHING && has_members(ch, number))
        return number;
    return ch->config->selection.subsets.any_if_default_empty ? 0 : EK__NOTHING;
}

static uint32_t fall_back(struct ek_channel *ch, int fallback)
{
    if (fallback == EK_FALLBACK_DEFAULT)
        return default_view(ch);
    return fallback == EK_FALLBACK_ANY ? 0 : EK__NOTHING;
}

uint32_t ek__subset_view(struct ek_channel *ch, uint32_t number)
{
    struct ek__subset *subset = &ch->select.views[number]->subset;

    if (subset->resolved_at == ch->select.listed)
        return subset->leads_to;
    if (number == 0)
        subset->leads_to =
            ch->config->selection.subsets.fallback == EK_FALLBACK_DEFAULT ? default_view(ch) : 0;
    else if (subset->is_selectable && has_members(ch, number))
        subset->leads_to = number;
    else if (subset->fallback == EK_FALLBACK_KEYS)
        subset->leads_to = ek__subset_view(ch, subset->fewer);
    else
        subset->leads_to = fall_back(ch, subset->fallback);
    subset->resolved_at = ch->select.listed;
    return subset->leads_to;
}

void ek__subset_text(const struct ek_channel *ch, uint32_t number, char *out, size_t size)
{
    const struct ek__subset *subset = &ch->select.views[number]->subset;
    size_t used = (size_t)snprintf(out, size, "no endpoint has ");

    if (subset->label_count == 0)
        snprintf(out, size, "no endpoint belongs to the default subset");
    for (uint32_t i = 0; i < subset->label_count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s=%s", i > 0 ? ", " : "",
                                 subset->labels[i].key, subset->labels[i].value);
    if (used < size)
        snprintf(out + strlen(out), size - strlen(out), " (of %zu listed)", ch->listed_count);
}

/* ---- the config's own ---- */

static enum ek_err intern_config(struct ek_channel *ch, const struct ek_list *texts, uint32_t *out)
{
    char keys[EK__SUBSET_LABELS_MAX][EK__LABEL_SIZE_MAX];
    struct ek_label labels[EK__SUBSET_LABELS_MAX];
    char *const *items = texts->items;

    *out = EK__NOTHING;
    if (texts->count == 0)
        return EK_OK;
    for (size_t i = 0; i < texts->count; i++) { /* checked when the config was read */
        if (!ek__selection_split(items[i], keys[i], sizeof keys[i], &labels[i].value))
            return EK_EINVAL;
        labels[i].key = keys[i];
    }
    return ek_channel_subset(ch, labels, texts->count, out);
}

enum ek_err ek__subsets_start(struct ek_channel *ch)
{
    const struct ek_selection_config *selection = &ch->config->selection;
    enum ek_err err = EK_OK;
    uint32_t all;

    if (ch->select.view_count == 0)
        err = view_new(ch, NULL, 0, &all);
    ch->select.default_subset = ch->select.canary_subset = EK__NOTHING;
    for (uint32_t i = 1; i < ch->select.view_count && err == EK_OK; i++)
        err = apply_config(ch, i);
    if (err == EK_OK && !ek__is_first_mode(ch))
        err = intern_config(ch, &selection->subsets.default_labels, &ch->select.default_subset);
    if (err == EK_OK && !ek__is_first_mode(ch))
        err = intern_config(ch, &selection->canary.labels, &ch->select.canary_subset);
    return err;
}
