#!/bin/sh
# What `evenkeel check` says of service configs and scenarios: findings, places, rules, exit codes.
evenkeel=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

# expect CODE ARGUMENT...
expect() {
    wanted=$1
    shift
    "$evenkeel" "$@" >"$folder/out" 2>"$folder/err"
    code=$?
    if [ $code -ne "$wanted" ]; then
        echo "evenkeel $*: exit code $code, wanted $wanted"
        cat "$folder/err"
        failed=1
    fi
}

# says FILE WORDS
says() {
    if ! grep -qF -- "$2" "$folder/$1"; then
        echo "not said: $2"
        cat "$folder/$1"
        failed=1
    fi
}

# silent FILE
silent() {
    if [ -s "$folder/$1" ]; then
        echo "not silent:"
        cat "$folder/$1"
        failed=1
    fi
}

cat >"$folder/client.json" <<'JSON'
{
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{"service": "web.Search"}], "timeout": "1s",
    "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "1s",
                    "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}
  }],
  "outlierDetection": {"successRateEjection": {}, "maxEjectionPercent": 40}
}
JSON

# Warnings alone: a service config is known by its members.
expect 0 check "$folder/client.json"
says out "client.json: ok: a service config, 1 warning"
says err 'client.json:5:20: warning EK204: 3 retries in each of 2 calling layers: up to 16 attempts'
says err '   at /methodConfig/0/retryPolicy   (evenkeel explain EK204)'
expect 0 check -q "$folder/client.json"
silent out
silent err

# What is known of the fleet: four endpoints cannot be told apart, and 10 calls a second are few.
expect 0 check --layers 3 --endpoints 4 "$folder/client.json"
says err 'up to 64 attempts'
says err 'warning EK104: 4 endpoints are fewer than minimumHosts, 5'
expect 0 check --endpoints 5 --rps 10 "$folder/client.json"
says err 'warning EK105: an endpoint has about 20 calls of one client in an interval, and 100 are needed'
expect 2 check --endpoints 0 "$folder/client.json"
expect 2 check --layers 11 "$folder/client.json"

# Errors: then no warnings are looked for.
expect 2 check --set /methodConfig/0/timeout=3c "$folder/client.json"
says err '--set /methodConfig/0/timeout=3c: error EK003: "timeout": expected a duration'
expect 2 check --policy random "$folder/client.json"
says err 'client.json is a service config, not a scenario'
sed 's/round_robin/rond_robin/' "$folder/client.json" | "$evenkeel" check - 2>"$folder/err"
says err '-:2:28: error EK007: unknown policy "rond_robin"; did you mean "round_robin"?'
printf '{"methodConfg": []}' >"$folder/typo.json"
expect 2 check "$folder/typo.json"
says err 'unknown key "methodConfg"; did you mean "methodConfig"?'
printf '{"loadBalancingPolicy": "ROUND_ROBIN"}' >"$folder/old.json"
expect 0 check "$folder/old.json"

# A scenario: its service configs where they stand, its own facts, faults and samples.
cat >"$folder/scenario.json" <<'JSON'
{
  "duration": "20s",
  "endpoints": {"count": 3, "service": "10ms"},
  "clients": [{"name": "a", "arrivals": "20/s", "resolver": {"consul": {"empty": "trust"}}},
    {"name": "b", "arrivals": "10/s",
     "serviceConfig": {"loadBalancingConfig": [{"weighted_round_robin": {}}]}}],
  "faults": [{"kind": "kill", "at": "15s", "for": "6s", "target": {"endpoints": "b01"}}],
  "expect": [{"metric": "p99", "max": "1s"}]
}
JSON
expect 0 check "$folder/scenario.json"
says out "3 endpoints, 2 clients, 20 s, 1 fault, 1 expectation, 4 warnings"
says err 'scenario.json:4:82: warning EK160: an empty list'
says err 'scenario.json:6:73: warning EK113: weighted_round_robin needs load reports'
says err 'scenario.json:7:51: warning EK310: "F1" would last to 21 s, and the run ends at 20 s'
says err 'scenario.json:8:25: warning EK401: of about 600 calls 6 lie beyond p99'

# Its registry, its clients and its deploys against each other: 1 ms of delay, 5 s between polls and 1 s
# of grace are 6.001 s until a client knows. One layer calls, unless more are said to.
cat >"$folder/deploy.json" <<'JSON'
{
  "duration": "20s",
  "endpoints": {"count": 3, "name": "b%d", "service": "10ms"},
  "clients": {"count": 2, "arrivals": "20/s",
    "resolver": {"consul": {"mode": "poll", "pollInterval": "5s", "grace": "1s",
      "empty": "hold", "holdTime": "9s"}},
    "serviceConfig": {"loadBalancingConfig": [{"random_subsetting":
        {"subsetSize": 1, "childPolicy": [{"round_robin": {}}]}}],
      "methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.1s",
        "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}]}},
  "consul": {"ttl": "10s", "heartbeat": "6s"},
  "faults": [{"kind": "restart", "at": "5s", "drain": "6s", "target": {"endpoints": "b1"}},
    {"kind": "restart", "at": "5s", "drain": "7s", "target": {"endpoints": "b2"}}]
}
JSON
expect 0 check "$folder/deploy.json"
says err 'deploy.json:11:41: warning EK311: a heartbeat every 6 s and a ttl of 10 s: one that is lost'
says err 'deploy.json:12:55: warning EK312: "F1" serves for 6 s after it has left, and clients may take 6.001 s'
says err 'deploy.json:6:36: warning EK313: an empty list is believed after 9 s, and the ttl is 10 s'
says err 'warning EK164: 2 subsets of 1 are fewer than 3 endpoints: at least 1 get no calls'
says err 'warning EK201: 2 retries a call'
if grep -q '"F2"' "$folder/err"; then
    echo "a drain of 7 s is long enough"
    failed=1
fi
expect 0 check --set '/clients/resolver={"dns": {}}' "$folder/deploy.json" # its cache keeps 30 s
says err '"F2" serves for 7 s after it has left, and clients may take 30'
expect 0 check --layers 2 "$folder/deploy.json"
says err 'warning EK204: 2 retries in each of 2 calling layers: up to 9 attempts per call'

expect 2 check --json "$folder/client.json" "$folder/typo.json" "$folder/nowhere.json"
silent err
python3 - "$folder/out" <<'PYTHON' || failed=1
import json, sys

client, typo, nowhere = json.load(open(sys.argv[1]))["files"]
assert (client["kind"], client["errors"], client["warnings"]) == ("service config", 0, 1), client
finding = client["findings"][0]
assert finding["code"] == "EK204" and finding["severity"] == "warning", finding
assert finding["pointer"] == "/methodConfig/0/retryPolicy", finding
assert (finding["line"], finding["column"]) == (5, 20), finding
assert typo["errors"] == 1 and typo["findings"][0]["code"] == "EK002", typo
assert nowhere["errors"] == 1 and "no such file" in nowhere["findings"][0]["text"], nowhere
PYTHON

# Every rule is listed and explained.
expect 0 list rules
cp "$folder/out" "$folder/rules"
if [ "$(wc -l <"$folder/rules")" -lt 60 ] || ! cut -c1-5 "$folder/rules" | sort -uc; then
    echo "rules are missing, or stand twice, or in no order"
    failed=1
fi
for rule in $(cut -d' ' -f1 "$folder/rules"); do
    expect 0 explain "$rule"
    says out "$rule"
    says out "  why: "
    says out "  to do: "
done
expect 0 explain ek204
expect 2 explain EK999
exit $failed
