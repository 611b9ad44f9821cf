#!/bin/sh
# The fingerprints of all scenarios are those that were agreed upon, whatever built the program: each
# run alone, and all of them several at a time. The queues of theory run for their first second.
# EK_GOLDEN_UPDATE=1 writes them anew: a change of behaviour shows as a changed line.
evenkeel=$1
golden=tests/cli/fingerprints.txt
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
export LC_ALL=C
[ -x "$evenkeel" ] || { echo "no program $evenkeel"; exit 1; }
failed=0

for file in scenarios/*.json scenarios/theory/*.json; do
    [ "$file" = scenarios/schema.json ] && continue
    name=${file#scenarios/}
    until=
    [ "$name" != "${name#theory/}" ] && until=1s
    for seed in 1 7 42; do
        fingerprint=$("$evenkeel" run "$file" --seed $seed ${until:+--until $until} --no-record --json |
            sed -n 's/.*"fingerprint": *"\([0-9a-f]*\)".*/\1/p')
        echo "${name%.json} $seed $fingerprint"
    done
done >"$folder/alone"
[ -n "$EK_GOLDEN_UPDATE" ] && cp "$folder/alone" $golden
diff -u $golden "$folder/alone" || failed=1

# sweep PREFIX SEED ARGUMENT...: what `evenkeel test` says, in the form of the golden file.
sweep() {
    prefix=$1
    seed=$2
    shift 2
    "$evenkeel" test -j 4 --seed "$seed" --no-record --ascii --color=never "$@" |
        sed -n "s|^[^ ]* *\([a-z0-9-]*\) *seed \([0-9]*\) *\([0-9a-f]\{16\}\) .*|$prefix\1 \2 \3|p"
}
for seed in 1 7 42; do
    sweep "" $seed $(ls scenarios/*.json | grep -v schema.json)
    sweep theory/ $seed scenarios/theory --until 1s
done | sort >"$folder/sweep"
if ! sort $golden | diff -u - "$folder/sweep"; then
    echo "several at a time they differ"
    failed=1
fi
exit $failed
