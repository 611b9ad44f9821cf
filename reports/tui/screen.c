#include "reports/tui/screen.h"

#include "reports/tui/key.h"
#include "reports/tui/palette.h"

#include <curses.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

enum {
    ESCAPE_DELAY_MS = 25,
    RUN_MAX = 1000
};

struct ek_terminal {
    FILE *in, *out;
    SCREEN *screen;
    bool color;
    chtype looks[EK_STYLE_COUNT];
    struct ek_grid *shown; /* NULL: nothing yet */
};

bool ek_terminal_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* A terminal says in COLORFGBG "15;0" or so which of 16 colours its background has. */
static bool background_is_light(void)
{
    const char *colors = getenv("COLORFGBG");
    const char *last = colors ? strrchr(colors, ';') : NULL;
    int background = last ? atoi(last + 1) : 0;
    return background == 7 || background == 15;
}

void ek_terminal_theme(struct ek_terminal *terminal, enum ek_theme theme)
{
    int colors = 0;
    if (terminal->color && has_colors() && start_color() == OK && use_default_colors() == OK)
        colors = COLORS;
    bool light = background_is_light();
    for (int i = 0; i < EK_STYLE_COUNT; i++) {
        struct ek_look look = ek_palette_look((enum ek_style)i, colors, light, theme);
        chtype attributes = 0;
        if (look.attributes & EK_LOOK_BOLD)
            attributes |= A_BOLD;
        if (look.attributes & EK_LOOK_DIM)
            attributes |= A_DIM;
        if (look.attributes & EK_LOOK_REVERSE)
            attributes |= A_REVERSE;
        if (look.attributes & EK_LOOK_UNDERLINE)
            attributes |= A_UNDERLINE;
        if (look.color >= 0 && look.color < colors &&
            init_pair((short)(i + 1), look.color, -1) == OK)
            attributes |= (chtype)COLOR_PAIR(i + 1);
        terminal->looks[i] = attributes;
    }
}

/* Shift with an arrow key has no name in every terminal's description. */
static void define_keys(void)
{
    (void)define_key("\033[1;2C", KEY_SRIGHT);
    (void)define_key("\033[1;2D", KEY_SLEFT);
}

struct ek_terminal *ek_terminal_open(bool color, char *why, size_t why_size)
{
    const char *term = getenv("TERM");
    struct ek_terminal *terminal = calloc(1, sizeof *terminal);
    snprintf(why, why_size, "there is no terminal to draw on");
    if (!terminal)
        return NULL;
    terminal->in = fopen("/dev/tty", "r");
    terminal->out = fopen("/dev/tty", "w");
    if (!terminal->in || !terminal->out) {
        ek_terminal_close(terminal);
        return NULL;
    }
    snprintf(why, why_size, "a terminal of the kind TERM=%.40s has no screen to draw on",
             term ? term : "");
    terminal->screen = term ? newterm(NULL, terminal->out, terminal->in) : NULL;
    const char *move = terminal->screen ? tigetstr("cup") : NULL;
    if (!move || move == (const char *)(intptr_t)-1) {
        ek_terminal_close(terminal);
        return NULL;
    }
    set_escdelay(ESCAPE_DELAY_MS);
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    define_keys();
    (void)mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
    (void)mouseinterval(0);
    curs_set(0);
    terminal->color = color;
    ek_terminal_theme(terminal, EK_THEME_DEFAULT);
    return terminal;
}

void ek_terminal_close(struct ek_terminal *terminal)
{
    if (!terminal)
        return;
    if (terminal->screen) {
        endwin();
        delscreen(terminal->screen);
    }
    if (terminal->in)
        fclose(terminal->in);
    if (terminal->out)
        fclose(terminal->out);
    ek_grid_free(terminal->shown);
    free(terminal);
}

void ek_terminal_leave(struct ek_terminal *terminal)
{
    endwin();
    fflush(terminal->out);
}

void ek_terminal_return(struct ek_terminal *terminal)
{
    ek_grid_free(terminal->shown);
    terminal->shown = NULL;
    refresh();
    curs_set(0);
}

struct ek_screen_size ek_terminal_size(const struct ek_terminal *terminal)
{
    (void)terminal;
    return (struct ek_screen_size){.columns = COLS, .rows = LINES};
}

int ek_terminal_input(const struct ek_terminal *terminal)
{
    return fileno(terminal->in);
}

static uint32_t key_of(wint_t code)
{
    static const struct {
        int code;
        uint32_t key;
    } table[] = {
        {KEY_UP, EK_KEY_UP},
        {KEY_DOWN, EK_KEY_DOWN},
        {KEY_LEFT, EK_KEY_LEFT},
        {KEY_RIGHT, EK_KEY_RIGHT},
        {KEY_SLEFT, EK_KEY_SHIFT_LEFT},
        {KEY_SRIGHT, EK_KEY_SHIFT_RIGHT},
        {KEY_PPAGE, EK_KEY_PAGE_UP},
        {KEY_NPAGE, EK_KEY_PAGE_DOWN},
        {KEY_HOME, EK_KEY_HOME},
        {KEY_END, EK_KEY_END},
        {KEY_BACKSPACE, EK_KEY_BACKSPACE},
        {KEY_ENTER, EK_KEY_ENTER},
        {KEY_F(5), EK_KEY_F5},
        {KEY_RESIZE, EK_TERMINAL_RESIZED},
        {KEY_MOUSE, EK_TERMINAL_MOUSE},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if ((wint_t)table[i].code == code)
            return table[i].key;
    }
    return 0;
}

int64_t ek_terminal_key(struct ek_terminal *terminal)
{
    for (;;) {
        wint_t code;
        int kind = get_wch(&code);
        if (kind == KEY_CODE_YES) {
            uint32_t key = key_of(code);
            if (key != 0)
                return key;
        } else if (kind == OK) {
            if (code != 0 && code < 0x110000)
                return code;
        } else {
            struct termios unused;
            return tcgetattr(fileno(terminal->in), &unused) == 0 ? 0 : -1;
        }
    }
}

bool ek_terminal_mouse(struct ek_mouse *mouse)
{
    MEVENT event;
    if (getmouse(&event) != OK)
        return false;
    *mouse = (struct ek_mouse){.x = event.x, .y = event.y};
    mouse->is_click = (event.bstate & BUTTON1_PRESSED) != 0;
    mouse->wheel = (event.bstate & BUTTON4_PRESSED) ? -1 : (event.bstate & BUTTON5_PRESSED) ? 1 : 0;
    return mouse->is_click || mouse->wheel != 0;
}

static chtype attributes_of(const struct ek_terminal *terminal, const struct ek_cell *cell)
{
    chtype attributes = terminal->looks[cell->style];
    if (cell->flags & EK_CELL_REVERSE)
        attributes ^= A_REVERSE;
    if (cell->flags & EK_CELL_BOLD)
        attributes = (attributes | A_BOLD) & ~(chtype)A_DIM;
    return attributes;
}

static void write_row(const struct ek_terminal *terminal, const struct ek_grid *grid, int y)
{
    wchar_t run[RUN_MAX + 1];
    int x = 0;
    while (x < grid->columns) {
        chtype attributes = attributes_of(terminal, ek_grid_at(grid, x, y));
        int start = x, count = 0;
        while (x < grid->columns && attributes_of(terminal, ek_grid_at(grid, x, y)) == attributes) {
            uint32_t rune = ek_grid_at(grid, x++, y)->rune;
            if (rune != 0)
                run[count++] = (wchar_t)rune;
        }
        run[count] = L'\0';
        attrset((int)attributes);
        (void)mvaddnwstr(y, start, run, count);
    }
}

static bool same_row(const struct ek_grid *a, const struct ek_grid *b, int y)
{
    const struct ek_cell *left = ek_grid_at(a, 0, y), *right = ek_grid_at(b, 0, y);
    for (int x = 0; x < a->columns; x++) {
        if (left[x].rune != right[x].rune || left[x].style != right[x].style ||
            left[x].flags != right[x].flags)
            return false;
    }
    return true;
}

/* Without memory for the copy every row is written, and curses finds the differences alone. */
static void remember(struct ek_terminal *terminal, const struct ek_grid *grid)
{
    struct ek_grid *shown = terminal->shown;
    if (!shown || shown->columns != grid->columns || shown->rows != grid->rows) {
        ek_grid_free(shown);
        shown = terminal->shown = ek_grid_new(grid->columns, grid->rows, grid->ascii);
    }
    if (shown)
        memcpy(shown->cells, grid->cells,
               (size_t)grid->columns * (size_t)grid->rows * sizeof *grid->cells);
}

void ek_terminal_show(struct ek_terminal *terminal, const struct ek_grid *grid, bool afresh)
{
    const struct ek_grid *shown = terminal->shown;
    bool is_new = afresh || !shown || shown->columns != grid->columns || shown->rows != grid->rows;
    if (is_new)
        clear();
    for (int y = 0; y < grid->rows; y++) {
        if (is_new || !same_row(shown, grid, y))
            write_row(terminal, grid, y);
    }
    remember(terminal, grid);
    refresh();
}

void ek_terminal_rescue(void)
{
    /* Attributes off, mouse off, cursor on, keypad off, the other screen back. */
    static const char text[] = "\033[0m\033[?1000l\033[?1006l\033[?25h\033[?1l\033>\033[?1049l\r\n";
    int tty = open("/dev/tty", O_RDWR | O_NOCTTY);
    if (tty < 0)
        return;
    struct termios mode;
    if (tcgetattr(tty, &mode) == 0) {
        mode.c_iflag |= ICRNL | IXON;
        mode.c_oflag |= OPOST | ONLCR;
        mode.c_lflag |= ICANON | ECHO | ECHOE | ECHOK | ISIG | IEXTEN;
        (void)tcsetattr(tty, TCSANOW, &mode);
    }
    ssize_t written = write(tty, text, sizeof text - 1);
    (void)written;
    (void)close(tty);
}
