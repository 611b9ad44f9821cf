/* What the headers of an answer say to whoever balances: for drivers, which put it into the event
 * that ends an attempt. */
#ifndef EVENKEEL_ANSWER_HEADER_H
#define EVENKEEL_ANSWER_HEADER_H

#include "evenkeel/lb.h"

#include <stdbool.h>
#include <stdint.h>

/* Names; headers and trailers may have them. */
#define EK_HEADER_PUSHBACK "grpc-retry-pushback-ms"
#define EK_HEADER_LOAD     "endpoint-load-metrics"

/* `pushback_ms` of an event from the value of the header: negative for what is negative, or not a
 * whole number of milliseconds (gRPC A6). Cannot fail. */
int64_t ek_header_pushback_ms(const char *value);

/* Reads a load report (ORCA) in the forms
 *     TEXT cpu_utilization=0.3, rps_fractional=120, eps=1, named_metrics.in_flight=7
 *     JSON {"cpu_utilization": 0.3, "rps_fractional": 120, "named_metrics": {"in_flight": 7}}
 * with numbers as JSON has them; in the second names may be written as proto3 JSON does,
 * "cpuUtilization". application_utilization counts before cpu_utilization if it is above 0 (gRPC
 * A58); other names are passed over. False, and `*out` untouched, for another form ("BIN" among
 * them), a known name whose value is no number >= 0, more than 4,096 bytes, and for a report that
 * says none of it. Sources: Envoy's orca_parser; xds.data.orca.v3. */
bool ek_header_load(const char *value, struct ek_load_report *out);

#endif
