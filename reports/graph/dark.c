/* The colours of graphs where the viewer prefers dark: one for each that is drawn in the light. */
#include "reports/graph/dark.h"

#include <string.h>

static const struct {
    const char *light, *dark;
} pairs[] = {
    {"#000000", "#e8eaee"}, {"#ffffff", "#14171c"}, /* ink and paper */
    {"#444444", "#b8c0cc"}, {"#555555", "#a8b0bc"}, {"#777777", "#949ca8"}, {"#8a8a8a", "#8c939e"},
    {"#999999", "#6f7783"}, {"#bbbbbb", "#5d6571"}, {"#cccccc", "#4b525d"}, {"#f0f0f0", "#262b33"},
    {"#f4f4f4", "#22272f"}, {"#117733", "#3ccf78"}, {"#e8f4ec", "#16301f"}, /* good */
    {"#882255", "#ff8fb3"}, {"#f8e9f0", "#3b1a28"},                         /* bad */
    {"#332288", "#a99bff"}, {"#efedf8", "#24213f"},                         /* reacts, draining */
    {"#b35900", "#ffa366"}, {"#fff4dd", "#3a2a12"},                         /* faults */
    {"#56b4e9", "#7cc8f5"}, {"#eaf6fd", "#15303f"}, /* probing, connecting */
    {"#e69f00", "#f0c040"},                         /* suspect */
    {"#cc0000", "#ff7b72"},                         /* what should not be */
};

void ek_graph_dark_rules(const char *scope, FILE *out)
{
    /* Text without a colour of its own is black; the other rules weigh more than this one. */
    fprintf(out, "%stext{fill:#e8eaee}\n", scope);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        fprintf(out, "%s[fill=\"%s\"]{fill:%s}%s[stroke=\"%s\"]{stroke:%s}\n", scope,
                pairs[i].light, pairs[i].dark, scope, pairs[i].light, pairs[i].dark);
}

void ek__svg_write(const char *svg, size_t size, FILE *out)
{
    const char *head = strstr(svg, "<svg "), *end = head != NULL ? strchr(head, '>') : NULL;
    size_t before = end != NULL ? (size_t)(end + 1 - svg) : size;
    fwrite(svg, 1, before, out);
    if (end == NULL)
        return;
    /* A picture wider than the window is shown whole. */
    fputs(
        "\n<style>svg{max-width:100%;height:auto}@media screen and (prefers-color-scheme:dark){\n",
        out);
    ek_graph_dark_rules("", out);
    fputs("}</style>", out);
    fwrite(svg + before, 1, size - before, out);
}
