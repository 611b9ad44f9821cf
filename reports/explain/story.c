/* What the parts of an explanation share. */
#include "reports/explain/story.h"

#include "evenkeel/status.h"
#include "evenkeel/time.h"

#include <stdarg.h>
#include <string.h>

enum {
    TEXT_MAX = 1024,
    LABEL_COLUMN = 2,
    TEXT_COLUMN = 11,
    CAUSES_MAX = 1000 /* a chain that is longer is damaged */
};

void ek__tell(struct ek__story *story, const char *label, enum ek__style style, const char *format,
              ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct ek__line *line = &story->line;
    ek__tab(line, LABEL_COLUMN);
    ek__put(line, EK__DIM, label);
    ek__tab(line, TEXT_COLUMN);
    ek__put_wrapped(line, style, text, TEXT_COLUMN, line->render->columns);
    ek__end(line);
}

void ek__tell_title(struct ek__story *story, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ek__put(&story->line, EK__BOLD, text);
    ek__end(&story->line);
}

void ek__tell_command(struct ek__story *story, const char *label, const char *command)
{
    ek__tab(&story->line, LABEL_COLUMN);
    ek__put(&story->line, EK__DIM, label);
    ek__tab(&story->line, TEXT_COLUMN);
    ek__put_whole(&story->line, command);
    ek__end(&story->line);
}

void ek__tell_nothing(struct ek__story *story)
{
    ek__end(&story->line);
}

bool ek__tell_missing(struct ek__story *story, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ek__clean(text, story->why, story->why_size);
    return false;
}

struct ek__text ek__moment_text(int64_t at_ns)
{
    uint64_t ns = at_ns > 0 ? (uint64_t)at_ns : 0;
    struct ek__text text = ek__decimal(ns, EK_S, ns % 1000000 == 0 ? 3 : 6);
    size_t length = strlen(text.s);
    snprintf(text.s + length, sizeof text.s - length, " s");
    return text;
}

const char *ek__status_text(int64_t status)
{
    return status >= 0 && status < EK_STATUS_COUNT ? ek_status_name((enum ek_status)status) : "?";
}

const char *ek__place_text(const struct ek_results *results, int line, char *out, size_t size)
{
    const char *slash = strrchr(results->scenario_path, '/');
    const char *name = slash != NULL ? slash + 1 : results->scenario_path;
    out[0] = '\0';
    if (name[0] != '\0' && line > 0)
        snprintf(out, size, "%.100s:%d", name, line);
    return out;
}

struct ek__root ek__root_of(const struct ek_replay *replay, uint64_t id)
{
    struct ek__root root = {.event = NULL};
    const struct ek_results *results = ek_replay_results(replay);
    const struct ek_replay_event *event = id != 0 ? ek_replay_event_by_id(replay, id) : NULL;
    root.is_cut = id != 0 && event == NULL;
    while (event != NULL && root.steps < CAUSES_MAX) {
        root.event = event;
        bool is_fault = event->kind == EK_RECORD_FAULT_BEGIN || event->kind == EK_RECORD_FAULT_END;
        if (is_fault && event->actor < results->fault_count) {
            root.fault = &results->faults[event->actor];
            return root;
        }
        if (event->cause == 0 || event->kind == EK_RECORD_SCENARIO) /* the script itself */
            return root;
        event = ek_replay_event_by_id(replay, event->cause);
        root.is_cut = event == NULL;
        root.steps++;
    }
    return root;
}
