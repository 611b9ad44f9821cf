/* The dashboard as a film for terminals: the whole run in twenty seconds, as asciicast version 2.
 */
#include "reports/export/export_formats.h"

#include "reports/tui/cast.h"
#include "reports/tui/dash.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    COLUMNS = 100,
    ROWS = 30,
    FRAMES = 160,
    FRAME_MS = 125
};

static void show(struct ek_cast *cast, struct ek_replay *replay, int64_t at_ns)
{
    struct ek_tui_options options = {.color = true, .start_ns = at_ns};
    struct ek_dash *dash = ek_dash_new(replay, &options, COLUMNS, ROWS);
    if (dash != NULL)
        ek_cast_frame(cast, ek_dash_draw(dash));
    ek_dash_free(dash);
}

static void film(struct ek_cast *cast, struct ek_replay *replay)
{
    const struct ek_results *results = ek_replay_results(replay);
    int64_t end_ns = results->sim_ns > 0 ? results->sim_ns : results->duration_ns;
    for (int i = 0; i <= FRAMES; i++) {
        show(cast, replay, (int64_t)((double)end_ns * i / FRAMES));
        ek_cast_advance(cast, INT64_C(1000000) * FRAME_MS);
    }
}

static void copy(const char *path, FILE *out)
{
    char bytes[8192];
    size_t count;
    FILE *in = fopen(path, "rb");
    while (in != NULL && (count = fread(bytes, 1, sizeof bytes, in)) > 0)
        fwrite(bytes, 1, count, out);
    if (in != NULL)
        fclose(in);
}

/* A cast goes to a file of its own first: that is how the dashboard writes one. */
void ek__export_cast(struct ek_replay *replay, FILE *out)
{
    const char *folder = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%.480s/evenkeel-cast-XXXXXX",
             folder != NULL && folder[0] != '\0' ? folder : "/tmp");
    int file = mkstemp(path);
    if (file < 0)
        return;
    close(file);
    struct ek_cast *cast = ek_cast_begin(path, COLUMNS, ROWS);
    if (cast != NULL) {
        film(cast, replay);
        if (ek_cast_end(cast))
            copy(path, out);
    }
    unlink(path);
}
