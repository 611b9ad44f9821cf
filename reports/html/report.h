/* What a page shows of its recordings, worked out once for all its parts. */
#ifndef EK_REPORTS_HTML_REPORT_H
#define EK_REPORTS_HTML_REPORT_H

#include "reports/html/html.h"

/* How a fault went by, in moments of the run; -1: it did not happen. Events are indices of the
 * replay's; SIZE_MAX: there is none. */
struct ek__course {
    int64_t first_error_ns, last_error_ns, detect_ns, eject_first_ns, eject_last_ns;
    int64_t divert_ns, back_ns;
    size_t first_error, detect, eject_first, eject_last; /* events */
    uint64_t ejections, clients_ejecting, calls, failed, retries, listed_out;
    int64_t p99_peak_ns, p99_before_ns; /* -1 without calls */
    int64_t p99_peak_at_ns;
    bool is_unexplained; /* the errors are those while it lasted; no chain of causes says more */
    uint64_t hit_attempts, attempts; /* while it lasted, to its endpoints and to all */
};

struct ek__run {
    struct ek_replay *replay;
    const struct ek_results *results;
    const struct ek_replay_endpoint *endpoints;
    const struct ek_replay_client *clients;
    const struct ek_replay_event *events;
    const struct ek_interval *intervals;
    size_t endpoint_count, client_count, event_count, interval_count;
    int64_t end_ns;    /* where its time axis ends */
    char letter[2];    /* "A", "B" ... */
    char label[96];    /* what sets it apart from the others: its policy, or its options */
    bool has_registry; /* its clients ask one */

    uint8_t *fitness;        /* enum ek_fitness at each interval's end, endpoint after endpoint */
    int64_t *in_flight;      /* calls, at each interval's end */
    int64_t *registry_index; /* the same for what follows */
    int64_t *client_index;   /* of the client that is furthest behind; 0: has none */
    int64_t *behind_ns;      /* how long the registry has been ahead of some client */
    uint32_t *root;          /* per event: the fault that its chain of causes begins with */
    struct ek__course *courses; /* per fault */
    uint32_t *rows;             /* endpoints to draw one by one */
    size_t row_count;
    uint64_t *weights; /* per endpoint, as it registers; all 1 when that is not known */
};

struct ek__report {
    struct ek__run runs[EK_HTML_RUNS_MAX];
    size_t run_count;
    int64_t end_ns; /* of the longest */
    bool is_folder; /* nothing may be inline */
};

/* False without memory; deinit is right either way. */
bool ek__report_init(struct ek__report *report, struct ek_replay *const *replays, size_t count);
void ek__report_deinit(struct ek__report *report);

/* Fills run->weights from the scenario as it ran. */
void ek__weights_read(struct ek__run *run);

/* "healthy", "●", "#117733" */
const char *ek__fitness_word(enum ek_fitness fitness);
const char *ek__fitness_glyph(enum ek_fitness fitness);
const char *ek__fitness_color(enum ek_fitness fitness);

enum {
    EK__FITNESS_COUNT = EK_FITNESS_GONE + 1
};

/* Start of an interval; that of the one after the last is the run's end. */
int64_t ek__interval_start(const struct ek__run *run, size_t interval);
/* The interval that a moment is in. */
size_t ek__interval_at(const struct ek__run *run, int64_t at_ns);

/* ---- the parts of the page, in order; each writes its element's inside ---- */

void ek__part_title(const struct ek__report *report, FILE *out);
void ek__part_head(const struct ek__report *report, FILE *out);
void ek__part_compare(const struct ek__report *report, FILE *out);
void ek__part_expectations(const struct ek__report *report, FILE *out);
void ek__part_failover(const struct ek__report *report, FILE *out);
void ek__part_story(const struct ek__report *report, FILE *out);
void ek__part_shares(const struct ek__report *report, FILE *out);
void ek__part_latency(const struct ek__report *report, FILE *out);
void ek__part_graphs(const struct ek__report *report, FILE *out);
void ek__part_calls(const struct ek__report *report, FILE *out);
void ek__part_events(const struct ek__report *report, FILE *out);
void ek__part_scenario(const struct ek__report *report, FILE *out);
void ek__part_definitions(const struct ek__report *report, FILE *out);

/* The series for the charts, as one JSON object. False without memory. */
bool ek__report_data(const struct ek__report *report, FILE *out);

/* "A round_robin" of several runs, "" of one. */
void ek__run_heading(const struct ek__report *report, const struct ek__run *run, FILE *out);

/* A link to a moment of a run; the text is written by the caller before </a>. `event` SIZE_MAX: to
 * the time only. */
void ek__moment_begin(const struct ek__report *report, const struct ek__run *run, int64_t at_ns,
                      size_t event, FILE *out);

/* Whether the table of events without JavaScript has this one; `shown` holds a byte an event. */
void ek__events_choose(const struct ek__run *run, uint8_t *shown);

#endif
