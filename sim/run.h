/* Running a scenario: the one entry into the simulator. */
#ifndef EK_SIM_RUN_H
#define EK_SIM_RUN_H

#include "evenkeel/err.h"
#include "reports/recording/recording.h"
#include "sim/scenario/scenario.h"

#include <signal.h>

struct ek_run_options {
    const char *recording_path;        /* NULL: nothing is written */
    const char *command;               /* that repeats the run; NULL: made from the scenario */
    const volatile sig_atomic_t *stop; /* looked at between events; NULL: never stopped early */
    int64_t (*clock_ns)(void);         /* real time, for the report alone; NULL: 0 is reported */
    /* between events, now and then, for a progress bar; NULL: nobody watches */
    void (*progress)(int64_t at_ns, int64_t duration_ns);
    /* likewise, with the recorder as it is, which only a copy of this process may finish; and once
     * more, not `under_way`, before it is finished; NULL */
    void (*watch)(void *context, struct ek_recorder *recorder, const struct ek_recording_end *now);
    void *watch_context;
    uint64_t trace_call; /* the call of this number is kept, with the candidates of its picks; 0:
                            none. Changes nothing else */
};

/* Runs `scenario` to its end. On success `*out` is the recorder with its results, to be freed by
 * the caller. EK_EINVAL: the world cannot be built from it; EK_EIO: the recording could not be
 * written (then the results are there all the same); EK_EBROKEN: an invariant did not hold, so no
 * number of the run can be trusted; EK_ENOMEM. `why` says more in one line. */
EK_MUST_USE enum ek_err ek_run(const struct ek_scenario *scenario,
                               const struct ek_run_options *options, struct ek_recorder **out,
                               char *why, size_t why_size);

#endif
