#!/bin/sh
# The golden fingerprints, however the program is built: each build is made once inside the build
# folder and brought up to date after that. With "all" (by hand) in more ways; with "sanitizers" (by
# hand, some minutes) it is built with the undefined-behaviour, thread and address sanitizers instead.
# usage: builds.sh BUILD_FOLDER COMPILER... [all|sanitizers]
build=$1
shift
failed=0

# check NAME COMPILER OPTION...: builds with the options of cmake and compares.
check() {
    name=$1
    compiler=$2
    folder=$build/builds/$name
    shift 2
    if ! command -v "$compiler" >/dev/null; then
        echo "$compiler is missing: script/bootstrap"
        failed=1
        return
    fi
    mkdir -p "$folder"
    if ! { cmake -S . -B "$folder" -G Ninja -DCMAKE_C_COMPILER="$compiler" -DBUILD_TESTING=OFF \
        -DEK_TUI=OFF -DEK_GRAPHVIZ=OFF -DEK_UPLOT=OFF "$@" &&
        cmake --build "$folder" --target evenkeel; } >"$folder/log" 2>&1; then
        tail -n 40 "$folder/log"
        echo "$name: does not build"
        failed=1
    elif ! EK_GOLDEN_UPDATE='' sh tests/cli/fingerprints.sh "$folder/cli/evenkeel"; then
        echo "$name: fingerprints differ"
        failed=1
    fi
}

for last in "$@"; do :; done
if [ "$last" = sanitizers ]; then
    check ubsan "$1" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DEK_SANITIZE=undefined
    check tsan "$1" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DEK_SANITIZE=thread
    check asan "$1" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DEK_SANITIZE=address
    exit $failed
fi
# The presets of script/test are gcc -O3, clang -O3 and, with sanitizers, gcc -O0. By hand "all" adds the
# rest.
levels_of() {
    case $last-$1 in
    all-*) echo O0 O2 O3-native ;;
    *clang) echo O0 O3-native ;;
    *) echo O2 O3-native ;;
    esac
}
for compiler in "$@"; do
    [ "$compiler" = all ] && continue
    for level in $(levels_of "$(basename "$compiler")"); do
        check "$(basename "$compiler")-$level" "$compiler" \
            -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="-$(echo "$level" | sed 's/-/ -march=/')"
    done
done
exit $failed
