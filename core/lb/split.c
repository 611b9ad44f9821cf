/* Dividing endpoints among child policies, and telling each child of its own. */
#include "core/lb/split.h"

#include "core/label.h"

#include <stdio.h>
#include <string.h>

/* What an endpoint's bytes begin with. */
struct head {
    uint32_t id;
    uint16_t part; /* and one: whose bytes follow; 0: nobody's yet */
};

_Static_assert(sizeof(struct head) <= EK__SPLIT_HEAD_SIZE, "the child's bytes come after");

/* ---- options ---- */

void ek__split_path(const char *path, const char *member, const char *name, const char *last,
                    char out[sizeof((struct ek_error){0}.path)])
{
    const size_t size = sizeof((struct ek_error){0}.path);
    size_t used = (size_t)snprintf(out, size, "%.140s/%s", path, member);

    if (name == NULL)
        return;
    out[used++] = '/';
    for (; *name != '\0' && used + 16 < size; name++) {
        if (*name == '~' || *name == '/')
            out[used++] = '~';
        out[used++] = *name == '~' ? '0' : *name == '/' ? '1' : *name;
    }
    out[used] = '\0';
    if (last != NULL)
        snprintf(out + used, size - used, "/%s", last);
}

bool ek__split_check_names(const json_t *json, const char *member, const char *path,
                           struct ek_errors *errors)
{
    char place[sizeof((struct ek_error){0}.path)];
    size_t count = json_object_size(json);

    ek__split_path(path, member, NULL, NULL, place);
    if (count > 0 && count <= EK__SPLIT_PARTS_MAX)
        return true;
    if (!json_is_object(json) || count == 0)
        ek_errors_add(errors, place, false, "\"%s\": expected an object with a member for each",
                      member);
    else
        ek_errors_add(errors, place, false, "\"%s\": %zu are too many; at most %d", member, count,
                      EK__SPLIT_PARTS_MAX);
    return false;
}

/* ---- parts ---- */

void ek__split_check_child(const json_t *json, const char *path, size_t room,
                           struct ek_errors *errors)
{
    ek__child_check(json, path, room - EK__SPLIT_HEAD_SIZE, errors);
}

enum ek_err ek__split_init(struct ek__split *split, const struct ek_lb_start *start, uint32_t count)
{
    split->mem = start->mem;
    split->describe = start->describe;
    split->context = start->context;
    split->parts = ek_mem_zeroed(start->mem, count, sizeof *split->parts);
    return split->parts != NULL ? EK_OK : EK_ENOMEM;
}

enum ek_err ek__split_add(struct ek__split *split, const char *name, uint32_t weight, json_t *child,
                          const struct ek_lb_start *start)
{
    struct ek__part *part = &split->parts[split->part_count++];

    part->name = name;
    part->weight = weight;
    part->members.child_policy = child;
    return ek__members_init(&part->members, start);
}

void ek__split_deinit(struct ek__split *split)
{
    for (uint32_t i = 0; i < split->part_count; i++)
        ek__members_deinit(&split->parts[i].members);
    split->part_count = 0;
    ek_mem_free(split->mem, split->parts);
    ek_mem_free(split->mem, split->holds);
    ek_mem_free(split->mem, split->part_of);
    split->parts = NULL;
    split->holds = NULL;
    split->part_of = NULL;
}

/* ---- who belongs where ---- */

static bool is_named(const struct ek__split *split, const char *name,
                     const struct ek_described *described)
{
    char number[16];

    if (strcmp(split->by, "locality") == 0)
        return described->locality != NULL && strcmp(described->locality, name) == 0;
    if (strcmp(split->by, "priority") != 0)
        return ek__labels_have(described->labels, described->labels_size,
                               &(struct ek_label){split->by, name});
    snprintf(number, sizeof number, "%u", (unsigned)described->priority);
    return strcmp(number, name) == 0;
}

uint16_t ek__split_part(const struct ek__split *split, uint32_t id)
{
    struct ek_described described = {0};
    uint32_t rest = 0;

    if (split->describe != NULL && !split->describe(split->context, id, &described))
        described = (struct ek_described){0};
    for (uint32_t i = 0; i < split->part_count; i++) {
        if (strcmp(split->parts[i].name, "*") == 0)
            rest = i + 1;
        else if (split->describe != NULL && is_named(split, split->parts[i].name, &described))
            return (uint16_t)(i + 1);
    }
    return (uint16_t)rest;
}

/* Bytes that another part's policy has written mean nothing to this one. */
static void take_over(struct ek__split *split, const struct ek_candidate *c, uint16_t part,
                      size_t state_size)
{
    struct ek__hold *hold = &split->holds[c->id];
    struct head *head = c->state;

    head->id = c->id;
    if (part != 0 && head->part != part) {
        memset((char *)c->state + EK__SPLIT_HEAD_SIZE, 0, state_size - EK__SPLIT_HEAD_SIZE);
        head->part = part;
    }
    if (hold->part == part)
        return;
    if (hold->under_way > 0) {
        hold->part_before = hold->part;
        hold->under_way_before += hold->under_way;
        hold->under_way = 0;
    }
    hold->part = part;
}

/* ---- building ---- */

static bool reserve(struct ek__split *split, const struct ek_candidate *c, uint32_t count)
{
    void *holds = split->holds, *part_of = split->part_of;
    uint32_t id_max = 0;
    bool has_room;

    for (uint32_t i = 0; i < count; i++)
        id_max = c[i].id > id_max ? c[i].id : id_max;
    has_room =
        ek_mem_grow(split->mem, &holds, &split->hold_capacity, (size_t)id_max + 1,
                    sizeof *split->holds) &&
        ek_mem_grow(split->mem, &part_of, &split->part_of_capacity, count, sizeof *split->part_of);
    split->holds = holds;
    split->part_of = part_of;
    return has_room;
}

static enum ek_err fill(struct ek__split *split, uint32_t part, const struct ek_candidate *c,
                        uint32_t count)
{
    struct ek__members *members = &split->parts[part].members;
    uint32_t size = 0;
    enum ek_err err;

    for (uint32_t i = 0; i < count; i++)
        size += split->part_of[i] == part + 1;
    err = ek__members_open(members, count, size);
    if (err != EK_OK || size == 0)
        return err;
    for (uint32_t i = 0; i < count; i++) {
        struct ek_candidate own = c[i];

        own.state = (char *)c[i].state + EK__SPLIT_HEAD_SIZE;
        if (split->part_of[i] == part + 1)
            ek__members_add(members, &own, own.weight);
    }
    return ek__members_close(members);
}

enum ek_err ek__split_rebuild(struct ek__split *split, const struct ek_candidate *c, uint32_t count,
                              size_t state_size)
{
    enum ek_err err = EK_OK;

    if (!reserve(split, c, count))
        return EK_ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        split->part_of[i] = ek__split_part(split, c[i].id);
        take_over(split, &c[i], split->part_of[i], state_size);
    }
    for (uint32_t part = 0; part < split->part_count && err == EK_OK; part++)
        err = fill(split, part, c, count);
    return err;
}

/* ---- what becomes of attempts ---- */

/* The child's bytes of an endpoint that is the part's; otherwise `spare`, zeroed: the bytes are
 * another child's by now. */
static void *bytes_of(void *endpoint, uint16_t part, void *spare)
{
    const struct head *head = endpoint;

    return head->part == part ? (char *)endpoint + EK__SPLIT_HEAD_SIZE : spare;
}

/* Room for any child's bytes. */
struct spare {
    uint64_t zeros[12];
};

void ek__split_started(struct ek__split *split, void *endpoint, ek_time now)
{
    struct ek__hold *hold = &split->holds[((const struct head *)endpoint)->id];
    struct spare spare = {{0}};

    if (hold->part == 0)
        return;
    hold->under_way++;
    ek__members_started(&split->parts[hold->part - 1].members,
                        bytes_of(endpoint, hold->part, &spare), now);
}

/* Attempts are taken to end in the order in which they began. */
void ek__split_finished(struct ek__split *split, void *endpoint, const struct ek_outcome *out,
                        ek_time now)
{
    struct ek__hold *hold = &split->holds[((const struct head *)endpoint)->id];
    struct spare spare = {{0}};
    bool is_before = hold->under_way_before > 0;
    uint16_t part = is_before ? hold->part_before : hold->part;

    if (part == 0 || (!is_before && hold->under_way == 0))
        return;
    *(is_before ? &hold->under_way_before : &hold->under_way) -= 1;
    ek__members_finished(&split->parts[part - 1].members, bytes_of(endpoint, part, &spare), out,
                         now);
}

int64_t ek__split_score(const struct ek__split *split, const struct ek_candidate *c, uint32_t index,
                        ek_time now)
{
    uint16_t part = split->holds[c[index].id].part;

    return part == 0 ? EK_SCORE_NONE
                     : ek__members_score(&split->parts[part - 1].members, c, index, now);
}
