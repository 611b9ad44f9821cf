#include "reports/tui/side.h"

#include "evenkeel/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum ek_err ek_side_init(struct ek_side *side, struct ek_replay *replay, const char *path,
                         bool is_owned)
{
    *side = (struct ek_side){.replay = replay, .is_owned = is_owned};
    snprintf(side->path, sizeof side->path, "%s", path ? path : "");
    if (side->path[0] == '\0' || stat(side->path, &side->seen) != 0)
        memset(&side->seen, 0, sizeof side->seen);
    enum ek_err err = ek_snapshot_init(&side->snapshot, replay);
    if (err != EK_OK)
        ek_side_deinit(side);
    return err;
}

void ek_side_deinit(struct ek_side *side)
{
    if (side->replay)
        ek_snapshot_deinit(&side->snapshot);
    if (side->replay && side->is_owned)
        ek_replay_close(side->replay);
    *side = (struct ek_side){0};
}

static int64_t clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * EK_S + now.tv_nsec;
}

bool ek_side_open(struct ek_side *side, const char *path, char *why, size_t why_size)
{
    int64_t began_ns = clock_ns();
    struct ek_replay *replay = ek_replay_open(path, why, why_size);
    if (!replay)
        return false;
    if (ek_side_init(side, replay, path, true) == EK_OK) {
        side->took_ns = clock_ns() - began_ns;
        return true;
    }
    snprintf(why, why_size, "out of memory");
    return false;
}

bool ek_side_has_changed(const struct ek_side *side)
{
    struct stat now;
    if (side->path[0] == '\0' || side->seen.st_ino == 0 || stat(side->path, &now) != 0)
        return false;
    return now.st_ino != side->seen.st_ino || now.st_dev != side->seen.st_dev ||
           now.st_size != side->seen.st_size || now.st_mtim.tv_sec != side->seen.st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != side->seen.st_mtim.tv_nsec;
}
