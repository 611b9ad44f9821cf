# The terminal dashboard on ncursesw; without EK_TUI one that only says that it is not there.
if(NOT EK_TUI)
    target_sources(ek_reports PRIVATE tui/tui_none.c)
    return()
endif()
pkg_check_modules(ncursesw REQUIRED ncursesw>=6.2)
set(EK_TUI_SOURCES
    tui/act.c
    tui/broken.c
    tui/cast.c
    tui/chain.c
    tui/complete.c
    tui/dash.c
    tui/dash_runs.c
    tui/draw.c
    tui/draw_call.c
    tui/draw_chain.c
    tui/draw_compare.c
    tui/draw_consul.c
    tui/draw_endpoint.c
    tui/draw_foot.c
    tui/draw_graphs.c
    tui/draw_head.c
    tui/draw_heat.c
    tui/draw_log.c
    tui/draw_overview.c
    tui/draw_policy.c
    tui/draw_story.c
    tui/draw_table.c
    tui/format.c
    tui/graphs.c
    tui/grid.c
    tui/heat.c
    tui/key.c
    tui/log.c
    tui/palette.c
    tui/prompt.c
    tui/run.c
    tui/save.c
    tui/screen.c
    tui/script.c
    tui/select.c
    tui/side.c
    tui/snapshot.c
    tui/step.c
    tui/ui.c
    tui/views.c)
target_sources(ek_reports PRIVATE ${EK_TUI_SOURCES})
# The libraries only: what pkg-config says to the compiler, other _XOPEN_SOURCE values among it, is not
# for the rest of ek_reports. wcwidth and wide-character curses are outside of plain POSIX.
target_link_libraries(ek_reports PRIVATE ${ncursesw_LINK_LIBRARIES})
set_source_files_properties(tui/grid.c tui/run.c tui/screen.c PROPERTIES
    COMPILE_DEFINITIONS "_XOPEN_SOURCE=700;NCURSES_WIDECHAR=1"
    INCLUDE_DIRECTORIES "${ncursesw_INCLUDE_DIRS}")
