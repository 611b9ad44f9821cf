#!/bin/sh
# A recording that cannot be written ends with exit code 3 and one line, and leaves nothing behind.
evenkeel=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

# As a full disk: no file may grow beyond 16 blocks, and writing on fails instead of a signal.
(
    trap '' XFSZ
    ulimit -f 16
    "$evenkeel" run backend-crash -q -o "$folder/full.db" >"$folder.out" 2>"$folder.err"
)
code=$?
lines=$(wc -l <"$folder.err")
if [ $code -ne 3 ] || [ "$lines" -ne 1 ]; then
    echo "full disk: exit code $code, $lines lines:"
    cat "$folder.err"
    failed=1
fi
if [ -n "$(ls -A "$folder")" ]; then
    echo "full disk: left behind:"
    ls -la "$folder"
    failed=1
fi

"$evenkeel" run direct-dial -q -o "$folder/none/such/run.db" >"$folder.out" 2>"$folder.err"
code=$?
if [ $code -ne 3 ] || [ "$(wc -l <"$folder.err")" -ne 1 ]; then
    echo "missing folder: exit code $code:"
    cat "$folder.err"
    failed=1
fi

# A file that is there is replaced only by a whole one.
echo keep >"$folder/keep.db"
(
    trap '' XFSZ
    ulimit -f 16
    "$evenkeel" run backend-crash -q -o "$folder/keep.db" >"$folder.out" 2>"$folder.err"
)
if [ "$(cat "$folder/keep.db")" != keep ]; then
    echo "full disk: what was there is lost"
    failed=1
fi
rm -f "$folder.out" "$folder.err"
exit $failed
