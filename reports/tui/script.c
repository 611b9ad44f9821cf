#include "reports/tui/dash.h"

#include "evenkeel/time.h"

#include <stdio.h>
#include <string.h>

enum {
    FRAME_MS = 20
};

/* Plays frame by frame as the driver would, so that what is seen does not depend on one's pauses.
 */
static enum ek_err wait_for(struct ek_dash *dash, int64_t wait_ns)
{
    enum ek_err err = EK_OK;
    while (err == EK_OK && wait_ns > 0) {
        int64_t frame_ns = wait_ns < FRAME_MS * EK_MS ? wait_ns : FRAME_MS * EK_MS;
        err = ek_dash_advance(dash, frame_ns);
        wait_ns -= frame_ns;
    }
    return err;
}

/* <frame> or <size 120x40>. Returns what follows it; NULL when it is neither. */
static const char *directive(struct ek_dash *dash, const char *keys, FILE *out, enum ek_err *err)
{
    int columns, rows, length = 0;
    if (strncmp(keys, "<frame>", 7) == 0) {
        ek_grid_print(ek_dash_draw(dash), out);
        return keys + 7;
    }
    if (sscanf(keys, "<size %4dx%4d>%n", &columns, &rows, &length) == 2 && length > 0) {
        *err = ek_dash_resize(dash, columns, rows);
        return keys + length;
    }
    return NULL;
}

static enum ek_err feed(struct ek_dash *dash, const char **keys, FILE *out)
{
    enum ek_err err = EK_OK;
    const char *after = directive(dash, *keys, out, &err);
    if (after) {
        *keys = after;
        return err;
    }
    const char *start = *keys;
    int64_t wait_ns;
    uint32_t key = ek_key_read(keys, &wait_ns);
    if (key == '<' && *keys == start + 1 && strchr(start, '>')) {
        *keys = start;
        return EK_EINVAL;
    }
    return key == 0 ? wait_for(dash, wait_ns) : ek_dash_key(dash, key);
}

int ek_tui_script(struct ek_replay *replay, const struct ek_tui_options *options, const char *keys,
                  int columns, int rows, FILE *out)
{
    struct ek_dash *dash = ek_dash_new(replay, options, columns, rows);
    enum ek_err err = dash ? EK_OK : EK_ENOMEM;
    int code = 0;
    while (err == EK_OK && *keys != '\0' && !ek_dash_ui(dash)->wants_quit)
        err = feed(dash, &keys, out);
    if (err == EK_EINVAL) {
        fprintf(stderr, "evenkeel tui: unknown key in the script: %.*s\n",
                (int)strcspn(keys, ">") + 1, keys);
        code = 2;
    } else if (err != EK_OK) {
        fprintf(stderr, "evenkeel tui: %s\n", ek_err_text(err));
        code = 3;
    } else {
        ek_grid_print(ek_dash_draw(dash), out);
        code = ek_dash_ui(dash)->exit_code;
    }
    ek_dash_free(dash);
    return code;
}
