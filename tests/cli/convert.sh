#!/bin/sh
# What is written for other programs is read by readers that are not ours.
evenkeel=$1
root=$PWD
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
export EVENKEEL_SCENARIOS="$root/scenarios"

# Names that want to be markup.
python3 - scenarios/zone-outage.json "$folder/hostile.json" <<'PYTHON' || exit 1
import json, sys

scenario = json.load(open(sys.argv[1]))
scenario.pop("$schema", None)
scenario["name"] = "<script>alert(1)</script> | `x` ]]> \" ' & -->"
scenario["faults"][0]["id"] = "F\"1\\ <b> #;"
for expectation in scenario["expect"]:
    expectation.pop("endpoint", None)
    if expectation.get("phase") == "F1":
        expectation["phase"] = scenario["faults"][0]["id"]
    if "fault" in expectation:
        expectation["fault"] = scenario["faults"][0]["id"]
scenario["expect"] = [
    e for e in scenario["expect"] if e["metric"] != "share"] + [
    {"name": "a|b <i> ::error::%0A", "metric": "errors", "max": 0}]
json.dump(scenario, open(sys.argv[2], "w"))
PYTHON
cd "$folder" || exit 1
"$evenkeel" run hostile.json -q -o hostile.db >out 2>&1
[ $? -eq 1 ] || { cat out; exit 1; }
"$evenkeel" run backend-crash -q -o plain.db >/dev/null || exit 1
for run in hostile plain; do
    for format in junit markdown openmetrics csv chrome jsonl; do
        "$evenkeel" convert $run.db -t $format -o $run.$format || exit 1
    done
    "$evenkeel" graph causality $run.db -T mermaid -o $run.mermaid || exit 1
    "$evenkeel" graph causality $run.db -o $run.svg || grep -q . $run.svg || exit 1
done
"$evenkeel" convert hostile.db -t junti 2>&1 | grep -q 'did you mean "junit"?' || exit 1
python3 "$root/tests/cli/convert_readers.py" hostile plain
