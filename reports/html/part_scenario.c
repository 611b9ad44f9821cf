/* The scenario as it ran, how to repeat it, and what each number means. */
#include "reports/html/report.h"

#include "reports/html/write.h"
#include "reports/recording/expect.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Indented; as it is when it cannot be read. */
static void put_json(const char *text, FILE *out)
{
    json_t *json = json_loads(text, 0, NULL);
    char *pretty = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;
    ek__html(out, "<pre class=\"json\">$</pre>\n", pretty != NULL ? pretty : text);
    free(pretty);
    json_decref(json);
}

void ek__part_scenario(const struct ek__report *report, FILE *out)
{
    for (size_t i = 0; i < report->run_count; i++) {
        const struct ek__run *run = &report->runs[i];
        ek__run_heading(report, run, out);
        ek__html(out, "<p>Run it again: <code class=\"block\">$</code></p>\n",
                 run->results->command);
        fprintf(out,
                "<p>Seed %" PRIu64 " of evenkeel %s gives the fingerprint <code>%016" PRIx64
                "</code> on every machine. Look at the new recording with <code>evenkeel tui latest"
                "</code>, as a graph with <code>evenkeel graph latest -o graph.svg</code>, or with"
                " SQL: <code>sqlite3 evenkeel-out/latest 'select * from v_failover'</code>.</p>\n"
                "<details class=\"numbers\"%s><summary>The scenario as it ran</summary>\n",
                run->results->seed, EK_VERSION, run->results->fingerprint,
                report->run_count == 1 ? " open" : "");
        put_json(ek_replay_scenario_json(run->replay), out);
        fputs("</details>\n", out);
    }
}

static bool is_used(const struct ek__report *report, const char *metric)
{
    for (size_t i = 0; i < report->run_count; i++)
        for (size_t k = 0; k < report->runs[i].results->judged_count; k++)
            if (strcmp(report->runs[i].results->judged[k].metric, metric) == 0)
                return true;
    return false;
}

static void define(FILE *out, const char *term, const char *text)
{
    ek__html(out, "<dt>$</dt><dd>$</dd>\n", term, text);
}

void ek__part_definitions(const struct ek__report *report, FILE *out)
{
    fputs("<dl class=\"terms\">\n", out);
    define(out, "call", "What a client asked for. It has one result, whatever it took to get it.");
    define(out, "attempt", "One request to one endpoint; a call has several when it is retried.");
    define(out, "latency",
           "From the moment a call was planned to its end, so that a client that"
           " is held up hides nothing.");
    define(out, "failed", "A call that did not end with OK, or too late for the scenario.");
    define(out, "phase",
           "before: until the first fault; one for each fault while it lasts; after:"
           " from the last fault's end. Calls belong to the one they were planned in,"
           " attempts to the one they started in.");
    define(out, "chi-square p",
           "How probable it is that picks at random, each endpoint with its weight, spread at least"
           " as unevenly. Near 1 the spread is more even than chance, below 0.001 it is no chance."
           " In a fault's phase its own endpoints stay out.");
    define(out, "clients in step",
           "How much the traffic of an endpoint swings from one moment to the next, against what"
           " clients that pick independently give, which is 1. Far above 1 many clients choose the"
           " same endpoint together: a herd. Below 1 endpoints are taken in turn. The median over"
           " the phase, each stretch of it held against its neighbours.");
    define(out, "noticed",
           "The first reaction that the fault caused: an ejection, a lost"
           " connection, a critical check, a removal or a retry.");
    define(out, "ejected",
           "A client keeps away from an endpoint for a while because calls to it"
           " failed. Each client decides for itself.");
    define(out, "moved",
           "The last attempt at the fault's endpoints before their share stays at or"
           " below a tenth of normal for a second.");
    define(out, "back",
           "The first second after the fault's end in which its endpoints get 95 % of"
           " their normal share.");
    define(out, "led here",
           "The fault with which the recorded chain of causes begins. Causes are"
           " recorded while it runs, never guessed from times.");
    define(out, "Consul index, client lag",
           "The registry numbers its changes. A client whose last"
           " answer has a lower number acts on an older view; the"
           " lag is how long that has been so for some client.");
    for (const struct ek_metric *metric = ek_metric_all; metric->name != NULL; metric++)
        if (is_used(report, metric->name))
            define(out, metric->name, metric->text);
    fputs("</dl>\n", out);
}
