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

static void take_theme(struct ek_ui *ui, const char *word)
{
    for (int i = 0; i < EK_THEME_COUNT; i++) {
        if (strcmp(ek_theme_word((enum ek_theme)i), word) == 0) {
            ui->theme = (enum ek_theme)i;
            ek__say(ui, "theme %s", word);
            return;
        }
    }
    ek__say(ui, ":theme needs default, light, high-contrast or mono");
}

/* ":inject kill b03", ":rerun p2c", ":save a.svg": what a prompt would ask for. */
static bool takes_words(struct ek_ui *ui, const struct ek_act *with, enum ek_tui_action action,
                        const char *words)
{
    enum ek_wish wish = action == EK_DO_SAVE                        ? EK_WISH_SAVE
                        : action == EK_DO_CAST && !ui->is_recording ? EK_WISH_CAST
                        : action == EK_DO_INJECT && with->hooks     ? EK_WISH_INJECT
                        : action == EK_DO_RERUN && with->hooks      ? EK_WISH_RERUN
                                                                    : EK_WISH_NONE;
    if (wish == EK_WISH_NONE)
        return false;
    ui->wish = wish;
    snprintf(ui->wished, sizeof ui->wished, "%s", words);
    return true;
}

/* ":goto 40s", ":sort share", ":theme light", or an action's word. */
static void obey(struct ek_ui *ui, const struct ek_snapshot *s, const char *line,
                 const struct ek_act *with)
{
    char word[EK_UI_TEXT_MAX], rest[EK_UI_PATH_MAX];
    word[0] = rest[0] = '\0';
    sscanf(line, "%95s %399[^\n]", word, rest);
    enum ek_tui_action action = ek_tui_action_find(word);
    if (word[0] == '\0')
        return;
    if (strcmp(word, "goto") == 0 || strcmp(word, "g") == 0)
        go_to(ui, s, rest);
    else if (strcmp(word, "sort") == 0 && rest[0] != '\0')
        sort_by(ui, rest);
    else if (strcmp(word, "theme") == 0)
        take_theme(ui, rest);
    else if (rest[0] != '\0' && takes_words(ui, with, action, rest))
        return;
    else if (action == EK_DO_NOTHING)
        ek__say(ui, "no command \"%s\": ? lists the keys, and each has a command", word);
    else if ((ek_tui_action_text(action)->where & 1u << ui->place.screen) == 0)
        ek__say(ui, ":%s does nothing on this screen", ek_tui_action_text(action)->word);
    else
        ek_act(ui, s, action, with);
}

static void search(struct ek_ui *ui, const struct ek_snapshot *s)
{
    /* Nothing typed: the last search again. */
    if (ui->input[0] != '\0')
        snprintf(ui->search, sizeof ui->search, "%.95s", ui->input);
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
    snprintf(is_log ? ui->event_filter : ui->endpoint_filter, EK_UI_TEXT_MAX, "%.95s", ui->input);
}

/* What Enter does with what was typed. */
static void take(struct ek_ui *ui, const struct ek_snapshot *s, enum ek_prompt prompt,
                 const struct ek_act *with)
{
    static const enum ek_wish wishes[] = {[EK_PROMPT_INJECT] = EK_WISH_INJECT,
                                          [EK_PROMPT_RERUN] = EK_WISH_RERUN,
                                          [EK_PROMPT_SAVE] = EK_WISH_SAVE,
                                          [EK_PROMPT_CAST] = EK_WISH_CAST};
    ui->prompt = EK_PROMPT_NONE;
    if (prompt == EK_PROMPT_COMMAND) {
        obey(ui, s, ui->input, with);
    } else if (prompt == EK_PROMPT_SEARCH) {
        search(ui, s);
    } else if (prompt == EK_PROMPT_FILTER) {
        filter(ui);
    } else if (ui->input[0] != '\0') {
        ui->wish = wishes[prompt];
        snprintf(ui->wished, sizeof ui->wished, "%s", ui->input);
    }
}

void ek_prompt_key(struct ek_ui *ui, const struct ek_snapshot *s, uint32_t key,
                   const struct ek_act *with)
{
    if (key == EK_KEY_ENTER || key == '\n') {
        take(ui, s, ui->prompt, with);
    } else if (key == EK_KEY_ESCAPE ||
               (ui->input[0] == '\0' && (key == EK_KEY_BACKSPACE || key == 127 || key == 8))) {
        ui->prompt = EK_PROMPT_NONE;
    } else if (key == EK_KEY_BACKSPACE || key == 127 || key == 8) {
        take_back(ui->input);
    } else if (key == ('U' & 31)) {
        ui->input[0] = '\0';
    } else if (key == EK_KEY_TAB) {
        ek__complete(ui, s, with->hooks);
    } else {
        type(ui->input, sizeof ui->input, key);
    }
}

/* The next page of the help, or its end. */
static void turn_page(struct ek_ui *ui, uint32_t key, int pages)
{
    bool turns = key == '?' || key == ' ' || key == EK_KEY_PAGE_DOWN;
    ui->help_page = turns && ui->help_page < pages ? ui->help_page + 1 : 0;
}

void ek_ui_key(struct ek_ui *ui, const struct ek_snapshot *s, uint32_t key,
               const struct ek_act *with, int help_pages)
{
    ui->status[0] = '\0';
    if (key == ('C' & 31)) {
        ui->wants_quit = true;
        ui->exit_code = 130; /* as a shell reports SIGINT */
    } else if (ui->prompt != EK_PROMPT_NONE) {
        ek_prompt_key(ui, s, key, with);
    } else if (ui->help_page > 0) {
        turn_page(ui, key, help_pages);
    } else {
        enum ek_tui_action action = ek_key_action(key, ui->place.screen);
        if (action != EK_DO_NOTHING)
            ek_act(ui, s, action, with);
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
    if (ui->at_ns >= s->end_ns && !s->results->under_way)
        ui->is_playing = false;
}
