#!/bin/sh
# The fingerprints of all scenarios are those that were agreed upon, whatever built the program.
# EK_GOLDEN_UPDATE=1 writes them anew: a change of behaviour shows as a changed line.
evenkeel=$1
golden=tests/cli/fingerprints.txt
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

for file in scenarios/*.json; do
    [ "$file" = scenarios/schema.json ] && continue
    for seed in 1 7 42; do
        fingerprint=$("$evenkeel" run "$file" --seed $seed --no-record --json |
            sed -n 's/.*"fingerprint": *"\([0-9a-f]*\)".*/\1/p')
        echo "$(basename "$file" .json) $seed $fingerprint"
    done
done >"$folder/fingerprints"

if [ -n "$EK_GOLDEN_UPDATE" ]; then
    cp "$folder/fingerprints" $golden
fi
diff -u $golden "$folder/fingerprints"
