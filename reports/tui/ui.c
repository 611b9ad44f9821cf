#include "reports/tui/ui.h"

#include "reports/tui/snapshot.h"
#include "reports/tui/tui.h"

#include <string.h>

static const struct {
    int64_t percent;
    const char *word;
} speeds[EK_UI_SPEED_COUNT] = {
    {1, "x1/100"},   {2, "x1/50"},    {5, "x1/20"},    {10, "x1/10"},
    {20, "x1/5"},    {50, "x1/2"},    {100, "x1"},     {200, "x2"},
    {500, "x5"},     {1000, "x10"},   {2000, "x20"},   {5000, "x50"},
    {10000, "x100"}, {20000, "x200"}, {50000, "x500"}, {100000, "x1000"},
};

int64_t ek_ui_speed_percent(int speed)
{
    return speeds[speed].percent;
}

const char *ek_ui_speed_word(int speed)
{
    return speeds[speed].word;
}

const char *ek_theme_word(enum ek_theme theme)
{
    static const char *const words[] = {
#define EK_THEME_WORD(name, word) word,
        EK_THEME_LIST(EK_THEME_WORD)
#undef EK_THEME_WORD
    };
    return words[theme];
}

bool ek_ui_speed_find(const char *word, int *speed)
{
    size_t length = word ? strlen(word) : 0;
    bool has_x_before = length > 0 && word[0] == 'x';
    if (length > 1 && !has_x_before && word[length - 1] == 'x')
        length--;
    for (int i = 0; length > 0 && i < EK_UI_SPEED_COUNT; i++) {
        const char *known = speeds[i].word + !has_x_before;
        if (strlen(known) == length && strncmp(known, word, length) == 0) {
            *speed = i;
            return true;
        }
    }
    return false;
}

bool ek_tui_is_speed(const char *word)
{
    int speed;
    return ek_ui_speed_find(word, &speed);
}

const char *ek_sort_word(enum ek_sort sort)
{
    static const char *const words[] = {
#define EK_SORT_WORD(name, word) word,
        EK_SORT_LIST(EK_SORT_WORD)
#undef EK_SORT_WORD
    };
    return words[sort];
}

void ek_ui_open(struct ek_ui *ui, struct ek_place place)
{
    if (ui->back_count == EK_UI_BACK_MAX) {
        memmove(ui->back, ui->back + 1, sizeof ui->back - sizeof ui->back[0]);
        ui->back_count--;
    }
    ui->back[ui->back_count++] = ui->place;
    ui->place = place;
}

void ek_ui_seek(struct ek_ui *ui, int64_t at_ns, int64_t end_ns)
{
    ui->at_ns = at_ns < 0 ? 0 : at_ns > end_ns ? end_ns : at_ns;
    ui->awaited_ns = 0;
    ui->is_by_event = false;
}

void ek_ui_fit(struct ek_ui *ui, const struct ek_snapshot *s)
{
    ui->at_ns = ui->at_ns > s->end_ns ? s->end_ns : ui->at_ns;
    ui->is_by_event = false;
    ui->endpoint = ui->endpoint < s->endpoint_count ? ui->endpoint : 0;
    ui->client = ui->client < s->client_count ? ui->client : 0;
    ui->follow_call = 0;
    ui->follow_fault = 0;
    ui->broken_count = 0;
    bool is_detail = ui->place.screen >= EK_SCREEN_ENDPOINT;
    if (is_detail)
        ui->place = (struct ek_place){.screen = EK_SCREEN_OVERVIEW};
    ui->back_count = 0;
}
