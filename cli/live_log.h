/* What happens in a live run, kept until its recording can be made: only at the end is it known
 * which endpoints there were. */
#ifndef EK_CLI_LIVE_LOG_H
#define EK_CLI_LIVE_LOG_H

#include "evenkeel/live.h"
#include "reports/recording/recording.h"

struct ek_live_log;

/* For `clients` channels; times are counted from now. Returns new; NULL without memory. */
struct ek_live_log *ek_live_log_new(uint32_t clients);
void ek_live_log_free(struct ek_live_log *log);

/* Nanoseconds since it was made. */
int64_t ek_live_log_now(const struct ek_live_log *log);

/* Callbacks for struct ek_live_config; the context is the log. */
void ek_live_log_note(void *log, uint32_t channel, const struct ek_action *note);
void ek_live_log_attempt(void *log, uint32_t channel, const struct ek_live_attempt *attempt);
void ek_live_log_answer(void *log, uint32_t channel, int status, uint64_t index);

/* A call is offered; its token, from 1, or 0 when the log is full or there is no memory. */
uint64_t ek_live_log_call(struct ek_live_log *log, uint32_t channel, int64_t planned_ns);
void ek_live_log_result(struct ek_live_log *log, const struct ek_live_result *result);

/* Makes a recorder of it and finishes that; `setup` comes without endpoints and clients. NULL
 * without memory; else `*err` says whether its file could be written, and `why` why not. */
struct ek_recorder *ek_live_log_record(const struct ek_live_log *log,
                                       const struct ek_recording_setup *setup,
                                       const struct ek_recording_end *end, enum ek_err *err,
                                       char *why, size_t why_size);

#endif
