/* The event log of a recording, filtered, as text or JSON lines. */
#ifndef EK_REPORTS_EXPORT_EVENTS_H
#define EK_REPORTS_EXPORT_EVENTS_H

#include "reports/recording/replay.h"

#include <stdio.h>

/* What an event must be to be written; everything must hold. Zeroed, with to_ns = INT64_MAX, lets
 * all through. */
struct ek_events_filter {
    uint64_t kinds;             /* bit of each enum ek_record_kind; 0: all */
    const char *endpoint;       /* a name; "b0*" is every name that begins so; NULL: any */
    const char *client, *fault; /* fault: what its causes begin with */
    int64_t from_ns, to_ns;     /* from <= at < to */
};

/* Takes a word such as kind:ejected, endpoint:b07, client:c3, fault:F1, 40s..41s, from:40s, to:41s
 * into the filter, which keeps pointers into it. False and a reason in one line when it is none, or
 * when the recording has no such thing. */
bool ek_events_filter_add(struct ek_events_filter *filter, const struct ek_replay *replay,
                          const char *word, char *why, size_t why_size);

/* One line an event: time, id, kind, sentence, cause. Returns how many were written. */
uint64_t ek_events_write(const struct ek_replay *replay, const struct ek_events_filter *filter,
                         FILE *out);

/* One JSON object a line: type ("event"), id, at_ns, kind, and what there is of actor, subject,
 * cause, a, b, text, fault, sentence. Returns how many were written. */
uint64_t ek_events_write_json(const struct ek_replay *replay, const struct ek_events_filter *filter,
                              FILE *out);

#endif
