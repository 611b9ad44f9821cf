#!/bin/sh
# A broken claim ends the program with exit code 3, the seed and the command to run it again. (That the
# invariants fire at all is shown by sim/mutations; here the end of a program is what is tried.)
evenkeel=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

"$evenkeel" run slow-node --seed 7 --set /duration=100000s --no-record -q >"$folder/out" 2>"$folder/err" &
sleep 1
kill -ABRT $!
wait $!
code=$?
if [ $code -ne 3 ] || ! grep -q '^evenkeel: seed 7; again with: evenkeel run slow-node .*--seed 7' "$folder/err"; then
    echo "exit code $code, wanted 3, the seed and the command:"
    cat "$folder/err"
    exit 1
fi
