#!/bin/sh
# What `evenkeel bench` prints has the shape that --baseline reads; times are nobody's promise.
evenkeel=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

complain() {
    echo "$1"
    failed=1
}

"$evenkeel" bench engine --json >"$folder/before.json" || complain "bench engine --json fails"
[ "$(grep -c '"work": "hold"' "$folder/before.json")" = 3 ] || complain "not three rows of hold"
[ "$(grep -c '"work": "mm1"' "$folder/before.json")" = 1 ] || complain "not one row of M/M/1"
[ "$(grep -c '"bare_ns": [0-9]' "$folder/before.json")" = 4 ] || complain "a row lacks its bare loop"

"$evenkeel" bench engine --baseline "$folder/before.json" >"$folder/ratios" || complain "--baseline fails"
[ "$(grep -c 'x$' "$folder/ratios")" -ge 8 ] || complain "not a ratio for each measure"

echo '[]' >"$folder/wrong.json"
"$evenkeel" bench engine --baseline "$folder/wrong.json" >/dev/null 2>"$folder/why"
[ $? = 2 ] || complain "a baseline of another shape is not refused"
"$evenkeel" bench nothing 2>/dev/null
[ $? = 2 ] || complain "an unknown part is not refused"
exit $failed
