#!/bin/sh
# Scenarios as a suite: exit codes, what is selected, and the same fingerprints alone and in parallel.
evenkeel=$1
root=$PWD
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
export EVENKEEL_SCENARIOS="$root/scenarios"
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY
cd "$folder" || exit 1
failed=0

# expect CODE ARGUMENT...
expect() {
    wanted=$1
    shift
    "$evenkeel" test "$@" >out 2>err
    code=$?
    if [ $code -ne "$wanted" ]; then
        echo "evenkeel test $*: exit code $code, wanted $wanted"
        cat out err
        failed=1
    fi
}

check() {
    what=$1
    shift
    if ! "$@"; then
        echo "$what"
        cat out
        failed=1
    fi
}

mkdir good bad unsure broken
cp "$root/scenarios/direct-dial.json" "$root/scenarios/consul-empty-list.json" good
sed 's/"metric": "success", "equals": "100%"/"metric": "success", "max": "1%"/' good/consul-empty-list.json >bad/one.json
sed 's/"metric": "success"/"metric": "success", "from": "900s", "to": "901s"/' good/consul-empty-list.json >unsure/one.json
python3 - good/direct-dial.json unsure/one.json <<'PYTHON' || exit 1
import json, sys
scenario = json.load(open(sys.argv[1]))
scenario["expect"] = []
json.dump(scenario, open(sys.argv[2], "w"))
PYTHON
echo '{"name": 3' >broken/one.json

expect 0 good
check "two pass" test "$(tail -n 1 out)" = "2 passed"
expect 1 bad
check "one fails" test "$(tail -n 1 out)" = "0 passed, 1 failed"
check "the failure says where" grep -q 'success <= 1 %: got 100 %   bad/one.json:[0-9]' out
expect 5 unsure
check "nothing expected is nothing shown" test "$(tail -n 1 out)" = "0 passed, 1 inconclusive"
expect 2 broken
expect 4 good -k no-such-name
expect 2 good --seeds 3..1
expect 2 good --annotate=gitlab

# Of several codes the first that applies.
expect 1 bad unsure good
check "all are counted" test "$(tail -n 1 out)" = "2 passed, 1 failed, 1 inconclusive"
expect 2 broken bad unsure good
expect 5 unsure good

expect 1 bad good -x
check "-x stops" test "$(tail -n 1 out)" = "0 passed, 1 failed, 2 left out"
expect 0 good -k direct
check "-k selects" test "$(tail -n 1 out)" = "1 passed"

# Alone and in parallel.
four="direct-dial consul-empty-list all-transient-failure rolling-deploy"
expect 0 -j 1 $four
sed 's/  *[0-9.]* s$//' out >alone
rm -rf evenkeel-out
expect 0 -j 4 $four
sed 's/  *[0-9.]* s$//' out >parallel
check "alone and in parallel are the same" diff -u alone parallel
check "in the order they were given" test "$(sed -n '2s/^[^ ]* \([a-z-]*\) .*/\1/p' parallel)" = consul-empty-list
check "one recording each, and latest" test "$(ls evenkeel-out | wc -l)" -eq "$(wc -l <alone)"
rm -rf evenkeel-out
expect 0 good --seeds 1..3 -j 2 --no-record
check "each seed is a run" test "$(tail -n 1 out)" = "6 passed"
check "no recording is kept" test ! -e evenkeel-out/direct-dial-1.db

# For CI.
expect 2 broken bad unsure --junit junit.xml --summary summary.md --annotate=github
check "an annotation" grep -q '^::error file=bad/one.json,line=[0-9]*,title=consul-empty-list::' out
python3 - <<'PYTHON' || failed=1
import xml.etree.ElementTree
suites = list(xml.etree.ElementTree.parse("junit.xml").getroot())
assert [s.get("name") for s in suites] == ["broken/one.json", "consul-empty-list", "direct-dial"]
assert [s.get("failures") for s in suites] == ["0", "1", "0"]
assert [s.get("errors") for s in suites] == ["1", "0", "0"]
text = open("summary.md").read()
assert text.startswith("## evenkeel: 0 passed, 1 failed, 1 inconclusive, 1 not loaded\n")
assert "expected near end of file" in text
PYTHON
echo before >host.md
GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=host.md "$evenkeel" test bad >out 2>&1
check "the host's summary is added to" test "$(head -n 1 host.md)" = before
check "and has the failure" grep -q '^## evenkeel: 0 passed, 1 failed' host.md
check "the host is annotated" grep -q '^::error' out

# Two scenarios of one name do not overwrite each other's recording.
mkdir twins
cp good/direct-dial.json twins/a.json
cp good/direct-dial.json twins/b.json
rm -rf evenkeel-out
expect 0 twins -j 2
check "two recordings and latest" test "$(ls evenkeel-out | wc -l)" -eq 3

# Ctrl-C.
"$evenkeel" test "$root/scenarios/slow-node.json" --set /duration=100000s >out 2>&1 &
sleep 1
kill -TERM $!
wait $!
code=$?
if [ $code -ne 130 ]; then
    echo "interrupted: exit code $code, wanted 130"
    cat out
    failed=1
fi
exit $failed
