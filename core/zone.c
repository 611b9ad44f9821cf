/* Where endpoints, callers and the client itself are: localities by number. */
#include "core/channel.h"

#include <string.h>

uint32_t ek__locality_number(struct ek_channel *ch, const char *text)
{
    struct ek__select *select = &ch->select;
    void *localities = select->localities;
    uint32_t number = 0;
    size_t size;

    if (text == NULL || text[0] == '\0')
        return EK__NOTHING;
    while (number < select->locality_count && strcmp(select->localities[number], text) != 0)
        number++;
    if (number < select->locality_count || number == EK__LOCALITIES_MAX)
        return number < EK__LOCALITIES_MAX ? number : EK__NOTHING;
    if (!ek_mem_grow(ch->mem, &localities, &select->locality_capacity, number + 1, sizeof(char *)))
        return EK__NOTHING;
    select->localities = localities;
    size = strlen(text) + 1;
    select->localities[number] = ek_mem_zeroed(ch->mem, size, 1);
    if (select->localities[number] == NULL)
        return EK__NOTHING;
    memcpy(select->localities[number], text, size);
    select->locality_count++;
    return number;
}

uint32_t ek__locality_weight(const struct ek_channel *ch, uint32_t locality)
{
    const struct ek_list *list = &ch->config->selection.locality_weights;
    const struct ek_locality_weight *weights = list->items;

    for (size_t i = 0; i < list->count && locality < ch->select.locality_count; i++)
        if (strcmp(weights[i].locality, ch->select.localities[locality]) == 0)
            return (uint32_t)weights[i].weight;
    return 0;
}

enum ek_err ek_channel_set_callers(struct ek_channel *ch, const struct ek_callers *callers,
                                   size_t count, ek_time now)
{
    struct ek__select *select = &ch->select;
    struct ek__callers *sum = &select->caller_sum;
    enum ek_err err = EK_OK;

    ek__turn_begin(ch, now, 0);
    memset(select->callers, 0, sizeof select->callers);
    *sum = (struct ek__callers){0};
    for (size_t i = 0; i < count; i++) {
        uint32_t number = ek__locality_number(ch, callers[i].locality);

        sum->total += callers[i].count;
        if (number == EK__NOTHING) {
            err = callers[i].locality != NULL ? EK_ELIMIT : err;
            continue;
        }
        sum->locality_count += select->callers[number] == 0 && callers[i].count > 0;
        select->callers[number] += callers[i].count;
    }
    if (select->own_locality < EK__LOCALITIES_MAX)
        sum->own = select->callers[select->own_locality];
    ch->picker.is_stale = true;
    ek__turn_end(ch);
    return err;
}

void ek__localities_deinit(struct ek_channel *ch)
{
    for (size_t i = 0; i < ch->select.locality_count; i++)
        ek_mem_free(ch->mem, ch->select.localities[i]);
    ek_mem_free(ch->mem, ch->select.localities);
}
