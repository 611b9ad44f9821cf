#!/bin/sh
# What is explained holds of the run, and each command that is advised makes fewer calls fail.
evenkeel=$1
root=$PWD
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
export EVENKEEL_SCENARIOS="$root/scenarios"
cd "$folder" || exit 1
failed=0

fail() {
    echo "$1"
    cat out
    failed=1
}

# says WORDS WHAT...: `evenkeel explain WHAT` succeeds and says so.
says() {
    words=$1
    shift
    "$evenkeel" explain "$@" >out 2>err || { cat err; fail "explain $*: failed"; }
    grep -q -- "$words" out || fail "explain $*: no \"$words\" in"
}

# Millionths of the calls that fail.
errors() {
    "$evenkeel" run "$@" --no-record --json |
        python3 -c 'import json, sys; print(round(1e6 - 1e6 * json.load(sys.stdin)["success_rate"]))'
}

# advises ARGUMENT...: the worst call of `evenkeel run ARGUMENT...` has advice, which helps.
advises() {
    "$evenkeel" run "$@" -q >/dev/null
    says '^  try ' latest worst
    before=$(errors "$@")
    grep '^ *evenkeel run ' out | sed 's/^ *evenkeel run //' >advice
    [ -s advice ] || fail "run $*: no command in the advice"
    while read -r arguments; do
        after=$(eval "errors $arguments")
        if [ -z "$after" ] || [ "$after" -ge "$before" ]; then
            fail "run $arguments: $after in a million fail, before $before"
        fi
    done <advice
}

advises slow-node
advises zone-outage --until 40s
advises direct-dial
advises consul-empty-list --set /clients/resolver/consul/empty=trust
advises zone-outage --until 40s --set '/clients/serviceConfig={"loadBalancingConfig": [{"round_robin": {}}]}'

"$evenkeel" run backend-crash -q >/dev/null
says 'F1   kill b03   20 .. 60 s   backend-crash.json:' latest fault:F1
says '4 clients remove b03' latest fault:F1
says '1 probing: b03' t=25s
says 'check of b03 is critical' latest endpoint:b03
says 'noticed at once' latest time_to_detect
says '^  word; required' faults.kind # with one word that is no recording: a key

# The words as options, and what a pick chose from: the run is repeated for it, and nothing is left behind.
says ' > b' latest --worst
says 'F1   kill b03' --fault F1
call=$(sqlite3 evenkeel-out/latest 'SELECT min(call) FROM attempt')
says 'in flight score, turns until its own' latest --pick "$call"
"$evenkeel" explain latest --call "$call" >out 2>err || fail "explain --call $call: $(cat err)"
"$evenkeel" explain latest --error NONSENSE >out 2>err && fail "explain --error NONSENSE: exit code 0"
[ -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'evenkeel-??????' -newer out 2>/dev/null)" ] || fail "a folder is left"

# Any call can be followed: one that was not kept, too, unless the run cannot be repeated.
"$evenkeel" run zone-outage -q -o kept.db >/dev/null
sqlite3 kept.db 'SELECT count(*) FROM call WHERE id = 40001' | grep -q '^0$' || fail "call 40001 is kept: take another"
"$evenkeel" explain kept.db call:40001 >out 2>err || fail "a call that was not kept: $(cat err)"
grep -q '^call 40,001 .* OK at' out && grep -q 'not shown: ejected: b03 b06 b09 b12' out || fail "call 40001: $(cat out)"
"$evenkeel" graph pick kept.db --call 40001 -T mermaid 2>err | grep -q 'c5' || fail "graph pick 40001: $(cat err)"
sqlite3 kept.db "UPDATE meta SET value = '0123456789abcdef' WHERE key = 'fingerprint'"
"$evenkeel" explain kept.db call:40001 >out 2>err && fail "a run of another program: repeated"
grep -q 'call 40,001 was not kept.*the scenario differently' err || fail "why not: $(cat err)"

"$evenkeel" explain latest call:1000000000 >out 2>err
[ $? -eq 2 ] || fail "a call that is not there: not refused"
[ -s out ] && fail "a call that is not there: something is printed"
"$evenkeel" explain latest fault:F9 2>&1 | grep -q 'there is no fault F9; the run has F1' || fail "fault:F9"

"$evenkeel" events latest kind:check endpoint:b03 --json >out
python3 - out <<'PYTHON' || failed=1
import json, sys

events = [json.loads(line) for line in open(sys.argv[1])]
assert [e["text"] for e in events][-2:] == ["critical", "passing"], events
assert all(e["kind"] == "check" and e["subject"] == "b03" for e in events)
PYTHON
"$evenkeel" events latest kind:ejected >out
[ $? -eq 4 ] || fail "no event passes: wanted 4"

"$evenkeel" run slow-node -q -o a.db >/dev/null
"$evenkeel" run slow-node -q -o b.db --policy least_request >/dev/null
"$evenkeel" run slow-node -q -o c.db >/dev/null
"$evenkeel" diff a.db c.db >out || fail "two equal runs differ"
grep -q 'the same in every event' out || fail "two equal runs are not the same"
"$evenkeel" diff a.db b.db --stat >out || fail "two policies: failed"
grep -q '  b01 .*----' out || fail "the slow endpoint gets less: not shown"
grep -q 'not a verdict' out || fail "one sample each: not said"
exit $failed
