# Graphviz's layout, with the two plugins that a picture needs linked in.
pkg_check_modules(gvc REQUIRED IMPORTED_TARGET libgvc libcgraph)
find_library(EK_GVPLUGIN_CORE gvplugin_core REQUIRED
             HINTS ${gvc_LIBRARY_DIRS} ${gvc_LIBDIR} PATH_SUFFIXES graphviz)
find_library(EK_GVPLUGIN_DOT_LAYOUT gvplugin_dot_layout REQUIRED
             HINTS ${gvc_LIBRARY_DIRS} ${gvc_LIBDIR} PATH_SUFFIXES graphviz)
get_filename_component(ek_gvplugin_folder ${EK_GVPLUGIN_CORE} DIRECTORY)

target_compile_definitions(ek_reports PRIVATE EK_GRAPHVIZ)
target_link_libraries(ek_reports PRIVATE
    $<BUILD_INTERFACE:PkgConfig::gvc>
    $<BUILD_INTERFACE:${EK_GVPLUGIN_CORE}>
    $<BUILD_INTERFACE:${EK_GVPLUGIN_DOT_LAYOUT}>)
# The plugins live in a folder of their own, which the loader does not search.
target_link_options(ek_reports INTERFACE -Wl,-rpath,${ek_gvplugin_folder})
target_sources(ek_reports PRIVATE graph/graph_read.c)
