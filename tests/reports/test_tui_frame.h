/* The dashboard over the made recording: its frames after scripts, with a simulator that is none.
 */
#ifndef EK_TEST_TUI_FRAME_H
#define EK_TEST_TUI_FRAME_H

#include "tests/reports/test_tui_recording.h"

#include "reports/tui/dash.h"
#include "reports/tui/tui.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#include <cmocka.h>

static char made_path[64];

/* In place of the simulator: the same recording once more. */
static inline bool again(struct ek_tui_made *made)
{
    snprintf(made->recording, sizeof made->recording, "%s", made_path);
    snprintf(made->scenario, sizeof made->scenario, "out/made-modified.json");
    return true;
}

static inline bool inject(void *self, const struct ek_replay *replay, int64_t at_ns,
                          const char *words, struct ek_tui_made *made)
{
    (void)self;
    (void)replay;
    snprintf(made->why, sizeof made->why, "there is no %s at %d s", words, (int)(at_ns / EK_S));
    return strcmp(words, "kill b01") == 0 && again(made);
}

static inline bool rerun(void *self, const struct ek_replay *replay, const char *policy,
                         struct ek_tui_made *made)
{
    (void)self;
    (void)replay;
    snprintf(made->why, sizeof made->why, "there is no policy %s", policy);
    return strcmp(policy, "round_robin") == 0 && again(made);
}

static const char *const fault_words[] = {"kill", "slow", "pause", NULL};
static const struct ek_lb_ops round_robin = {.name = "round_robin"}, ring = {.name = "ring_hash"};
static const struct ek_lb_ops *const policies[] = {&round_robin, &ring, NULL};
static const struct ek_tui_hooks hooks = {
    .faults = fault_words, .policies = policies, .inject = inject, .rerun = rerun};
static struct ek_tui_options options = {.path = made_path, .hooks = &hooks};

/* Returns new: the last frame after a script. */
static inline char *frame_of(struct ek_replay *replay, const struct ek_tui_options *how,
                             const char *keys, int columns, int rows)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int code = ek_tui_script(replay, how, keys, columns, rows, out);
    fclose(out);
    assert_int_equal(code, 0);
    return text;
}

static inline char *frame(void **state, const char *keys)
{
    return frame_of(*state, &options, keys, 80, 24);
}

static inline void assert_shows(void **state, const char *keys, const char *wanted)
{
    char *text = frame(state, keys);
    if (!strstr(text, wanted))
        fail_msg("\"%s\" is not on the screen:\n%s", wanted, text);
    free(text);
}

static inline void assert_hides(void **state, const char *keys, const char *unwanted)
{
    char *text = frame(state, keys);
    if (strstr(text, unwanted))
        fail_msg("\"%s\" is on the screen:\n%s", unwanted, text);
    free(text);
}

static inline void assert_same_frame(void **state, const char *keys, const char *others)
{
    char *one = frame(state, keys);
    char *other = frame(state, others);
    assert_string_equal(one, other);
    free(one);
    free(other);
}

static struct ek_replay *other_replay;

static inline char *text_of(struct ek_dash *dash)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ek_grid_print(ek_dash_draw(dash), out);
    fclose(out);
    return text;
}

static inline int set_up(void **state)
{
    char why[256];
    snprintf(made_path, sizeof made_path, "/tmp/ek-tui-XXXXXX");
    int file = mkstemp(made_path);
    if (file < 0)
        return 1;
    (void)close(file);
    made_write(made_path);
    *state = ek_replay_open(made_path, why, sizeof why);
    other_replay = ek_replay_open(made_path, why, sizeof why);
    return *state && other_replay ? 0 : 1;
}

static inline int tear_down(void **state)
{
    ek_replay_close(*state);
    ek_replay_close(other_replay);
    return unlink(made_path);
}

#endif
