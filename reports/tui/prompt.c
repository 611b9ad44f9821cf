#include "reports/tui/act.h"
#include "reports/tui/format.h"

#include <stdio.h>
#include <string.h>

static void take_back(char *text)
{
    size_t length = strlen(text);
    /* A character of UTF-8 goes as a whole. */
    while (length > 0 && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
        length--;
    text[length > 0 ? length - 1 : 0] = '\0';
}

static void type(char *text, size_t size, uint32_t key)
{
    size_t length = strlen(text);
    if (key < 32 || key == 127 || key >= 0x110000 || length + 5 > size)
        return;
    char *out = text + length;
    if (key < 0x80) {
        *out++ = (char)key;
    } else if (key < 0x800) {
        *out++ = (char)(0xc0 | key >> 6);
        *out++ = (char)(0x80 | (key & 0x3f));
    } else if (key < 0x10000) {
        *out++ = (char)(0xe0 | key >> 12);
        *out++ = (char)(0x80 | (key >> 6 & 0x3f));
        *out++ = (char)(0x80 | (key & 0x3f));
    } else {
        *out++ = (char)(0xf0 | key >> 18);
        *out++ = (char)(0x80 | (key >> 12 & 0x3f));
        *out++ = (char)(0x80 | (key >> 6 & 0x3f));
        *out++ = (char)(0x80 | (key & 0x3f));
    }
    *out = '\0';
}

/* "40s" or "+250ms" or "-1s". */
static void go_to(struct ek_ui *ui, const struct ek_snapshot *s, const char *where)
{
    int64_t ns;
    bool is_relative = where[0] == '+' || where[0] == '-';
    if (!ek_duration_read(where + (is_relative ? 1 : 0), &ns)) {
        ek__say(ui, ":goto needs a time: 40s, 1.5s, +250ms, -2s");
        return;
    }
    ui->is_playing = false;
    if (is_relative) {
        ui->jump_ns = where[0] == '-' ? -ns : ns;
        ns = ui->at_ns + ui->jump_ns;
    }
    ek_ui_seek(ui, ns, s->end_ns);
}

static void sort_by(struct ek_ui *ui, const char *word)
{
    for (int i = 0; i < EK_SORT_COUNT; i++) {
        if (strcmp(ek_sort_word((enum ek_sort)i), word) == 0) {
            ui->sort = (enum ek_sort)i;
            ui->is_inverted = false;
            return;
        }
    }
    ek__say(ui, ":sort needs name, state, share, p99, errors or zone");
}

/* ":goto 40s", ":sort share", or an action's word. */
static void obey(struct ek_ui *ui, const struct ek_snapshot *s, const char *line, const char *path)
{
    char word[EK_UI_TEXT_MAX], rest[EK_UI_TEXT_MAX];
    word[0] = rest[0] = '\0';
    sscanf(line, "%95s %95[^\n]", word, rest);
    enum ek_tui_action action = ek_tui_action_find(word);
    if (word[0] == '\0')
        return;
    if (strcmp(word, "goto") == 0 || strcmp(word, "g") == 0)
        go_to(ui, s, rest);
    else if (strcmp(word, "sort") == 0 && rest[0] != '\0')
        sort_by(ui, rest);
    else if (action == EK_DO_NOTHING)
        ek__say(ui, "no command \"%s\": ? lists the keys, and each has a command", word);
    else if ((ek_tui_action_text(action)->where & 1u << ui->place.screen) == 0)
        ek__say(ui, ":%s does nothing on this screen", ek_tui_action_text(action)->word);
    else
        ek_act(ui, s, action, path);
}

static void search(struct ek_ui *ui, const struct ek_snapshot *s)
{
    /* Nothing typed: the last search again. */
    if (ui->input[0] != '\0')
        snprintf(ui->search, sizeof ui->search, "%s", ui->input);
    if (ui->search[0] == '\0')
        return;
    if (ek__search(ui, s, 1))
        ek__say(ui, "found \"%s\": / Enter finds the next", ui->search);
    else
        ek__say(ui, "no event of this log has \"%s\"", ui->search);
}

static void filter(struct ek_ui *ui)
{
    bool is_log = ui->place.screen == EK_SCREEN_EVENTS;
    snprintf(is_log ? ui->event_filter : ui->endpoint_filter, EK_UI_TEXT_MAX, "%s", ui->input);
}

/* Completes an action's word. */
static void complete(struct ek_ui *ui)
{
    if (strncmp("goto ", ui->input, strlen(ui->input)) == 0) {
        snprintf(ui->input, sizeof ui->input, "goto ");
        return;
    }
    enum ek_tui_action action = ek_tui_action_find(ui->input);
    if (action != EK_DO_NOTHING)
        snprintf(ui->input, sizeof ui->input, "%s", ek_tui_action_text(action)->word);
}

void ek_prompt_key(struct ek_ui *ui, const struct ek_snapshot *s, uint32_t key, const char *path)
{
    enum ek_prompt prompt = ui->prompt;
    if (key == EK_KEY_ENTER || key == '\n') {
        ui->prompt = EK_PROMPT_NONE;
        if (prompt == EK_PROMPT_COMMAND)
            obey(ui, s, ui->input, path);
        else if (prompt == EK_PROMPT_SEARCH)
            search(ui, s);
        else
            filter(ui);
    } else if (key == EK_KEY_ESCAPE ||
               (ui->input[0] == '\0' && (key == EK_KEY_BACKSPACE || key == 127 || key == 8))) {
        ui->prompt = EK_PROMPT_NONE;
    } else if (key == EK_KEY_BACKSPACE || key == 127 || key == 8) {
        take_back(ui->input);
    } else if (key == ('U' & 31)) {
        ui->input[0] = '\0';
    } else if (key == EK_KEY_TAB && prompt == EK_PROMPT_COMMAND) {
        complete(ui);
    } else {
        type(ui->input, sizeof ui->input, key);
    }
}

void ek_ui_key(struct ek_ui *ui, const struct ek_snapshot *s, uint32_t key, const char *path)
{
    ui->status[0] = '\0';
    if (key == ('C' & 31)) {
        ui->wants_quit = true;
        ui->exit_code = 130; /* as a shell reports SIGINT */
    } else if (ui->prompt != EK_PROMPT_NONE) {
        ek_prompt_key(ui, s, key, path);
    } else if (ui->shows_help) {
        ui->shows_help = false;
    } else {
        enum ek_tui_action action = ek_key_action(key, ui->place.screen);
        if (action != EK_DO_NOTHING)
            ek_act(ui, s, action, path);
    }
}

void ek_ui_advance(struct ek_ui *ui, const struct ek_snapshot *s, int64_t real_ns)
{
    if (!ui->is_playing || real_ns <= 0)
        return;
    /* A pause of more than a second (a stopped program) is not caught up. */
    real_ns = real_ns > INT64_C(1000000000) ? INT64_C(1000000000) : real_ns;
    int64_t by = (int64_t)((double)real_ns * (double)ek_ui_speed_percent(ui->speed) / 100);
    ek_ui_seek(ui, ui->at_ns + by, s->end_ns);
    if (ui->at_ns >= s->end_ns)
        ui->is_playing = false;
}
