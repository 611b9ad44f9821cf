#!/bin/sh
# Ctrl-C ends a long run soon, with exit code 130 and a recording that says so.
evenkeel=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

"$evenkeel" run slow-node --set /duration=100000s -q -o "$folder/cut.db" >"$folder/out" 2>&1 &
sleep 1
kill -INT $!
wait $!
code=$?
if [ $code -ne 130 ] || [ ! -f "$folder/cut.db" ]; then
    echo "exit code $code, wanted 130 and a recording:"
    cat "$folder/out"
    ls -la "$folder"
    exit 1
fi
"$evenkeel" graph "$folder/cut.db" -T dot >/dev/null
