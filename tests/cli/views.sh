#!/bin/sh
# The views of a recording and their columns are those that reports/recording/views.md promises, and each can be read.
evenkeel=$1
root=$PWD
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
export EVENKEEL_SCENARIOS="$root/scenarios"
cd "$folder" || exit 1

"$evenkeel" run zone-outage --until 40s -q -o run.db >/dev/null 2>&1 || [ $? -eq 1 ] || exit 1
awk '/^## / { view = $2 } /^\| [a-z_]+ \| / && $2 != "column" { print view "." $2 }' \
    "$root/reports/recording/views.md" | sort >promised
sqlite3 run.db "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
    WHERE m.type = 'view'" | sort >there
[ -s promised ] || { echo "views.md promises nothing"; exit 1; }
diff promised there || { echo "views.md and the recording differ"; exit 1; }

for view in $(cut -d. -f1 there | sort -u); do
    rows=$(sqlite3 run.db "SELECT count(*) FROM $view") || exit 1
    [ "$rows" -gt 0 ] || { echo "$view is empty"; exit 1; }
done
