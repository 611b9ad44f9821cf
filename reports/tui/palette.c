#include "reports/tui/palette.h"

struct row {
    short dark, light; /* of 256 colours */
    short few;         /* of 8 or 16 */
    unsigned many_attributes, few_attributes, no_color_attributes;
};

enum {
    RED = 1,
    YELLOW = 3,
    BLUE = 4,
    MAGENTA = 5,
    CYAN = 6,
    OWN = -1
};

/* clang-format off */
static const struct row rows[EK_STYLE_COUNT] = {
    [EK_STYLE_TEXT]     = {OWN, OWN, OWN,    0, 0, 0},
    [EK_STYLE_DIM]      = {245, 243, OWN,    0, EK_LOOK_DIM, EK_LOOK_DIM},
    [EK_STYLE_STRONG]   = {OWN, OWN, OWN,    EK_LOOK_BOLD, EK_LOOK_BOLD, EK_LOOK_BOLD},
    [EK_STYLE_FRAME]    = {240, 248, OWN,    0, EK_LOOK_DIM, EK_LOOK_DIM},
    [EK_STYLE_TITLE]    = {OWN, OWN, OWN,    EK_LOOK_BOLD, EK_LOOK_BOLD, EK_LOOK_BOLD},
    [EK_STYLE_HEADING]  = {110,  24, CYAN,   0, 0, EK_LOOK_UNDERLINE},
    [EK_STYLE_FAULT]    = {209, 166, RED,    EK_LOOK_BOLD, EK_LOOK_BOLD, EK_LOOK_BOLD},
    [EK_STYLE_CURSOR]   = {231,  16, OWN,    EK_LOOK_BOLD, EK_LOOK_BOLD, EK_LOOK_BOLD},
    [EK_STYLE_MARK]     = {183,  90, MAGENTA, EK_LOOK_BOLD, EK_LOOK_BOLD, EK_LOOK_BOLD},
    [EK_STYLE_CHART]    = { 74,  25, CYAN,   0, 0, 0},
    [EK_STYLE_BAD]      = {211,  89, RED,    0, 0, EK_LOOK_BOLD},
    [EK_STYLE_HEALTHY]  = { 35,  22, OWN,    0, 0, 0},
    [EK_STYLE_SUSPECT]  = {221, 214, YELLOW, 0, 0, EK_LOOK_BOLD},
    [EK_STYLE_EJECTED]  = {211,  89, RED,    0, EK_LOOK_BOLD, EK_LOOK_REVERSE},
    [EK_STYLE_PROBING]  = {117,  74, CYAN,   0, 0, EK_LOOK_UNDERLINE},
    [EK_STYLE_DRAINING] = { 62,  17, BLUE,   0, 0, EK_LOOK_UNDERLINE},
    [EK_STYLE_GONE]     = {240, 250, OWN,    0, EK_LOOK_DIM, EK_LOOK_DIM},
    [EK_STYLE_HEAT0]    = {238, 252, OWN,    0, EK_LOOK_DIM, EK_LOOK_DIM},
    [EK_STYLE_HEAT1]    = { 24, 153, BLUE,   0, 0, 0},
    [EK_STYLE_HEAT2]    = { 31, 110, CYAN,   0, 0, 0},
    [EK_STYLE_HEAT3]    = { 75,  31, CYAN,   0, EK_LOOK_BOLD, 0},
    [EK_STYLE_HEAT4]    = {195,  24, OWN,    0, EK_LOOK_BOLD, EK_LOOK_BOLD},
    [EK_STYLE_SUSPECT_WORD] = {221, OWN, OWN, EK_LOOK_BOLD, EK_LOOK_BOLD, EK_LOOK_BOLD},
    [EK_STYLE_PROBING_WORD] = {117, OWN, OWN, 0, EK_LOOK_UNDERLINE, EK_LOOK_UNDERLINE},
};
/* clang-format on */

/* The brightest that there is: plain colours in bold, nothing dimmed. */
static struct ek_look contrast(const struct row *row, int colors)
{
    unsigned attributes = (row->no_color_attributes | row->few_attributes) & ~(unsigned)EK_LOOK_DIM;
    bool has_color = colors >= 8 && row->few != OWN && row->few != BLUE;
    return (struct ek_look){has_color ? row->few : (short)OWN,
                            has_color ? attributes | EK_LOOK_BOLD : attributes};
}

struct ek_look ek_palette_look(enum ek_style style, int colors, bool light, enum ek_theme theme)
{
    const struct row *row = &rows[style];
    if (theme == EK_THEME_CONTRAST)
        return contrast(row, colors);
    light = light || theme == EK_THEME_LIGHT;
    colors = theme == EK_THEME_MONO ? 0 : colors;
    if (colors >= 256)
        return (struct ek_look){light ? row->light : row->dark, row->many_attributes};
    if (colors >= 8)
        return (struct ek_look){row->few, row->few_attributes};
    return (struct ek_look){OWN, row->no_color_attributes};
}
