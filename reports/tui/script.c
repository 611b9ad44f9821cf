#include "reports/tui/dash.h"

#include "evenkeel/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    FRAME_MS = 16, /* as the driver */
    FRAMES_PER_S = 60
};

/* A script under way. */
struct script {
    struct ek_dash *dash;
    const char *keys;
    const char *folder; /* for a file per frame; NULL: frames go to `out` */
    FILE *out;
    unsigned frames;    /* written */
    unsigned timed;     /* drawn while time passed */
    int64_t timed_ns;   /* of the processor, for those */
    int64_t longest_ns; /* for one of them */
    enum ek_err err;
};

static int64_t processor_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * EK_S + now.tv_nsec;
}

/* Plays frame by frame as the driver would, so that what is seen does not depend on one's pauses.
 */
static void wait_for(struct script *script, int64_t wait_ns)
{
    while (script->err == EK_OK && wait_ns > 0) {
        int64_t frame_ns = wait_ns < FRAME_MS * EK_MS ? wait_ns : FRAME_MS * EK_MS;
        int64_t began_ns = processor_ns();
        script->err = ek_dash_advance(script->dash, frame_ns);
        if (script->err == EK_OK)
            (void)ek_dash_draw(script->dash);
        int64_t taken_ns = processor_ns() - began_ns;
        script->timed++;
        script->timed_ns += taken_ns;
        script->longest_ns = taken_ns > script->longest_ns ? taken_ns : script->longest_ns;
        wait_ns -= frame_ns;
    }
}

static void write_frame(struct script *script)
{
    const struct ek_grid *grid = ek_dash_draw(script->dash);
    char path[512];
    script->frames++;
    if (!script->folder) {
        ek_grid_print(grid, script->out);
        return;
    }
    snprintf(path, sizeof path, "%s/frame-%03u.txt", script->folder, script->frames);
    FILE *file = fopen(path, "w");
    if (file)
        ek_grid_print(grid, file);
    if (!file || fclose(file) != 0)
        script->err = EK_EIO;
}

/* <frame>, <size 120x40>, <click 10,3>. True when it is one. */
static bool directive(struct script *script)
{
    int a, b, length = 0;
    if (strncmp(script->keys, "<frame>", 7) == 0) {
        write_frame(script);
        script->keys += 7;
        return true;
    }
    if (sscanf(script->keys, "<size %4dx%4d>%n", &a, &b, &length) == 2 && length > 0)
        script->err = ek_dash_resize(script->dash, a, b);
    else if (sscanf(script->keys, "<click %4d,%4d>%n", &a, &b, &length) == 2 && length > 0) {
        (void)ek_dash_draw(script->dash); /* what is clicked on is what was drawn */
        script->err = ek_dash_click(script->dash, a, b);
    }
    script->keys += length;
    return length > 0;
}

static void feed(struct script *script)
{
    if (directive(script))
        return;
    const char *start = script->keys;
    int64_t wait_ns;
    uint32_t key = ek_key_read(&script->keys, &wait_ns);
    if (key == '<' && script->keys == start + 1 && strchr(start, '>')) {
        script->keys = start;
        script->err = EK_EINVAL;
    } else if (key == 0) {
        wait_for(script, wait_ns);
    } else {
        script->err = ek_dash_key(script->dash, key);
    }
}

static void say_timing(const struct script *script, int64_t opened_ns, int columns, int rows)
{
    double each_us = script->timed > 0 ? (double)script->timed_ns / 1e3 / (double)script->timed : 0;
    fprintf(stderr, "first frame after %.1f ms of processor time, opening included\n",
            (double)opened_ns / 1e6);
    if (script->timed > 0)
        fprintf(stderr,
                "%u frames of %dx%d, each %.0f us (the longest %.1f ms): %d a second take %.1f %% "
                "of a core\n",
                script->timed, columns, rows, each_us, (double)script->longest_ns / 1e6,
                (int)FRAMES_PER_S, each_us * FRAMES_PER_S / 1e4);
}

static int code_of(struct script *script)
{
    if (script->err == EK_OK)
        return ek_dash_ui(script->dash)->exit_code;
    if (script->err == EK_EINVAL)
        fprintf(stderr, "evenkeel tui: unknown key in the script: %.*s\n",
                (int)strcspn(script->keys, ">") + 1, script->keys);
    else if (script->err == EK_EIO)
        fprintf(stderr, "evenkeel tui: a frame cannot be written to %s\n", script->folder);
    else
        fprintf(stderr, "evenkeel tui: %s\n", ek_err_text(script->err));
    return script->err == EK_EINVAL || script->err == EK_EIO ? 2 : 3;
}

int ek_tui_script(struct ek_replay *replay, const struct ek_tui_options *options, const char *keys,
                  int columns, int rows, FILE *out)
{
    struct ek_tui_options how = *options;
    how.waits = true;
    struct script script = {.dash = ek_dash_new(replay, &how, columns, rows),
                            .keys = keys,
                            .folder = options->frames,
                            .out = out};
    script.err = script.dash ? EK_OK : EK_ENOMEM;
    if (script.dash)
        (void)ek_dash_draw(script.dash);
    int64_t opened_ns = processor_ns();
    while (script.err == EK_OK && *script.keys != '\0' && !ek_dash_ui(script.dash)->wants_quit)
        feed(&script);
    if (script.err == EK_OK)
        write_frame(&script);
    if (options->timing && script.dash)
        say_timing(&script, opened_ns, columns, rows);
    int code = code_of(&script);
    ek_dash_free(script.dash);
    return code;
}
