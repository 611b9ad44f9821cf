/* What a channel wants done: actions in line, with room for what must not be lost.
 *
 * An attempt that cannot be told of, or a call that never ends, would break the driver's books. So
 * room for the actions that one turn can bring is found when a call, an attempt or an endpoint is
 * taken in, which may fail; what is only noted is left out when there is no memory. */
#include "core/channel.h"

enum {
    ROOM_ALWAYS = 16,  /* queries, of the resolver and for a key; and some to spare */
    ROOM_ENDPOINT = 2, /* CONNECT and CLOSE ... */
    ROOM_PROBED = 2,   /* ... PROBE and PROBE_CANCEL */
    ROOM_CALL = 1,     /* FINISH */
    ROOM_ATTEMPT = 2,  /* CANCEL, and SEND of the next one */
    ROOM_NOTES = 256   /* and a quarter, in a ring that is made smaller */
};

/* Actions that must not be lost and that one turn can bring. */
static size_t room_needed(const struct ek_channel *ch, size_t endpoints)
{
    size_t each = ROOM_ENDPOINT;

    if (ch->config->health.kind != EK_PROBE_NONE)
        each += ROOM_PROBED;
    return ROOM_ALWAYS + each * endpoints + ROOM_CALL * ch->call_capacity +
           ROOM_ATTEMPT * ch->attempt_capacity;
}

static bool grow(struct ek_channel *ch, size_t wanted)
{
    size_t old = ch->output_capacity;
    void *ring = ch->output;

    if (!ek_mem_grow(ch->mem, &ring, &ch->output_capacity, wanted, sizeof *ch->output))
        return false;
    ch->output = ring;
    if (old == 0 || old == ch->output_capacity)
        return true;
    /* The part that had wrapped around moves to the end of the larger ring. */
    for (size_t i = old; i-- > ch->output_head;)
        ch->output[i + ch->output_capacity - old] = ch->output[i];
    ch->output_head += ch->output_capacity - old;
    return true;
}

bool ek__output_reserve(struct ek_channel *ch, size_t endpoints)
{
    size_t needed;

    if (endpoints < ch->listed_count)
        endpoints = ch->listed_count;
    needed = room_needed(ch, endpoints);
    if (!grow(ch, needed))
        return false;
    ch->output_kept = needed;
    return true;
}

/* A first list brings several notes of each endpoint: the ring that took them is not needed again.
 */
static void trim(struct ek_channel *ch)
{
    size_t wanted = ch->output_kept + ch->output_kept / 4 + ROOM_NOTES;
    void *ring;

    if (ch->output_capacity / 2 < wanted)
        return;
    ring = ch->mem->resize(ch->mem->context, ch->output, wanted * sizeof *ch->output);
    if (ring == NULL)
        return;
    ch->output = ring;
    ch->output_capacity = wanted;
}

struct ek_action *ek__emit(struct ek_channel *ch, enum ek_action_kind kind)
{
    struct ek__output *output = &ch->output_lost;
    size_t tail, kept = kind == EK_ACTION_NOTE ? ch->output_kept : 0;
    bool has_room =
        ch->output_count + kept < ch->output_capacity || grow(ch, ch->output_count + kept + 1);

    EK_ASSERT(has_room || kind == EK_ACTION_NOTE);
    if (has_room) {
        tail = ch->output_head + ch->output_count++;
        output = &ch->output[tail < ch->output_capacity ? tail : tail - ch->output_capacity];
    }
    *output = (struct ek__output){
        .action = {.kind = kind, .endpoint = EK_NO_ENDPOINT, .cause = ch->cause}};
    return &output->action;
}

struct ek_action *ek__note(struct ek_channel *ch, enum ek_note note, uint32_t endpoint)
{
    struct ek_action *action = ek__emit(ch, EK_ACTION_NOTE);

    action->note = note;
    action->endpoint = endpoint;
    return action;
}

struct ek_action *ek_channel_pull(struct ek_channel *ch)
{
    struct ek__output *output = &ch->output[ch->output_head];

    if (ch->output_count == 0) {
        ek__endpoints_bury(ch);
        trim(ch);
        return NULL;
    }
    output->action.text = ek__action_text(ch, output);
    if (++ch->output_head == ch->output_capacity)
        ch->output_head = 0;
    if (--ch->output_count == 0)
        ch->output_head = 0; /* the first ones are the warmest */
    return &output->action;
}

bool ek_channel_output(struct ek_channel *ch, struct ek_action *out)
{
    const struct ek_action *action = ek_channel_pull(ch);

    if (action != NULL)
        *out = *action;
    return action != NULL;
}
