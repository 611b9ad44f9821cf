/* One run on the dashboard: its recording, where that is, what is shown of it. */
#ifndef EK_REPORTS_TUI_SIDE_H
#define EK_REPORTS_TUI_SIDE_H

#include "reports/tui/snapshot.h"
#include "reports/tui/tui.h"

#include <sys/stat.h>
#include <sys/types.h>

struct ek_side {
    struct ek_replay *replay;
    bool is_owned; /* the dashboard closes it */
    char path[512];
    struct stat seen;        /* the file as it was read */
    int64_t took_ns;         /* of real time, to read it */
    struct ek_tui_made made; /* the run that writes it, when it is ours */
    struct ek_snapshot snapshot;
};

/* Begins with a replay. Keeps it; takes it when `is_owned`, also on failure. */
EK_MUST_USE enum ek_err ek_side_init(struct ek_side *side, struct ek_replay *replay,
                                     const char *path, bool is_owned);
void ek_side_deinit(struct ek_side *side);

/* Opens the recording at `path` into a zeroed side; false and a reason when it cannot. */
bool ek_side_open(struct ek_side *side, const char *path, char *why, size_t why_size);

/* Whether its file is another one now, or has grown. */
bool ek_side_has_changed(const struct ek_side *side);

#endif
