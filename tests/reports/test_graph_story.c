/* Pictures of a failover made by hand: see story_made.h. EK_GOLDEN_UPDATE=1 rewrites the goldens.
 */
#include "tests/reports/drawn.h"
#include "tests/reports/story_made.h"

#include "reports/graph/dark.h"
#include "reports/graph/graph.h"

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        count++;
    return count;
}

static void causality_is_as_reviewed(void **state)
{
    struct story *story = *state;
    assert_golden("causality_story.dot", ek_graph_causality(story->replay, "F1", EK_GRAPH_DOT));
    assert_golden("causality_story.mmd", ek_graph_causality(story->replay, NULL, EK_GRAPH_MERMAID));
}

static void propagation_is_as_reviewed(void **state)
{
    struct story *story = *state;
    assert_golden("propagation_story.dot", ek_graph_propagation(story->replay, "F1", EK_GRAPH_DOT));
    assert_golden("propagation_story.mmd",
                  ek_graph_propagation(story->replay, NULL, EK_GRAPH_MERMAID));
}

static void pictures_are_the_same_bytes_everywhere(void **state)
{
    struct story *story = *state;
    assert_golden("causality_story.svg",
                  svg_of(ek_graph_causality(story->replay, NULL, EK_GRAPH_DOT)));
    assert_golden("propagation_story.svg",
                  svg_of(ek_graph_propagation(story->replay, NULL, EK_GRAPH_DOT)));
}

/* Each colour of `svg` that is not "none" or "transparent" has its rule for viewers that like dark.
 */
static void assert_ruled(const char *svg, const char *attribute)
{
    for (const char *at = strstr(svg, attribute); at != NULL; at = strstr(at + 1, attribute)) {
        char rule[64];
        if (at[strlen(attribute)] != '#')
            continue;
        snprintf(rule, sizeof rule, "[%.*s\"]{", (int)strlen(attribute) + 7, at);
        if (strstr(svg, rule) == NULL)
            fail_msg("no rule %s", rule);
    }
}

static void every_color_has_one_for_the_dark(void **state)
{
    struct story *story = *state;
    char *graphs[] = {ek_graph_causality(story->replay, NULL, EK_GRAPH_DOT),
                      ek_graph_propagation(story->replay, NULL, EK_GRAPH_DOT),
                      ek_graph_topology(story->replay, NULL, 0), ek_graph_states(story->replay),
                      ek_graph_health(story->replay, EK_GRAPH_DOT)};
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++) {
        char *svg = svg_of(graphs[i]);
        assert_ruled(svg, "fill=\"");
        assert_ruled(svg, "stroke=\"");
        free(svg);
    }
}

/* The page may have no styles in its pictures: its style sheet has their rules. */
static void the_report_has_the_same_rules(void **state)
{
    char *rules = NULL, *sheet = read_whole("reports/html/report.css");
    size_t size;
    FILE *out = open_memstream(&rules, &size);
    (void)state;
    assert_non_null(out);
    ek_graph_dark_rules(".graphviz ", out);
    fclose(out);
    if (strstr(sheet, rules) == NULL)
        fail_msg("reports/html/report.css lacks these rules:\n%s", rules);
    free(rules);
    free(sheet);
}

/* F1 -> 2 attempts fail -> 2 clients eject -> 2 clients take back: four boxes, three arrows. */
static void the_path_that_moved_the_traffic_is_bold(void **state)
{
    struct story *story = *state;
    char *dot = ek_graph_causality(story->replay, NULL, EK_GRAPH_DOT);
    assert_int_equal(count_of(dot, "fontname=\"Courier-Bold\""), 3);
    assert_int_equal(count_of(dot, "penwidth=3"), 4 + 3);
    free(dot);
}

static void each_cause_is_one_arrow_with_its_delay(void **state)
{
    struct story *story = *state;
    char *text = ek_graph_causality(story->replay, NULL, EK_GRAPH_MERMAID);
    assert_non_null(strstr(text, "==>|\"+100 ms .. 200 ms\"| "));
    assert_non_null(strstr(text, "==>|\"+2.00 s\"| "));
    assert_non_null(strstr(text, "-->|\"+1.00 s\"| "));
    assert_null(strstr(text, "woken<br/>4")); /* who was woken is part of the change */
    free(text);
}

static void what_is_not_there_is_not_drawn(void **state)
{
    struct story *story = *state;
    assert_null(ek_graph_causality(story->replay, "F9", EK_GRAPH_DOT));
    assert_null(ek_graph_propagation(story->replay, "F9", EK_GRAPH_DOT));
}

static void mermaid_labels_cannot_become_markup(void **state)
{
    struct story *story = *state;
    char *text = ek_graph_topology_mermaid(story->replay);
    assert_non_null(text);
    assert_non_null(strstr(text, "b#60;3#62;#124;#63;#91;31m")); /* b<3>|ESC[31m */
    assert_null(strchr(text, '\033'));
    free(text);
    text = ek_graph_states_mermaid(story->replay);
    assert_non_null(strstr(text, "n0 -->|\"6\"| n1")); /* two clients, three endpoints */
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causality_is_as_reviewed),
        cmocka_unit_test(propagation_is_as_reviewed),
        cmocka_unit_test(pictures_are_the_same_bytes_everywhere),
        cmocka_unit_test(every_color_has_one_for_the_dark),
        cmocka_unit_test(the_report_has_the_same_rules),
        cmocka_unit_test(the_path_that_moved_the_traffic_is_bold),
        cmocka_unit_test(each_cause_is_one_arrow_with_its_delay),
        cmocka_unit_test(what_is_not_there_is_not_drawn),
        cmocka_unit_test(mermaid_labels_cannot_become_markup),
    };
    return cmocka_run_group_tests_name("reports/graph_story", tests, story_set_up, story_tear_down);
}
