#!/bin/sh
# Surroundings that must not matter: address layout, what fresh memory holds, folder, locale, time
# zone, environment, open files. In each of them every scenario has its golden fingerprint.
# usage: hostile.sh EVENKEEL [SANITIZERS]
evenkeel=$1
sanitizers=$2
root=$PWD
golden=$root/tests/cli/fingerprints.txt
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

# fingerprint FILE COMMAND...: runs `COMMAND... evenkeel run FILE` with seed 1.
fingerprint() {
    file=$1
    shift
    "$@" "$evenkeel" run "$file" --seed 1 --no-record --json 2>"$folder/err" |
        sed -n 's/.*"fingerprint": *"\([0-9a-f]*\)".*/\1/p'
}

# surroundings WHAT COMMAND...: every golden line of seed 1 again, by way of COMMAND.
surroundings() {
    what=$1
    shift
    while read -r name seed wanted; do
        [ "$seed" = 1 ] || continue
        got=$(fingerprint "$root/scenarios/$name.json" "$@")
        if [ "$got" != "$wanted" ]; then
            echo "$what: $name has $got, wanted $wanted"
            cat "$folder/err"
            failed=1
        fi
    done <"$golden"
}

# Sanitizers make each run many times slower: all at once.
if [ -n "$sanitizers" ]; then
    cd / || exit 1
    surroundings "all at once" env -i MALLOC_PERTURB_=85 ASAN_OPTIONS=malloc_fill_byte=170 \
        LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu HOME=/nonexistent TMPDIR=/nonexistent
    exit $failed
fi

if setarch "$(uname -m)" -R true 2>/dev/null; then
    surroundings "fixed addresses" setarch "$(uname -m)" -R
else
    echo "setarch -R is not allowed here: fixed addresses are not tried"
fi
surroundings "random addresses" env
surroundings "fresh memory of aa" env MALLOC_PERTURB_=85
surroundings "fresh memory of 01" env MALLOC_PERTURB_=254
surroundings "one arena, every block mapped" env MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=4096
surroundings "Turkish" env LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Kathmandu
surroundings "German, another time zone" env LC_ALL=de_DE.ISO-8859-1 TZ=America/St_Johns
surroundings "a large environment" env "PAD=$(head -c 100001 /dev/zero | tr '\0' x)" NO_COLOR=1
surroundings "no environment" env -i
cd / || exit 1
surroundings "another folder" env HOME=/nonexistent TMPDIR=/nonexistent
cd "$root" || exit 1

# Undefined bytes in a decision, and what is not given back: one short scenario under valgrind.
if ! command -v valgrind >/dev/null; then
    echo "valgrind is missing: script/bootstrap"
    failed=1
else
    wanted=$(sed -n 's/^direct-dial 1 //p' "$golden")
    got=$(fingerprint "$root/scenarios/direct-dial.json" valgrind -q --error-exitcode=9 --leak-check=full \
        --errors-for-leak-kinds=definite,indirect --log-file="$folder/valgrind")
    if [ "$got" != "$wanted" ] || [ -s "$folder/valgrind" ]; then
        echo "valgrind: direct-dial has $got, wanted $wanted"
        cat "$folder/valgrind"
        failed=1
    fi
fi
exit $failed
