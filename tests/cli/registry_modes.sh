#!/bin/sh
# Every way in which a registry can misbehave is a fault of a scenario. The servers are well all the
# time, and a client that keeps the last good list needs nothing else: no call may fail.
# usage: registry_modes.sh EVENKEEL
evenkeel=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
modes=$("$evenkeel" explain faults.mode | sed -n 's/^  one of: //p' | tr -d ,)
set -- $modes
if [ $# -lt 23 ]; then
    echo "only $# modes: $modes"
    failed=1
fi
for mode in $modes; do
    cat >"$folder/$mode.json" <<END
{
  "name": "$mode", "duration": "30s", "endpoints": {"count": 3},
  "clients": {"count": 2, "arrivals": {"constant": "50/s"}, "deadline": "1s", "resolver": {"consul": {}},
              "serviceConfig": {"loadBalancingConfig": [{"round_robin": {}}]}},
  "faults": [{"kind": "registry", "mode": "$mode", "at": "5s", "for": "10s"}],
  "expect": [{"metric": "success", "equals": "100%", "mark": "derived"}]
}
END
    if ! "$evenkeel" run "$folder/$mode.json" --no-record --verify >"$folder/out" 2>&1; then
        echo "$mode:"
        cat "$folder/out"
        failed=1
    fi
done
exit $failed
