#!/bin/sh
# Every scenario of the library holds what it expects, twice with the same fingerprint, under every
# policy it names for comparison; and every record of it says what it came of.
evenkeel=$1
failed=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

# Each record has a cause that came before it, but for these, which come of themselves:
# - scenario, the first of all: the run begins;
# - fault-begin: the scenario says when;
# - query: a good answer that a resolver got because its time to ask had come, and that tells nothing
#   new. What a list is made of is never such a one: a client's first answer has a cause.
causes() {
    sqlite3 "$2" "SELECT '$1: ' || kind || ' ' || id || ' names no cause before it' FROM event e
        WHERE coalesce(cause, 0) >= id OR (coalesce(cause, 0) = 0 AND NOT (
            (kind = 'scenario' AND id = 1) OR kind = 'fault-begin' OR (kind = 'query' AND a = 200
                AND EXISTS (SELECT 1 FROM event f WHERE f.kind = 'query' AND f.actor = e.actor
                    AND f.id < e.id)))) LIMIT 5" >"$folder/orphans"
    [ -s "$folder/orphans" ] || return 0
    cat "$folder/orphans"
    failed=1
}

for file in scenarios/*.json; do
    [ "$file" = scenarios/schema.json ] && continue
    if ! "$evenkeel" run "$file" --verify -o "$folder/run.db" -q >"$folder/out" 2>&1; then
        echo "$file: $(cat "$folder/out")"
        failed=1
    fi
    causes "$file" "$folder/run.db"
done
for file in scenarios/theory/*.json; do # too short for what they expect, not for causes
    "$evenkeel" run "$file" --until 500ms -o "$folder/run.db" -q >"$folder/out" 2>&1
    causes "$file" "$folder/run.db"
done
if ! "$evenkeel" compare slow-node --no-record --ascii >"$folder/out" 2>&1 ||
    ! grep -q '3/3 reproduced' "$folder/out"; then
    cat "$folder/out"
    echo "slow-node: the published numbers are not reproduced"
    failed=1
fi
exit $failed
