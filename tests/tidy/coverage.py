"""What of core/ the suite does not run: less than 5 % of the lines, and each with a reason.

usage: coverage.py BUILD REASONS [--list]

BUILD is a build with EK_COVERAGE in which the tests have run. REASONS has one function a line,
`FILE:FUNCTION LINES REASON`: how many lines of it are not run, at most, and why; # starts a comment. A
reason that is not needed fails, so that the list does not outlive the gaps. --list prints the lines
that are not run.
"""
import collections
import json
import os
import subprocess
import sys

SHARE_MIN = 0.95


def notes(build):
    """What the compiler noted of each file, run or not."""
    for where, _, names in os.walk(os.path.join(build, "core")):
        for name in sorted(names):
            if name.endswith(".gcno"):
                yield os.path.join(where, name)


def measure(build, root):
    """{path: {line: (function, count)}} of what is below core/."""
    found = collections.defaultdict(dict)
    for data in notes(build):
        done = subprocess.run(["gcov", "--json-format", "--stdout", data], capture_output=True,
                              text=True, check=True, cwd=build)
        for text in done.stdout.splitlines():
            for file in json.loads(text)["files"]:
                path = os.path.relpath(os.path.join(root, file["file"]), root)
                if not path.startswith("core/"):
                    continue
                for line in file["lines"]:
                    number = line["line_number"]
                    name, count = found[path].get(number, (line.get("function_name", "?"), 0))
                    found[path][number] = (name, count + line["count"])
    return found


def gaps(found):
    """{FILE:FUNCTION: [line, ...]}"""
    result = collections.defaultdict(list)
    for path, lines in sorted(found.items()):
        for number, (function, count) in sorted(lines.items()):
            if count == 0:
                result[f"{path}:{function}"].append(number)
    return result


def read_reasons(path):
    reasons = {}
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            words = text.split("#")[0].split(None, 2)
            if not words:
                continue
            if len(words) < 3 or not words[1].isdigit():
                raise SystemExit(f"{path}:{number}: want FILE:FUNCTION LINES REASON")
            reasons[words[0]] = int(words[1])
    return reasons


def judge(found, reasons):
    """Complaints, and the share of lines that are run."""
    total = sum(len(lines) for lines in found.values())
    missing = gaps(found)
    run = total - sum(len(lines) for lines in missing.values())
    complaints = []
    for place, lines in missing.items():
        if len(lines) > reasons.get(place, 0):
            complaints.append(f"{place}: {len(lines)} lines are not run, {reasons.get(place, 0)} "
                              f"have a reason: {', '.join(map(str, lines))}")
    for place in reasons:
        if place not in missing:
            complaints.append(f"{place}: all lines are run; it needs no reason")
    if total == 0 or run < SHARE_MIN * total:
        complaints.append(f"{run} of {total} lines of core/ are run; {SHARE_MIN:.0%} are due")
    return complaints, run, total


def main():
    build, path = os.path.abspath(sys.argv[1]), sys.argv[2]
    found = measure(build, os.getcwd())
    if "--list" in sys.argv[3:]:
        for place, lines in gaps(found).items():
            name = place.split(":")[0]
            with open(name, encoding="utf-8") as file:
                source = file.read().split("\n")
            for number in lines:
                print(f"{name}:{number}: {source[number - 1].strip()}")
        return
    complaints, run, total = judge(found, read_reasons(path))
    for complaint in complaints:
        print(complaint)
    print(f"core/: {run} of {total} lines are run, {100 * run / max(total, 1):.2f} %")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
