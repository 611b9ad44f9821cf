#!/bin/sh
# The minimum of two keys must not become a jump, whatever the compiler and its flags: of the conditional
# jumps in ek_engine_set one is the loop's, one or two guard its entry, one is the assertion's.
[ "$(uname -m)" = x86_64 ] || exit 0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failed=0
for compiler in "$@"; do
    for flags in -O2 "-O3 -march=native"; do
        $compiler -std=c11 -D_POSIX_C_SOURCE=200809L -I. -Icore/include $flags -c sim/engine.c \
            -o "$folder/engine.o" || exit 1
        objdump -d --no-show-raw-insn "$folder/engine.o" |
            awk '/^[0-9a-f]+ <ek_engine_set>:/ { inside = 1; next } /^$/ { inside = 0 } inside' >"$folder/code"
        jumps=$(grep -cE '[[:space:]]j(a|ae|b|be|c|nc|e|ne|g|ge|l|le|s|ns|z|nz)[[:space:]]' "$folder/code")
        moves=$(grep -cE '[[:space:]]cmov(b|c|nae)' "$folder/code")
        if [ "$jumps" -gt 4 ] || [ "$moves" -lt 6 ]; then
            echo "$compiler $flags: $jumps conditional jumps, $moves conditional moves"
            failed=1
        fi
    done
done
exit $failed
