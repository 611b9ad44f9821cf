#!/bin/sh
# Every file of bad-input is refused with exit code 2 and exactly the words beside it; so are files
# that cannot be read. EK_GOLDEN_UPDATE=1 rewrites the words.
evenkeel=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

# refuse NAME FILE ARGUMENT...: `evenkeel ARGUMENT...` fails as FILE says.
refuse() {
    name=$1 wanted=$2
    shift 2
    "$evenkeel" "$@" >"$folder/out" 2>"$folder/err"
    code=$?
    if [ -n "$EK_GOLDEN_UPDATE" ]; then
        cp "$folder/err" "$wanted"
    fi
    if [ $code -ne 2 ] || [ -s "$folder/out" ] || ! diff -u "$wanted" "$folder/err"; then
        echo "$name: exit code $code, wanted 2 and the words above"
        failed=1
    fi
}

for file in tests/cli/bad-input/*.json; do
    refuse "$file" "${file%.json}.txt" check "$file"
done

words=tests/cli/bad-input
refuse "missing file" $words/missing.txt check tests/cli/slow-node.json
refuse "misspelt name" $words/misspelt.txt check slow-nod
refuse "folder" $words/folder.txt check tests/cli
refuse "bad set" $words/set.txt check --set /faults/9/at=1s slow-node
refuse "bad policy" $words/policy.txt check --policy round_robbin slow-node

head -c 100000000 /dev/zero | tr '\0' '[' >"$folder/deep.json"
(cd "$folder" && "$evenkeel" check deep.json) 2>"$folder/deep"
if [ $? -ne 2 ] || [ "$(wc -l <"$folder/deep")" -ne 1 ] ||
    ! grep -q '^deep.json: error: the file has 100000000 bytes; a scenario has at most 8 MiB$' "$folder/deep"; then
    echo "100 MB of brackets: not one line"
    failed=1
fi

: >"$folder/closed.json"
chmod 0 "$folder/closed.json"
as_somebody=
if [ -r "$folder/closed.json" ]; then # root reads everything, nobody does not
    as_somebody="setpriv --reuid=65534 --regid=65534 --clear-groups"
    chmod 755 "$folder"
fi
cp "$evenkeel" "$folder/program"
(cd "$folder" && $as_somebody ./program check closed.json) 2>"$folder/closed"
if [ $? -ne 2 ] || ! grep -q '^closed.json: error: cannot be read: Permission denied$' "$folder/closed"; then
    echo "unreadable file: not refused:"
    cat "$folder/closed"
    failed=1
fi

# Two files at once: the good one is told, the bad one counted.
"$evenkeel" check scenarios/slow-node.json $words/no-endpoints.json >"$folder/out" 2>"$folder/err"
if [ $? -ne 2 ] || ! grep -q '^scenarios/slow-node.json: ok: ' "$folder/out" ||
    ! grep -q '^1 of 2 files are not in order$' "$folder/err"; then
    echo "one good and one bad file: not told apart"
    failed=1
fi
exit $failed
