#include "reports/tui/key.h"

#include "evenkeel/time.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ek_tui_action_text texts[EK_DO_COUNT] = {
#define EK_TUI_ACTION_ROW(name, word, keys, where, text) [EK_DO_##name] = {word, keys, text, where},
    EK_TUI_ACTION_LIST(EK_TUI_ACTION_ROW)
#undef EK_TUI_ACTION_ROW
};

static const struct {
    uint32_t key;
    enum ek_tui_action action;
} bindings[] = {
    {' ', EK_DO_PLAY},
    {EK_KEY_RIGHT, EK_DO_STEP},
    {'.', EK_DO_STEP},
    {EK_KEY_LEFT, EK_DO_STEP_BACK},
    {',', EK_DO_STEP_BACK},
    {EK_KEY_PAGE_DOWN, EK_DO_LEAP},
    {EK_KEY_SHIFT_RIGHT, EK_DO_LEAP},
    {EK_KEY_PAGE_UP, EK_DO_LEAP_BACK},
    {EK_KEY_SHIFT_LEFT, EK_DO_LEAP_BACK},
    {']', EK_DO_FASTER},
    {'[', EK_DO_SLOWER},
    {'n', EK_DO_CHANGE},
    {'N', EK_DO_CHANGE_BACK},
    {'e', EK_DO_FAILED},
    {'E', EK_DO_FAILED_BACK},
    {EK_KEY_HOME, EK_DO_START},
    {EK_KEY_END, EK_DO_FINISH},
    {'r', EK_DO_REPEAT},
    {'m', EK_DO_MARK},
    {'u', EK_DO_MARK_NEXT},
    {'U', EK_DO_MARK_BACK},
    {'j', EK_DO_DOWN},
    {EK_KEY_DOWN, EK_DO_DOWN},
    {'k', EK_DO_UP},
    {EK_KEY_UP, EK_DO_UP},
    {EK_KEY_TAB, EK_DO_FOCUS},
    {EK_KEY_ENTER, EK_DO_OPEN},
    {'\n', EK_DO_OPEN},
    {EK_KEY_ESCAPE, EK_DO_BACK},
    {'s', EK_DO_SORT},
    {'I', EK_DO_INVERT},
    {'\\', EK_DO_FILTER},
    {'/', EK_DO_SEARCH},
    {'a', EK_DO_EVERY},
    {'z', EK_DO_ZOOM},
    {'Z', EK_DO_ZOOM_OUT},
    {'y', EK_DO_MOMENT},
    {'1', EK_DO_OVERVIEW},
    {'2', EK_DO_HEAT},
    {'3', EK_DO_EVENTS},
    {'4', EK_DO_CONSUL},
    {'5', EK_DO_POLICY},
    {'6', EK_DO_GRAPHS},
    {'7', EK_DO_COMPARE},
    {'c', EK_DO_CALL},
    {'C', EK_DO_CALL_BACK},
    {'v', EK_DO_BROKEN},
    {'T', EK_DO_SINCE},
    {'!', EK_DO_FAULTY},
    {'o', EK_DO_FOLLOW},
    {'O', EK_DO_FOLLOW_FAULT},
    {'F', EK_DO_HOLD},
    {'x', EK_DO_EXPLAIN},
    {'i', EK_DO_INJECT},
    {'p', EK_DO_RERUN},
    {'b', EK_DO_SWAP},
    {'S', EK_DO_SAVE},
    {'P', EK_DO_CAST},
    {EK_KEY_F5, EK_DO_RELOAD},
    {':', EK_DO_COMMAND},
    {'?', EK_DO_HELP},
    {'L' & 31, EK_DO_REDRAW},
    {'Z' & 31, EK_DO_SUSPEND},
    {'q', EK_DO_QUIT},
};

static const struct {
    const char *name;
    uint32_t key;
} names[] = {
    {"Up", EK_KEY_UP},
    {"Down", EK_KEY_DOWN},
    {"Left", EK_KEY_LEFT},
    {"Right", EK_KEY_RIGHT},
    {"S-Left", EK_KEY_SHIFT_LEFT},
    {"S-Right", EK_KEY_SHIFT_RIGHT},
    {"PgUp", EK_KEY_PAGE_UP},
    {"PgDn", EK_KEY_PAGE_DOWN},
    {"Home", EK_KEY_HOME},
    {"End", EK_KEY_END},
    {"BS", EK_KEY_BACKSPACE},
    {"F5", EK_KEY_F5},
    {"Enter", EK_KEY_ENTER},
    {"Tab", EK_KEY_TAB},
    {"Esc", EK_KEY_ESCAPE},
    {"Space", ' '},
    {"lt", '<'},
    {"C-c", 'C' & 31},
    {"C-l", 'L' & 31},
    {"C-z", 'Z' & 31},
};

const struct ek_tui_action_text *ek_tui_action_text(enum ek_tui_action action)
{
    return &texts[action];
}

enum ek_tui_action ek_key_action(uint32_t key, enum ek_screen screen)
{
    for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++) {
        if (bindings[i].key == key && (texts[bindings[i].action].where & 1u << screen) != 0)
            return bindings[i].action;
    }
    return EK_DO_NOTHING;
}

enum ek_tui_action ek_tui_action_find(const char *word)
{
    size_t length = strlen(word);
    enum ek_tui_action found = EK_DO_NOTHING;
    for (int i = 1; i < EK_DO_COUNT; i++) {
        if (strcmp(texts[i].word, word) == 0)
            return (enum ek_tui_action)i;
        if (length > 0 && strncmp(texts[i].word, word, length) == 0)
            found = found == EK_DO_NOTHING ? (enum ek_tui_action)i : EK_DO_COUNT;
    }
    return found == EK_DO_COUNT ? EK_DO_NOTHING : found;
}

uint32_t ek_key_read(const char **script, int64_t *wait_ns)
{
    *wait_ns = 0;
    const char *text = *script;
    const char *end = text[0] == '<' ? strchr(text, '>') : NULL;
    if (end) {
        size_t length = (size_t)(end - text - 1);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (strlen(names[i].name) == length && strncmp(names[i].name, text + 1, length) == 0) {
                *script = end + 1;
                return names[i].key;
            }
        }
        char wait[32];
        snprintf(wait, sizeof wait, "%.*s", (int)length, text + 1);
        if (strncmp(wait, "wait ", 5) == 0 && ek_duration_read(wait + 5, wait_ns)) {
            *script = end + 1;
            return 0;
        }
    }
    if (*text != '\0')
        *script = text + 1;
    return (unsigned char)*text;
}

_Bool ek_duration_read(const char *text, int64_t *ns)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9},  {"ms", 1e6},  {"us", 1e3},
                 {"ns", 1}, {"m", 60e9}, {"min", 60e9}};
    if (strspn(text, "0123456789.") == 0)
        return 0;
    char *end;
    double value = strtod(text, &end);
    while (*end == ' ')
        end++;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        double result = value * units[i].ns + 0.5;
        if (strcmp(end, units[i].unit) == 0 && result < 9e18) {
            *ns = (int64_t)result;
            return 1;
        }
    }
    return 0;
}
