/* What the parts of an explanation share. */
#ifndef EK_REPORTS_EXPLAIN_STORY_H
#define EK_REPORTS_EXPLAIN_STORY_H

#include "reports/recording/replay.h"
#include "reports/text/render_text.h"

/* One explanation being written. */
struct ek__story {
    struct ek_replay *replay;
    const struct ek_replay *traced; /* whose candidates are told: `replay`, or the run once more */
    const struct ek_results *results;
    struct ek__line line;
    char *why; /* of a thing that is not there */
    size_t why_size;
};

/* "  label    text", wrapped under itself; a label of "" goes on with the one before. */
void ek__tell(struct ek__story *story, const char *label, enum ek__style style, const char *format,
              ...) EK_PRINTF(4, 5);
/* The headline, in bold, cut where the line ends. */
void ek__tell_title(struct ek__story *story, const char *format, ...) EK_PRINTF(2, 3);
/* A command that a person may copy, whole. */
void ek__tell_command(struct ek__story *story, const char *label, const char *command);
/* An empty line. */
void ek__tell_nothing(struct ek__story *story);
/* Nothing was written, because there is no such thing. Returns false. */
bool ek__tell_missing(struct ek__story *story, const char *format, ...) EK_PRINTF(2, 3);

/* "19.393 s": a moment of the run, to the millisecond, finer when it needs it. */
struct ek__text ek__moment_text(int64_t at_ns);
/* "UNAVAILABLE"; "?" for a number that is none. */
const char *ek__status_text(int64_t status);
/* "slow-node.json:20", the file without its folder; "" when unknown. Returns `out`. */
const char *ek__place_text(const struct ek_results *results, int line, char *out, size_t size);

/* ---- causes ---- */

/* What a chain of causes begins with. */
struct ek__root {
    const struct ek_replay_event *event; /* the last one that is kept; NULL: `id` is none */
    const struct ek_failover *fault;     /* that it is the beginning or the end of; NULL: neither */
    size_t steps;                        /* causes on the way */
    bool is_cut;                         /* there is a cause, but it was not kept */
};
struct ek__root ek__root_of(const struct ek_replay *replay, uint64_t id);

/* ---- the kinds of explanation; false when there is no such thing ---- */

bool ek__explain_worst(struct ek__story *story);
bool ek__explain_call(struct ek__story *story, const char *number);
bool ek__explain_pick(struct ek__story *story, const char *number);
bool ek__explain_error(struct ek__story *story, const char *status);
bool ek__explain_only_fault(struct ek__story *story); /* of a run that has no more than one */
bool ek__explain_fault(struct ek__story *story, const char *id);
bool ek__explain_endpoint(struct ek__story *story, const char *name);
bool ek__explain_event(struct ek__story *story, const char *id);
bool ek__explain_moment(struct ek__story *story, const char *time);
bool ek__explain_judged(struct ek__story *story, const char *name);

/* The story of one recorded call, with what would have helped. */
void ek__tell_call(struct ek__story *story, const struct ek_recorded_call *call);

/* How c's client saw the registry and the endpoint just before `event_index`. */
void ek__tell_view(struct ek__story *story, uint32_t client, uint32_t endpoint, size_t event_index,
                   int64_t at_ns);

#endif
