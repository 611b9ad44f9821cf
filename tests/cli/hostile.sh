#!/bin/sh
# Surroundings that must not matter: address layout, what fresh memory holds, folder, locale, time
# zone, environment, the size of the stack. In each of them every scenario has its golden fingerprint.
# usage: hostile.sh EVENKEEL [SANITIZERS]
evenkeel=$1
sanitizers=$2
root=$PWD
golden=$root/tests/cli/fingerprints.txt
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0

# fingerprint NAME COMMAND...: runs `COMMAND... evenkeel run NAME` with seed 1, as fingerprints.sh does.
fingerprint() {
    file=$root/scenarios/$1.json
    until=
    [ "$1" != "${1#theory/}" ] && until=1s
    shift
    "$@" "$evenkeel" run "$file" --seed 1 ${until:+--until $until} --no-record --json 2>"$folder/err" |
        sed -n 's/.*"fingerprint": *"\([0-9a-f]*\)".*/\1/p'
}

# surroundings WHAT COMMAND...: every golden line of seed 1 again, by way of COMMAND.
surroundings() {
    what=$1
    shift
    while read -r name seed wanted; do
        [ "$seed" = 1 ] || continue
        got=$(fingerprint "$name" "$@")
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
surroundings "fresh memory by the tunables, no caches" env \
    GLIBC_TUNABLES=glibc.malloc.perturb=170:glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0
surroundings "one arena, every block mapped" env MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=4096
surroundings "Turkish" env LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Kathmandu
surroundings "German, another time zone" env LC_ALL=de_DE.ISO-8859-1 TZ=America/St_Johns
surroundings "a large environment" env "PAD=$(head -c 100001 /dev/zero | tr '\0' x)" NO_COLOR=1
surroundings "no environment" env -i
surroundings "a small stack" sh -c 'ulimit -s 1024; exec "$@"' sh
cd / || exit 1
surroundings "another folder" env HOME=/nonexistent TMPDIR=/nonexistent
cd "$root" || exit 1

# Undefined bytes in a decision, and what is not given back: short scenarios under valgrind, one of the
# registry, one of shared workers, one of every random draw.
memcheck() {
    wanted=$(sed -n "s|^$1 1 ||p" "$golden")
    got=$(fingerprint "$1" valgrind -q --error-exitcode=9 --leak-check=full \
        --errors-for-leak-kinds=definite,indirect --log-file="$folder/valgrind")
    if [ "$got" != "$wanted" ] || [ -s "$folder/valgrind" ]; then
        echo "valgrind: $1 has $got, wanted $wanted"
        cat "$folder/valgrind"
        failed=1
    fi
}
if ! command -v valgrind >/dev/null; then
    echo "valgrind is missing: script/bootstrap"
    exit 1
fi
for name in direct-dial consul-empty-list theory/mh1-ps-80 theory/mg1-lognormal-50; do
    memcheck $name
done
exit $failed
