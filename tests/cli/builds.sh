#!/bin/sh
# The golden fingerprints, however the simulator is built: each build is made once inside the build
# folder and brought up to date after that. The presets of script/test are gcc -O3, clang -O3 and, with
# the address and undefined-behaviour sanitizers, gcc -O0; these are the others.
# usage: builds.sh BUILD_FOLDER COMPILER...
build=$1
shift
failed=0

# check NAME COMPILER SEED OPTION...: builds with the options of cmake and compares; "" is all seeds.
check() {
    name=$1
    compiler=$2
    seed=$3
    folder=$build/builds/$name
    shift 3
    if ! command -v "$compiler" >/dev/null; then
        echo "$compiler is missing: script/bootstrap"
        failed=1
        return
    fi
    mkdir -p "$folder"
    if ! { cmake -S . -B "$folder" -G Ninja -DCMAKE_C_COMPILER="$compiler" -DEK_TUI=OFF \
        -DEK_GRAPHVIZ=OFF -DEK_UPLOT=OFF "$@" &&
        cmake --build "$folder" --target test_sim_fingerprints; } >"$folder/log" 2>&1; then
        tail -n 40 "$folder/log"
        echo "$name: does not build"
        failed=1
    elif ! "$folder/tests/sim/test_sim_fingerprints" ${seed:+"$seed"} >"$folder/log" 2>&1; then
        cat "$folder/log"
        echo "$name: fingerprints differ"
        failed=1
    fi
}

for compiler in "$@"; do
    plain=$(basename "$compiler")
    for level in O0 O2 O3-native; do
        check "$plain-$level" "$compiler" "" \
            -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="-$(echo "$level" | sed 's/-/ -march=/')"
    done
done
check tsan "$1" 1 -DCMAKE_BUILD_TYPE=RelWithDebInfo -DEK_SANITIZE=thread
exit $failed
