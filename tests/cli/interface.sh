#!/bin/sh
# Exit codes, streams and the members of --json, as a script meets them.
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

# Says WHAT unless the rest holds.
check() {
    what=$1
    shift
    if ! "$@"; then
        echo "$what"
        failed=1
    fi
}

expect 0
expect 0 help
expect 0 version
expect 2 rnu slow-node
check "a mistyped verb gets a suggestion" grep -q 'did you mean "run"?' "$folder/err"
expect 2 run slow-node --sed 3
expect 2 run slow-node --seed three
expect 2 run slow-node --until 5
expect 4 run
expect 0 run direct-dial --no-record -q
check "the verdict is the last line" grep -q '^4 passed, 0 failed$' "$folder/out"
expect 1 run direct-dial --no-record -q --set /clients/serviceConfig/connection/reconnect=true
expect 4 compare direct-dial --policy ,
expect 2 compare slow-node --policy round_robin,nonsense
expect 2 graph states /etc/hostname
expect 2 graph shapes direct-dial
check "a mistyped kind is named" grep -q 'unknown kind of graph "shapes"' "$folder/err"
expect 2 tui direct-dial </dev/null

for verb in run test compare tui graph explain events diff convert list check schema validate consul live bench; do
    expect 0 $verb --help
    check "$verb --help begins with an example" grep -q "^  evenkeel $verb" "$folder/out"
done

expect 0 run zone-outage --no-record --json
python3 - "$folder/out" <<'PYTHON' || failed=1
import json, sys

run = json.load(open(sys.argv[1]))
wanted = {
    "scenario": str, "seed": int, "policy": str, "calls": int, "success_rate": float,
    "latency_ns": dict, "backends": list, "faults": list, "phases": list, "expectations": list,
    "events": int, "sim_ns": int, "wall_ns": int, "fingerprint": str,
}
for name, kind in wanted.items():
    assert isinstance(run[name], kind), (name, run.get(name))
assert set(run["latency_ns"]) >= {"p50", "p90", "p99", "p999", "max"}
assert set(run["backends"][0]) >= {"id", "calls", "share"}
assert set(run["faults"][0]) >= {
    "name", "start_ns", "end_ns", "detect_ns", "divert_ns", "recover_ns", "errors"}
assert all(set(e) >= {"text", "ok", "value"} for e in run["expectations"])
assert abs(sum(b["share"] for b in run["backends"]) - 1) < 1e-6
assert len(run["fingerprint"]) == 16
PYTHON

# A recording is one file; "latest" points to the newest; it can be drawn.
root=$PWD
export EVENKEEL_SCENARIOS="$root/scenarios"
cd "$folder" || exit 1
expect 0 run backend-crash --seed 7 -q
check "the recording is there" test -f evenkeel-out/backend-crash-7.db
check "latest points to it" test "$(readlink evenkeel-out/latest)" = backend-crash-7.db
check "nothing else is" test "$(ls evenkeel-out | wc -l)" -eq 2
expect 0 graph latest -T dot
check "dot is printed" grep -q '^digraph' out
expect 0 graph states latest -o states.svg
check "an SVG is written" grep -q '</svg>' states.svg
check "and nothing beside it" test ! -e states.svg.part
exit $failed
