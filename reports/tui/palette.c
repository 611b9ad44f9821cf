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
};
/* clang-format on */

struct ek_look ek_palette_look(enum ek_style style, int colors, bool light)
{
    const struct row *row = &rows[style];
    if (colors >= 256)
        return (struct ek_look){light ? row->light : row->dark, row->many_attributes};
    if (colors >= 8)
        return (struct ek_look){row->few, row->few_attributes};
    return (struct ek_look){OWN, row->no_color_attributes};
}
