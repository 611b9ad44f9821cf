#!/bin/sh
# A program outside the tree builds against the installed library and balances over a toy transport.
build=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

cmake --install "$build" --prefix "$folder/usr" >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
export PKG_CONFIG_PATH="$folder/usr/lib/pkgconfig:$folder/usr/lib/$(cc -print-multiarch)/pkgconfig"
for file in bin/evenkeel share/man/man1/evenkeel.1 share/evenkeel/scenarios/slow-node.json; do
    if [ ! -f "$folder/usr/$file" ]; then
        echo "not installed: $file"
        exit 1
    fi
done
cc -std=c11 -Wall -Wextra -Werror tests/cli/toy.c -o "$folder/toy" $EK_LINK_FLAGS \
    $(pkg-config --cflags --libs --static evenkeel) || exit 1
"$folder/toy" || exit 1
cd "$folder" && "$folder/usr/bin/evenkeel" run slow-node --no-record -q
