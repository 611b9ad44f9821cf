#!/bin/sh
# Every scenario of the library holds what it expects, twice with the same fingerprint, under every
# policy it names for comparison.
evenkeel=$1
failed=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

for file in scenarios/*.json; do
    [ "$file" = scenarios/schema.json ] && continue
    if ! "$evenkeel" run "$file" --verify --no-record -q >"$folder/out" 2>&1; then
        echo "$file: $(cat "$folder/out")"
        failed=1
    fi
done
if ! "$evenkeel" compare slow-node --no-record --ascii >"$folder/out" 2>&1 ||
    ! grep -q '3/3 reproduced' "$folder/out"; then
    cat "$folder/out"
    echo "slow-node: the published numbers are not reproduced"
    failed=1
fi
exit $failed
