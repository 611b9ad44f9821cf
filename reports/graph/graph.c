#include "reports/graph/graph.h"

#include "reports/text/render_text.h"

#include <stdlib.h>
#include <string.h>

#ifdef EK_GRAPHVIZ

#include "reports/graph/dark.h"
#include "reports/graph/graph_read.h"

#include <errno.h>
#include <gvc.h>
#include <sys/wait.h>
#include <unistd.h>

/* Linked in, so that a picture needs no files beside the library and no fonts: with the built-in
 * font metrics the same graph gives the same bytes on every machine. */
extern gvplugin_library_t gvplugin_core_LTX_library;
extern gvplugin_library_t gvplugin_dot_layout_LTX_library;

static const lt_symlist_t builtins[] = {
    {"gvplugin_core_LTX_library", &gvplugin_core_LTX_library},
    {"gvplugin_dot_layout_LTX_library", &gvplugin_dot_layout_LTX_library},
    {NULL, NULL},
};

/* The type of the size differs between releases of Graphviz: unsigned, later size_t. */
static int render(GVC_t *context, graph_t *graph, const char *format, char **data, size_t *size)
{
    union {
        unsigned narrow;
        size_t wide;
    } length = {.wide = 0};
    int failed = gvRenderData(context, graph, format, data, (void *)&length);
    *size = length.wide <= UINT32_MAX ? length.wide : length.narrow;
    return failed;
}

/* The last complaint of Graphviz as one line. It has kept it itself: a callback of its own would
 * have no other place than a global variable. */
static void take_complaint(const char *what, char *why, size_t why_size)
{
    char *complaint = aglasterr();
    char line[200];
    ek__clean(complaint != NULL ? complaint : "no reason given", line, sizeof line);
    for (size_t end = strlen(line); end > 0 && (line[end - 1] == '?' || line[end - 1] == ' ');)
        line[--end] = '\0';
    snprintf(why, why_size, "%s: %s", what, line);
    free(complaint);
}

static bool draw(GVC_t *context, graph_t *graph, const char *format, FILE *out, char *why,
                 size_t why_size)
{
    char *data = NULL;
    size_t size = 0;
    bool ok = false;
    if (gvLayout(context, graph, "dot") != 0) {
        take_complaint("Graphviz cannot lay the graph out", why, why_size);
        return false;
    }
    if (render(context, graph, format, &data, &size) != 0 || data == NULL || size == 0)
        take_complaint("Graphviz cannot draw the graph", why, why_size);
    else if (fwrite(data, 1, size, out) != size || fflush(out) != 0)
        snprintf(why, why_size, "the picture cannot be written");
    else
        ok = true;
    if (data != NULL)
        gvFreeRenderData(data);
    gvFreeLayout(context, graph);
    return ok;
}

static bool can_draw(GVC_t *context, const char *format)
{
    int count = 0;
    bool found = false;
    char kind[] = "device";
    char **list = gvPluginList(context, kind, &count, NULL);
    for (int i = 0; i < count; i++) {
        found |= strcmp(list[i], format) == 0;
        free(list[i]);
    }
    free(list);
    return found;
}

static bool draw_text(const char *dot, const char *format, FILE *out, char *why, size_t why_size)
{
    bool ok = false, needs_plugin = strcmp(format, "svg") != 0;
    agerrlevel_t level = agseterr(AGMAX); /* complaints are kept, not printed */
    agreseterrors();
    graph_t *graph = ek__graph_read(dot);
    GVC_t *context = gvContextPlugins(builtins, needs_plugin);
    if (graph == NULL)
        take_complaint("Graphviz cannot read the graph", why, why_size);
    else if (context == NULL)
        snprintf(why, why_size, "Graphviz cannot start");
    else if (needs_plugin && !can_draw(context, format))
        snprintf(why, why_size,
                 "%s needs Graphviz's pango plugin, which is not installed; svg works", format);
    else
        ok = draw(context, graph, format, out, why, why_size);
    if (graph != NULL)
        agclose(graph);
    if (context != NULL)
        gvFreeContext(context);
    agseterr(level);
    return ok;
}

/* In a process of its own: laying out frames leaks in Graphviz 2.42, and its state is global. Sends
 * the picture, or the reason why there is none, and ends. */
static _Noreturn void run_child(const char *dot, const char *format, int to)
{
    char why[256] = "no memory";
    FILE *out = fdopen(to, "wb");
    bool ok = out != NULL && draw_text(dot, format, out, why, sizeof why);
    if (!ok && out != NULL) {
        fputs(why, out);
        fflush(out);
    }
    _exit(ok ? 0 : 1);
}

/* Everything until the other end closes. Returns new; NULL without memory. */
static char *read_all(int from, size_t *size)
{
    char *data = NULL, part[4096];
    FILE *all = open_memstream(&data, size);
    ssize_t count = 0;
    while ((count = read(from, part, sizeof part)) > 0 || (count < 0 && errno == EINTR)) {
        if (all != NULL && count > 0)
            fwrite(part, 1, (size_t)count, all);
    }
    if (all != NULL && fclose(all) != 0) {
        free(data);
        data = NULL;
    }
    return data;
}

static bool put_picture(const char *data, size_t size, const char *format, FILE *out, char *why,
                        size_t why_size)
{
    if (strcmp(format, "svg") == 0)
        ek__svg_write(data, size, out);
    else
        fwrite(data, 1, size, out);
    if (!ferror(out) && fflush(out) == 0)
        return true;
    snprintf(why, why_size, "the picture cannot be written");
    return false;
}

static bool write_picture(const char *dot, const char *format, FILE *out, char *why,
                          size_t why_size)
{
    int ends[2], status = 0;
    if (pipe(ends) != 0) {
        snprintf(why, why_size, "Graphviz cannot be started");
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(dot, format, ends[1]);
    }
    close(ends[1]);
    size_t size = 0;
    char *data = child > 0 ? read_all(ends[0], &size) : NULL;
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    bool ok = false;
    if (data == NULL)
        snprintf(why, why_size, "Graphviz cannot be started");
    else if (!WIFEXITED(status))
        snprintf(why, why_size, "Graphviz crashed on this graph; dot works");
    else if (WEXITSTATUS(status) != 0)
        snprintf(why, why_size, "%s", data);
    else
        ok = put_picture(data, size, format, out, why, why_size);
    free(data);
    return ok;
}

#else

static bool write_picture(const char *dot, const char *format, FILE *out, char *why,
                          size_t why_size)
{
    (void)dot;
    (void)out;
    snprintf(why, why_size,
             "%s is not built in: this program was built without Graphviz; dot works", format);
    return false;
}

#endif

bool ek_graph_write(const char *dot, const char *format, FILE *out, char *why, size_t why_size)
{
    if (strcmp(format, "dot") == 0 || strcmp(format, "mermaid") == 0) {
        if (fputs(dot, out) >= 0 && fflush(out) == 0)
            return true;
        snprintf(why, why_size, "the graph cannot be written");
        return false;
    }
    if (strcmp(format, "svg") == 0 || strcmp(format, "png") == 0 || strcmp(format, "pdf") == 0)
        return write_picture(dot, format, out, why, why_size);
    char name[40];
    snprintf(why, why_size, "unknown picture format \"%s\": svg, png, pdf, dot or mermaid",
             ek__clean(format, name, sizeof name));
    return false;
}
