/* Endpoints divided among child policies by what the resolver says of them: what the policies have
 * in common that are put together from others. */
#ifndef EVENKEEL_CORE_LB_SPLIT_H
#define EVENKEEL_CORE_LB_SPLIT_H

#include "core/lb/members.h"

enum {
    EK__SPLIT_PARTS_MAX = 64,
    /* An endpoint's bytes: the split's own, then the child's. */
    EK__SPLIT_HEAD_SIZE = 8
};

/* A part: those of one name, and their policy. */
struct ek__part {
    const char *name; /* borrows from the options */
    uint32_t weight;
    struct ek__members members;
};

/* How this instance of the policy holds an endpoint, by its id. */
struct ek__hold {
    uint16_t part, part_before; /* and one: 0 is none */
    uint32_t under_way;         /* attempts that the part's policy was told of */
    uint32_t under_way_before;  /* those that began before the endpoint changed parts */
};

struct ek__split {
    char *by;
    const struct ek_mem *mem;
    bool (*describe)(const void *context, uint32_t id, struct ek_described *out);
    const void *context;
    struct ek__part *parts;
    uint32_t part_count;
    struct ek__hold *holds;
    size_t hold_capacity;
    uint16_t *part_of; /* while building: by place */
    size_t part_of_capacity;
};

/* The row of a table; `at` is the offset of its struct ek__split. */
#define EK__SPLIT_BY_OPTION(at, usual)                                                           \
    {                                                                                            \
        .name = "by", .type = EK_OPTION_STRING, .offset = (at) + offsetof(struct ek__split, by), \
        .fallback = "\"" usual "\"", .min = 1, .max = 255,                                       \
        .text =                                                                                  \
            "What an endpoint's part is named after: its \"locality\", its \"priority\" (0 is "  \
            "the first), or the value of a label of this key, such as \"tag\". Of several "      \
            "names that fit the first listed counts; the name * takes whoever fits no other. "   \
            "Who fits none gets no calls."                                                       \
    }

/* Writes path "/" member, and "/" with the escaped name and the last token if there are any. */
void ek__split_path(const char *path, const char *member, const char *name, const char *last,
                    char out[sizeof((struct ek_error){0}.path)]);

/* Complains unless `json` is an object of 1 to EK__SPLIT_PARTS_MAX members. */
bool ek__split_check_names(const json_t *json, const char *member, const char *path,
                           struct ek_errors *errors);

/* Complains about the child `json` at `path`, whose bytes must fit into `room`. */
void ek__split_check_child(const json_t *json, const char *path, size_t room,
                           struct ek_errors *errors);

/* Makes room for `count` parts, to be filled by ek__split_add. */
EK_MUST_USE enum ek_err ek__split_init(struct ek__split *split, const struct ek_lb_start *start,
                                       uint32_t count);

/* The next part, with the policy of a checked `child`. */
EK_MUST_USE enum ek_err ek__split_add(struct ek__split *split, const char *name, uint32_t weight,
                                      json_t *child, const struct ek_lb_start *start);
void ek__split_deinit(struct ek__split *split);

EK_MUST_USE enum ek_err ek__split_rebuild(struct ek__split *split, const struct ek_candidate *c,
                                          uint32_t count, size_t state_size);

/* The part of the endpoint with this id, and one; 0: none. */
uint16_t ek__split_part(const struct ek__split *split, uint32_t id);

/* Whether the part has somebody among the candidates. */
static inline bool ek__split_has(const struct ek__split *split, uint32_t part,
                                 const struct ek_candidate *c, uint32_t count)
{
    const struct ek__members *members = &split->parts[part].members;

    return count == members->built ? members->count > 0 : ek__members_are_left(members, c, count);
}

void ek__split_started(struct ek__split *split, void *endpoint, ek_time now);
void ek__split_finished(struct ek__split *split, void *endpoint, const struct ek_outcome *out,
                        ek_time now);
int64_t ek__split_score(const struct ek__split *split, const struct ek_candidate *c, uint32_t index,
                        ek_time now);

#endif
