#!/bin/sh
# Simulated queues agree with theory, and the table says so; with sanitizers a short part of it.
# usage: validate.sh EVENKEEL [SANITIZERS]
evenkeel=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

if [ -n "$2" ]; then
    set -- md1-80
else
    set --
fi
if ! "$evenkeel" validate --fast "$@" >"$folder/out" || ! tail -n 1 "$folder/out" |
    grep -Eq '^([0-9]+) of \1 numbers agree with theory$'; then
    cat "$folder/out"
    echo "validate --fast: not all agree"
    failed=1
fi

"$evenkeel" validate --fast --json erlang-b-5-constant >"$folder/json" || failed=1
python3 - "$folder/json" <<'PYTHON' || failed=1
import json, sys

found = json.load(open(sys.argv[1]))
assert found["numbers"] == found["agreed"] == 1, found
one = found["findings"][0]
# Erlang B: 3 erlang on 5 workers, B = 0.110054.
assert abs(one["theory"] - (1 - 0.110054)) < 1e-6, one
assert abs(one["measured"] - one["theory"]) < 2 * one["half_width"], one
assert one["batches"] == 20 and one["level"] == 0.95 and one["verdict"] == "agrees", one
PYTHON

"$evenkeel" validate mm1-51 >"$folder/out" 2>"$folder/err"
if [ $? -ne 4 ] || ! grep -q 'no case "mm1-51"; there are mm1-50, ' "$folder/err"; then
    cat "$folder/err"
    echo "an unknown case is not named"
    failed=1
fi
exit $failed
