#!/bin/sh
# The dashboard over real runs: scripted, and in tmux as a person has it; runs that it makes can be
# repeated and are the same until they were changed.
evenkeel=$1
root=$PWD
folder=$(mktemp -d) || exit 1
session=$folder/tmux
trap 'tmux -S "$session" kill-server 2>/dev/null; rm -rf "$folder"' EXIT
export EVENKEEL_SCENARIOS="$root/scenarios" LC_ALL=C.UTF-8
cd "$folder" || exit 1
failed=0
run=evenkeel-out/slow-node-1.db
fork=evenkeel-out/slow-node-modified-1

fail() {
    echo "$1"
    [ -f out ] && cat out
    failed=1
}

# frame CODE ARGUMENT...: `evenkeel tui` ends so.
frame() {
    wanted=$1
    shift
    "$evenkeel" tui "$@" >out 2>err </dev/null
    code=$?
    if [ $code -ne "$wanted" ]; then
        cat err
        fail "tui $*: exit code $code, wanted $wanted"
    fi
}

shows() {
    grep -qF -- "$1" out || fail "not on the screen: $1"
}

# ---- scripted ----

frame 0 slow-node --tui-script ':goto 30s<Enter>'
[ -f $run ] || exit 1
[ "$(wc -l <out)" -eq 24 ] || fail "not 24 lines"
shows "F1 slow b01  at 15 s, over at 45 s: "
frame 0 $run --tui-script ':goto 30s<Enter>2<frame>3' --size 120x40 --frames .
[ ! -s out ] && [ "$(wc -l <frame-001.txt)" -eq 40 ] && [ -f frame-002.txt ] || fail "frames are not files"
frame 0 $run --speed 10x --tui-script '<wait 1s>'
shows "x10 ▶  t= 10.000"
frame 2 $run --speed 3x --tui-script ''
grep -qF -- '--speed 3x: expected one of' err || fail "not said which speeds there are"
frame 0 $run --tui-script '<Space><wait 1s>' --timing
grep -q 'a second take .* % of a core' err || fail "--timing says nothing"

frame 0 $run --tui-script ':goto 20s<Enter>ikill b03 for 10s<Enter>'
shows "slow-node-modified"
shows "t= 20.000"
shows "$fork.json repeats it"
"$evenkeel" run $fork.json -q -o again.db >/dev/null 2>&1
fingerprint() {
    sqlite3 "$1" "SELECT value FROM meta WHERE key = 'fingerprint'"
}
[ -n "$(fingerprint again.db)" ] && [ "$(fingerprint again.db)" = "$(fingerprint $fork.db)" ] ||
    fail "the file does not repeat the run"
# Until the fault both runs are one.
until20() {
    sqlite3 "$1" "SELECT id, started, ok, errors, p99_ns FROM interval WHERE start_ns < 20000000000"
}
[ "$(until20 $run)" = "$(until20 $fork.db)" ] || fail "the past was changed"
[ "$(fingerprint $run)" != "$(fingerprint $fork.db)" ] || fail "nothing was changed"

frame 0 $run --tui-script 'ikill b99<Enter>'
shows 'no: "b99": no endpoint, zone or client'
frame 0 $run --tui-script "i$(printf '\033')[31m<Enter>"
grep -q "$(printf '\033')" out && fail "an escape sequence reached the screen"
for fault in 'slow b03 10x for 20s' 'error b0* 30% UNAVAILABLE' 'partition c1 b02' 'delay * b01 50ms' \
    'restart b04 down=2s' 'pause b05 for 5s' 'blackhole b06,b07'; do
    frame 0 $run --tui-script ":goto 20s<Enter>i$fault<Enter>"
    shows "repeats it"
done
frame 0 $run --tui-script ':goto 20s<Enter>iregistry-empty<Enter>'
shows 'no: '

frame 0 $run --tui-script ':goto 50s<Enter>ppeak_ewma<Enter>'
shows "left: round_robin"
shows "right: peak_ewma"
frame 0 slow-node --policy round_robin,least_request --tui-script '<End>'
shows "left: round_robin"
shows "right: least_request"
frame 0 $run $fork.db --tui-script '<End>'
shows "right: slow-node-modified"
frame 0 $run --tui-script '<End>e<Home>e<Enter>'
shows "round_robin picked it from 11"

frame 2 $run --tui-script '<Nope>'
frame 2 $run --size 10 --tui-script ''
frame 2 $run slow-node
frame 2 /etc/hostname
setsid -w "$evenkeel" tui $run >out 2>&1 </dev/null
[ $? -eq 2 ] || fail "without a terminal it does not end with 2"

# ---- a run that another process is at ----

cat >hours.json <<'END'
{"name": "hours", "description": "Many calls.", "duration": "36000s",
 "endpoints": {"count": 2, "name": "b%d", "service": {"constant": "1ms"}},
 "clients": {"arrivals": {"constant": "20000/s"},
             "serviceConfig": {"loadBalancingConfig": [{"round_robin": {}}]}}}
END
"$evenkeel" run hours.json -o hours.db -q >/dev/null 2>&1 &
producer=$!
tries=0
while [ ! -f hours.db ] && [ $tries -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
frame 0 hours.db --tui-script ''
shows "/ 600 m running"
kill -TERM $producer
wait $producer
code=$?
[ $code -eq 130 ] || fail "an interrupted run ends with $code"
frame 0 hours.db --tui-script ''
shows "cut short"
[ -z "$(ls hours.db.* 2>/dev/null)" ] || fail "more is left than the recording: $(ls hours.db.*)"

# ---- in tmux ----

tmux -S "$session" -f /dev/null -u new-session -d -x 80 -y 24 "$evenkeel tui $run; echo code \$? >code" ||
    fail "tmux does not start"

# await TEXT: it comes on the screen.
await() {
    tries=0
    while [ $tries -lt 100 ]; do
        tmux -S "$session" capture-pane -p >out 2>/dev/null
        grep -qF -- "$1" out && return
        tries=$((tries + 1))
        sleep 0.1
    done
    fail "does not come in tmux: $1"
    exit 1
}

press() {
    tmux -S "$session" send-keys "$@"
}

await "endpoints 11: 11 healthy"
press ':goto 20s' Enter
await "t= 20.000"
await "▲ faulty"
press 2
await "share of the traffic"
press 5
await "what round_robin of c1 holds"
press 6
await "states, and the ways between them"
press Escape '?'
await "keys of overview"
press q 'i' 'kill b02' Enter
await "slow-node-modified"
press 7
await "right: slow-node"
press b
await "left: slow-node"
press 1
tmux -S "$session" resize-window -x 160 -y 50
await "share until now"
tmux -S "$session" resize-window -x 60 -y 20
await "needs 80x24, has 60x20"
tmux -S "$session" resize-window -x 80 -y 24
await "endpoints 11:"
press Home
await "t= 0.000"
before=$(cat out)
"$evenkeel" run slow-node -q >/dev/null # replaces the recording under the dashboard
await "the file was replaced: read again"
press ':save shot.svg' Enter
await "saved as shot.svg"
python3 -c 'import xml.dom.minidom; xml.dom.minidom.parse("shot.svg")' || fail "not a picture: shot.svg"
press q
tries=0
while [ ! -f code ] && [ $tries -lt 50 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
grep -qx 'code 0' code || fail "q does not end it"
[ -n "$before" ] || fail "tmux showed nothing"
exit $failed
