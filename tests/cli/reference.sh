#!/bin/sh
# The reference answers for every key, kind, policy and metric; lists and schema are complete.
evenkeel=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

wanted() {
    if ! grep -q -- "$2" "$folder/out"; then
        echo "$1: no \"$2\" in"
        cat "$folder/out"
        failed=1
    fi
}

# succeed ARGUMENT...
succeed() {
    if ! "$evenkeel" "$@" >"$folder/out" 2>"$folder/err" || [ -s "$folder/err" ]; then
        echo "evenkeel $*: failed"
        cat "$folder/err"
        failed=1
    fi
}

for what in faults policies metrics scenarios; do
    succeed list $what
    cut -d' ' -f1 "$folder/out" >"$folder/$what"
done
while read -r name; do
    succeed explain "$name"
    wanted "explain $name" "$name"
done <<EOF
$(cat "$folder/faults" "$folder/policies" "$folder/metrics")
EOF
while read -r name; do
    succeed check -q "$name"
done <"$folder/scenarios"

succeed explain faults.kind
wanted "explain faults.kind" "required"
wanted "explain faults.kind" "registry-index-back"
succeed explain lognormal
wanted "explain lognormal" "endpoints.service.lognormal"
succeed explain ttl
wanted "explain ttl" 'default "10s"'
succeed explain choiceCount
wanted "explain choiceCount" "least_request.choiceCount"

if "$evenkeel" explain faults.knid >"$folder/out" 2>&1; then
    echo "explain faults.knid: succeeded"
    failed=1
fi
wanted "explain faults.knid" 'did you mean "kind"?'

succeed schema
cp "$folder/out" "$folder/printed"
succeed schema --write "$folder"
cmp "$folder/schema.json" "$folder/printed" || failed=1
if ! cmp scenarios/schema.json "$folder/printed"; then
    echo "scenarios/schema.json is old: evenkeel schema --write scenarios"
    failed=1
fi
for verb in check schema explain list; do
    succeed $verb --help
    head -n 1 "$folder/out" | grep -q "^  evenkeel $verb" || {
        echo "$verb --help: does not begin with an example"
        failed=1
    }
done
exit $failed
