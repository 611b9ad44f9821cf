/* The tables of a recording. */
#include "reports/recording/schema.h"

#include <stddef.h>

const char *const ek__recording_schema[] = {
    "CREATE TABLE meta ( -- what was run: name, seed, policy, command, fingerprint ...\n"
    "  key TEXT PRIMARY KEY,\n"
    "  value TEXT NOT NULL\n"
    ") STRICT, WITHOUT ROWID;\n",

    "CREATE TABLE source ( -- where the scenario's facts are published\n"
    "  number INTEGER PRIMARY KEY,\n"
    "  link TEXT NOT NULL\n"
    ") STRICT;\n",

    "CREATE TABLE status ( -- gRPC status codes\n"
    "  code INTEGER PRIMARY KEY,\n"
    "  name TEXT NOT NULL\n"
    ") STRICT;\n",

    "CREATE TABLE endpoint ( -- servers; other tables say `endpoint` for the id\n"
    "  id INTEGER PRIMARY KEY, -- from 0, in the scenario's order\n"
    "  name TEXT NOT NULL,\n"
    "  zone TEXT NOT NULL, -- '' without zones\n"
    "  address TEXT NOT NULL\n"
    ") STRICT;\n",

    "CREATE TABLE client ( -- each is a channel of its own\n"
    "  id INTEGER PRIMARY KEY, -- from 0\n"
    "  name TEXT NOT NULL,\n"
    "  zone TEXT NOT NULL,\n"
    "  policy TEXT NOT NULL, -- as in loadBalancingConfig\n"
    "  score_unit TEXT NOT NULL -- of the scores in policy and pick; '' without scores\n"
    ") STRICT;\n",

    "CREATE TABLE fault ( -- what broke, and how the clients got over it\n"
    "  id INTEGER PRIMARY KEY, -- from 0\n"
    "  name TEXT NOT NULL, -- its id in the scenario: F1\n"
    "  kind TEXT NOT NULL,\n"
    "  target TEXT NOT NULL,\n"
    "  start_ns INTEGER NOT NULL,\n"
    "  end_ns INTEGER NOT NULL,\n"
    "  is_registry INTEGER NOT NULL, -- 1: it hit the registry\n"
    "  line INTEGER NOT NULL, -- in the scenario file; 0 unknown\n"
    "  detect_ns INTEGER, -- from start_ns to the first reaction it caused; NULL: never\n"
    "  divert_ns INTEGER, -- from start_ns to the last attempt before its traffic fell\n"
    "  recover_ns INTEGER, -- from end_ns to the first second with 95 % of its normal share\n"
    "  errors INTEGER NOT NULL, -- failed calls under way while it lasted, less as before\n"
    "  first_event INTEGER, -- id of its beginning\n"
    "  detect_event INTEGER -- id of the first reaction\n"
    ") STRICT;\n",

    "CREATE TABLE fault_endpoint ( -- which endpoints a fault had hold of\n"
    "  fault INTEGER NOT NULL,\n"
    "  endpoint INTEGER NOT NULL,\n"
    "  PRIMARY KEY (fault, endpoint)\n"
    ") STRICT, WITHOUT ROWID;\n",

    "CREATE TABLE phase ( -- all, before, each fault, after\n"
    "  id INTEGER PRIMARY KEY, -- from 0\n"
    "  name TEXT NOT NULL,\n"
    "  start_ns INTEGER NOT NULL,\n"
    "  end_ns INTEGER NOT NULL,\n"
    "  calls INTEGER NOT NULL, -- planned in it\n"
    "  ok INTEGER NOT NULL,\n"
    "  errors INTEGER NOT NULL,\n"
    "  attempts INTEGER NOT NULL, -- started in it\n"
    "  retries INTEGER NOT NULL,\n"
    "  finished INTEGER NOT NULL, -- calls behind the latencies, from the planned time\n"
    "  p50_ns INTEGER NOT NULL,\n"
    "  p90_ns INTEGER NOT NULL,\n"
    "  p99_ns INTEGER NOT NULL,\n"
    "  p999_ns INTEGER NOT NULL,\n"
    "  max_ns INTEGER NOT NULL,\n"
    "  mean_ns INTEGER NOT NULL,\n"
    "  jain_ppm INTEGER NOT NULL, -- evenness of attempts over endpoints; 1000000 is even\n"
    "  cv_ppm INTEGER NOT NULL -- their coefficient of variation; 0 is even\n"
    ") STRICT;\n",

    "CREATE TABLE phase_endpoint ( -- attempts that started in a phase\n"
    "  phase INTEGER NOT NULL,\n"
    "  endpoint INTEGER NOT NULL,\n"
    "  attempts INTEGER NOT NULL,\n"
    "  PRIMARY KEY (phase, endpoint)\n"
    ") STRICT, WITHOUT ROWID;\n",

    "CREATE TABLE phase_latency ( -- histogram of the finished calls of a phase\n"
    "  phase INTEGER NOT NULL,\n"
    "  low_ns INTEGER NOT NULL, -- inclusive\n"
    "  high_ns INTEGER NOT NULL, -- inclusive\n"
    "  calls INTEGER NOT NULL,\n"
    "  PRIMARY KEY (phase, low_ns)\n"
    ") STRICT, WITHOUT ROWID;\n",

    "CREATE TABLE batch ( -- equal parts of a phase, less its first tenth: for intervals\n"
    "  id INTEGER PRIMARY KEY, -- from 0\n"
    "  phase TEXT NOT NULL, -- the first fault's, or all\n"
    "  start_ns INTEGER NOT NULL,\n"
    "  end_ns INTEGER NOT NULL,\n"
    "  calls INTEGER NOT NULL, -- planned in it, and ended\n"
    "  errors INTEGER NOT NULL,\n"
    "  mean_ns INTEGER NOT NULL,\n"
    "  p99_ns INTEGER NOT NULL\n"
    ") STRICT;\n",

    "CREATE TABLE expectation ( -- what was claimed of the run, and whether it holds\n"
    "  id INTEGER PRIMARY KEY, -- from 0\n"
    "  name TEXT NOT NULL, -- '' when it has none\n"
    "  text TEXT NOT NULL,\n"
    "  metric TEXT NOT NULL,\n"
    "  phase TEXT NOT NULL,\n"
    "  verdict TEXT NOT NULL, -- pass, fail, unknown\n"
    "  unit TEXT NOT NULL, -- of value: count, share (ppm), duration (ns), ratio (1/1000)\n"
    "  mark TEXT NOT NULL, -- of the limit: choice, published, recomputed, derived\n"
    "  value INTEGER, -- NULL: there is none\n"
    "  value_text TEXT NOT NULL,\n"
    "  limit_text TEXT NOT NULL,\n"
    "  problem TEXT NOT NULL, -- why it is unknown\n"
    "  samples INTEGER NOT NULL, -- calls or attempts behind value\n"
    "  line INTEGER NOT NULL\n"
    ") STRICT;\n",

    "CREATE TABLE event ( -- what happened; v_event says it with names\n"
    "  id INTEGER PRIMARY KEY, -- in order of time; gaps where some were not kept\n"
    "  at_ns INTEGER NOT NULL,\n"
    "  kind TEXT NOT NULL,\n"
    "  actor INTEGER, -- a client; for fault-begin and fault-end the fault; for process the"
    " endpoint\n"
    "  subject INTEGER, -- an endpoint\n"
    "  cause INTEGER, -- id of the event that led to it\n"
    "  a INTEGER NOT NULL,\n"
    "  b INTEGER NOT NULL,\n"
    "  text TEXT\n"
    ") STRICT;\n",

    "CREATE TABLE interval ( -- the run over time\n"
    "  id INTEGER PRIMARY KEY, -- from 0\n"
    "  start_ns INTEGER NOT NULL,\n"
    "  started INTEGER NOT NULL, -- calls planned\n"
    "  ok INTEGER NOT NULL, -- calls that ended\n"
    "  errors INTEGER NOT NULL, -- calls that ended\n"
    "  attempts INTEGER NOT NULL, -- started\n"
    "  retries INTEGER NOT NULL,\n"
    "  p50_ns INTEGER, -- of calls that ended; NULL: none did\n"
    "  p99_ns INTEGER,\n"
    "  max_ns INTEGER\n"
    ") STRICT;\n",

    "CREATE TABLE endpoint_interval ( -- each endpoint over time; idle ones have no row\n"
    "  endpoint INTEGER NOT NULL,\n"
    "  interval INTEGER NOT NULL,\n"
    "  attempts INTEGER NOT NULL, -- started\n"
    "  ok INTEGER NOT NULL, -- attempts that ended\n"
    "  errors INTEGER NOT NULL,\n"
    "  busy_max INTEGER NOT NULL, -- calls in service\n"
    "  queued_max INTEGER NOT NULL, -- calls waiting\n"
    "  p99_ns INTEGER, -- of attempts that ended; NULL: none did\n"
    "  PRIMARY KEY (endpoint, interval)\n"
    ") STRICT, WITHOUT ROWID;\n",

    "CREATE TABLE call ( -- an even sample of all calls, and failed ones from all over the run\n"
    "  id INTEGER PRIMARY KEY, -- its number\n"
    "  client INTEGER NOT NULL,\n"
    "  planned_ns INTEGER NOT NULL,\n"
    "  end_ns INTEGER NOT NULL,\n"
    "  status INTEGER NOT NULL,\n"
    "  cause INTEGER -- id of the event that made it fail\n"
    ") STRICT;\n",

    "CREATE TABLE attempt ( -- of those calls\n"
    "  call INTEGER NOT NULL,\n"
    "  number INTEGER NOT NULL, -- from 1\n"
    "  endpoint INTEGER, -- NULL: none was picked\n"
    "  status INTEGER NOT NULL,\n"
    "  start_ns INTEGER NOT NULL,\n"
    "  end_ns INTEGER NOT NULL,\n"
    "  PRIMARY KEY (call, number)\n"
    ") STRICT, WITHOUT ROWID;\n",

    "CREATE TABLE policy ( -- what the first clients held of their endpoints, now and then\n"
    "  at_ns INTEGER NOT NULL,\n"
    "  client INTEGER NOT NULL,\n"
    "  endpoint INTEGER NOT NULL,\n"
    "  weight INTEGER NOT NULL, -- as shown to the policy; thousandths with a slow start\n"
    "  in_flight INTEGER NOT NULL, -- attempts of the client\n"
    "  score INTEGER, -- the policy's own, in client.score_unit; NULL: none\n"
    "  PRIMARY KEY (client, at_ns, endpoint)\n"
    ") STRICT, WITHOUT ROWID;\n",

    "CREATE TABLE books ( -- of the same clients at the same moments\n"
    "  at_ns INTEGER NOT NULL,\n"
    "  client INTEGER NOT NULL,\n"
    "  retry_tokens INTEGER, -- thousandths; NULL: retries are not throttled\n"
    "  retry_tokens_max INTEGER,\n"
    "  panic_picks INTEGER NOT NULL, -- so far, with health ignored\n"
    "  PRIMARY KEY (client, at_ns)\n"
    ") STRICT, WITHOUT ROWID;\n",

    "CREATE TABLE pick ( -- what the picks of one call chose from; empty unless it was traced\n"
    "  call INTEGER NOT NULL,\n"
    "  attempt INTEGER NOT NULL, -- from 1\n"
    "  endpoint INTEGER NOT NULL,\n"
    "  fitness TEXT NOT NULL, -- eligible, or why it was not shown to the policy\n"
    "  is_chosen INTEGER NOT NULL,\n"
    "  weight INTEGER NOT NULL, -- just before the pick\n"
    "  in_flight INTEGER NOT NULL,\n"
    "  score INTEGER, -- NULL: none\n"
    "  PRIMARY KEY (call, attempt, endpoint)\n"
    ") STRICT, WITHOUT ROWID;\n",

    "CREATE VIEW v_share AS -- how the attempts of each phase spread over the endpoints\n"
    "  SELECT p.name AS phase, e.name AS endpoint, e.zone, pe.attempts,\n"
    "    round(100.0 * pe.attempts / nullif(p.attempts, 0), 3) AS percent\n"
    "  FROM phase_endpoint pe JOIN phase p ON p.id = pe.phase\n"
    "    JOIN endpoint e ON e.id = pe.endpoint\n"
    "  ORDER BY p.id, e.id;\n",

    "CREATE VIEW v_failover AS -- how each fault was got over, in milliseconds\n"
    "  SELECT name AS fault, kind, target, start_ns / 1e9 AS start_s, end_ns / 1e9 AS end_s,\n"
    "    detect_ns / 1e6 AS detect_ms, divert_ns / 1e6 AS divert_ms,\n"
    "    recover_ns / 1e6 AS recover_ms, errors\n"
    "  FROM fault ORDER BY id;\n",

    "CREATE VIEW v_failed_call AS -- the kept failed calls, with their last attempt\n"
    "  SELECT c.id AS call, c.planned_ns / 1e9 AS planned_s,\n"
    "    (c.end_ns - c.planned_ns) / 1e6 AS latency_ms, k.name AS client, s.name AS status,\n"
    "    (SELECT count(*) FROM attempt a WHERE a.call = c.id) AS attempts,\n"
    "    (SELECT e.name FROM attempt a JOIN endpoint e ON e.id = a.endpoint\n"
    "      WHERE a.call = c.id ORDER BY a.number DESC LIMIT 1) AS last_endpoint, c.cause\n"
    "  FROM call c JOIN client k ON k.id = c.client LEFT JOIN status s ON s.code = c.status\n"
    "  WHERE c.status <> 0 ORDER BY c.planned_ns;\n",

    "CREATE VIEW v_event AS -- events with names\n"
    "  SELECT v.id, v.at_ns / 1e9 AS at_s, v.kind,\n"
    "    CASE WHEN v.kind IN ('fault-begin', 'fault-end') THEN f.name\n"
    "      WHEN v.kind = 'process' THEN p.name ELSE k.name END AS actor,\n"
    "    e.name AS subject, v.cause, v.a, v.b, v.text\n"
    "  FROM event v LEFT JOIN client k ON k.id = v.actor LEFT JOIN fault f ON f.id = v.actor\n"
    "    LEFT JOIN endpoint p ON p.id = v.actor LEFT JOIN endpoint e ON e.id = v.subject\n"
    "  ORDER BY v.id;\n",

    NULL,
};
