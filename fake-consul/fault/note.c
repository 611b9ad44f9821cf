/* The notes of what happened, a ring of the latest. */
#include <string.h>

#include "fake-consul/state.h"

static void cut(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);

    if (length >= size)
        length = size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

void ek__consul_note_add(struct ek_consul *consul, enum ek_consul_note_kind kind, uint32_t agent,
                         const char *service, const char *subject, const char *text, uint32_t count)
{
    struct ek_consul_note *note;

    if (consul->note_count == EK__CONSUL_NOTES_MAX) {
        consul->note_first = (consul->note_first + 1) % EK__CONSUL_NOTES_MAX;
        consul->note_count--;
    }
    note = &consul->notes[(consul->note_first + consul->note_count++) % EK__CONSUL_NOTES_MAX];
    *note = (struct ek_consul_note){.kind = kind,
                                    .id = ++consul->note_id,
                                    .cause = consul->cause,
                                    .index = consul->index,
                                    .agent = agent,
                                    .count = count};
    cut(note->service, sizeof note->service, service);
    cut(note->subject, sizeof note->subject, subject);
    cut(note->text, sizeof note->text, text);
}

bool ek_consul_note(struct ek_consul *consul, struct ek_consul_note *out)
{
    if (consul->note_count == 0)
        return false;
    *out = consul->notes[consul->note_first];
    consul->note_first = (consul->note_first + 1) % EK__CONSUL_NOTES_MAX;
    consul->note_count--;
    return true;
}
