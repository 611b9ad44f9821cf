#include "reports/tui/grid.h"
#include "reports/tui/palette.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_text(const struct ek_grid *grid, const char *wanted)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ek_grid_print(grid, out);
    fclose(out);
    assert_string_equal(text, wanted);
    free(text);
}

static void text_is_cut_at_its_width_with_an_ellipsis(void **state)
{
    (void)state;
    struct ek_grid *grid = ek_grid_new(12, 2, false);

    int whole = ek_grid_text(grid, 0, 0, 5, EK_STYLE_TEXT, "exact");
    int cut = ek_grid_text(grid, 0, 1, 5, EK_STYLE_TEXT, "too long");

    assert_int_equal(whole, 5);
    assert_int_equal(cut, 5);
    assert_text(grid, "exact\ntoo …\n");
    ek_grid_free(grid);
}

static void nothing_is_drawn_outside(void **state)
{
    (void)state;
    struct ek_grid *grid = ek_grid_new(4, 2, false);

    (void)ek_grid_text(grid, -2, 0, 10, EK_STYLE_TEXT, "abcdefgh");
    (void)ek_grid_text(grid, 0, 2, 10, EK_STYLE_TEXT, "below");
    (void)ek_grid_text(grid, 0, -1, 10, EK_STYLE_TEXT, "above");
    ek_grid_flag(grid, 3, 1, 9, EK_CELL_REVERSE);

    assert_text(grid, "cdef\n\n");
    ek_grid_free(grid);
}

static void wide_characters_take_two_columns(void **state)
{
    (void)state;
    struct ek_grid *grid = ek_grid_new(6, 3, false);

    int taken = ek_grid_text(grid, 0, 0, 6, EK_STYLE_TEXT, "日本x");
    (void)ek_grid_text(grid, 0, 1, 3, EK_STYLE_TEXT, "日本");
    (void)ek_grid_text(grid, 0, 2, 6, EK_STYLE_TEXT, "日本");
    ek_grid_put(grid, 1, 2, EK_STYLE_TEXT, 'y'); /* in the middle of the first */

    assert_int_equal(taken, 5);
    assert_text(grid, "日本x\n日…\n y本\n");
    ek_grid_free(grid);
}

static void control_characters_never_get_into_a_cell(void **state)
{
    (void)state;
    struct ek_grid *grid = ek_grid_new(20, 3, false);

    (void)ek_grid_text(grid, 0, 0, 20, EK_STYLE_TEXT, "a\033[31mb\r\n\tc\177");
    (void)ek_grid_text(grid, 0, 1, 20, EK_STYLE_TEXT, "\302\233x\342\200\256y"); /* CSI, RLO */
    (void)ek_grid_text(grid, 0, 2, 20, EK_STYLE_TEXT, "\377\300\200\355\240\200z");

    for (int y = 0; y < 3; y++) {
        for (int x = 0; x < 20; x++) {
            uint32_t rune = ek_grid_at(grid, x, y)->rune;
            assert_true(rune >= 32 && (rune < 0x7f || rune >= 0xa0) && rune != 0x202e);
        }
    }
    assert_int_equal(ek_grid_at(grid, 1, 0)->rune, '?');
    assert_int_equal(ek_grid_at(grid, 2, 0)->rune, '[');
    ek_grid_free(grid);
}

static void ascii_grids_hold_ascii_only(void **state)
{
    (void)state;
    struct ek_grid *grid = ek_grid_new(30, 2, true);

    (void)ek_grid_text(grid, 0, 0, 30, EK_STYLE_TEXT, "●▲✗◐▼○ ┌─┐│ é 日");
    ek_grid_bar(grid, 0, 1, 4, EK_STYLE_TEXT, 1, 2);

    assert_text(grid, "+!X~v. +-+| ? ?\n##\n");
    ek_grid_free(grid);
}

static void bars_count_in_eighths(void **state)
{
    (void)state;
    struct ek_grid *grid = ek_grid_new(4, 5, false);

    ek_grid_bar(grid, 0, 0, 4, EK_STYLE_TEXT, 0, 8);
    ek_grid_bar(grid, 0, 1, 4, EK_STYLE_TEXT, 8, 8);
    ek_grid_bar(grid, 0, 2, 4, EK_STYLE_TEXT, 3, 8);      /* 1.5 of 4 columns */
    ek_grid_bar(grid, 0, 3, 4, EK_STYLE_TEXT, 1, 100000); /* never nothing */
    ek_grid_bar(grid, 0, 4, 4, EK_STYLE_TEXT, 9, 8);      /* never more than all */

    assert_text(grid, "\n████\n█▌\n▏\n████\n");
    assert_int_equal(ek_grid_spark(0, 8), ' ');
    assert_int_equal(ek_grid_spark(0.001, 8), 0x2581);
    assert_int_equal(ek_grid_spark(8, 8), 0x2588);
    ek_grid_free(grid);
}

static void numbers_end_at_their_right_edge(void **state)
{
    (void)state;
    struct ek_grid *grid = ek_grid_new(8, 1, false);

    ek_grid_right(grid, 1, 0, 6, EK_STYLE_TEXT, "28 ms");

    assert_text(grid, "  28 ms\n");
    ek_grid_free(grid);
}

static void states_differ_without_colours(void **state)
{
    (void)state;

    struct ek_look ejected = ek_palette_look(EK_STYLE_EJECTED, 0, false, EK_THEME_DEFAULT);
    struct ek_look healthy = ek_palette_look(EK_STYLE_HEALTHY, 0, false, EK_THEME_DEFAULT);

    assert_int_equal(ejected.color, -1);
    assert_int_not_equal(ejected.attributes, healthy.attributes);
}

static void states_have_the_colours_of_the_palette(void **state)
{
    (void)state;

    /* The table in the interface's reference: healthy 22/35 ... gone 250/240, light/dark. */
    static const short light[] = {22, 214, 89, 74, 17, 250};
    static const short dark[] = {35, 221, 211, 117, 62, 240};
    for (int i = 0; i < 6; i++) {
        enum ek_style style = (enum ek_style)(EK_STYLE_HEALTHY + i);
        assert_int_equal(ek_palette_look(style, 256, true, EK_THEME_DEFAULT).color, light[i]);
        assert_int_equal(ek_palette_look(style, 256, false, EK_THEME_DEFAULT).color, dark[i]);
    }
    for (int i = 0; i < EK_STYLE_COUNT; i++)
        assert_true(ek_palette_look((enum ek_style)i, 8, false, EK_THEME_DEFAULT).color < 8);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_at_its_width_with_an_ellipsis),
        cmocka_unit_test(nothing_is_drawn_outside),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(control_characters_never_get_into_a_cell),
        cmocka_unit_test(ascii_grids_hold_ascii_only),
        cmocka_unit_test(bars_count_in_eighths),
        cmocka_unit_test(numbers_end_at_their_right_edge),
        cmocka_unit_test(states_differ_without_colours),
        cmocka_unit_test(states_have_the_colours_of_the_palette),
    };
    return cmocka_run_group_tests_name("reports/tui_grid", tests, NULL, NULL);
}
