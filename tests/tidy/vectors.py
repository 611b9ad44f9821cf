"""Every numbered vector of the behaviour sheets is named by a test, or has a reason why not.

usage: vectors.py LIST FOLDER

LIST has one vector a line, `NAME` or `NAME REASON`; # starts a comment. A test of FOLDER names G57a as
G57a, or as g57 in the name of a function, if there is no G57. A reason that is not needed fails.
"""
import os
import re
import sys


def read_list(lines):
    """[(name, reason)]"""
    vectors = []
    for line in lines:
        line = line.split("#")[0].strip()
        if line:
            name, _, reason = line.partition(" ")
            vectors.append((name, reason.strip()))
    return vectors


def named(text):
    """All that looks like the name of a vector, in capitals."""
    return {word.upper() for word in re.findall(r"(?<![A-Za-z0-9])[GgPp]\d+[a-z]?(?![A-Za-z0-9])", text)}


def judge(vectors, found):
    """What is to be complained about."""
    names = {name for name, _ in vectors}
    complaints = []
    for name, reason in vectors:
        short = name.rstrip("abcdefghijklmnopqrstuvwxyz")
        is_named = name.upper() in found or (short not in names and short.upper() in found)
        if not is_named and not reason:
            complaints.append(f"{name}: no test names it")
        if is_named and reason:
            complaints.append(f"{name}: a test names it; it needs no reason")
    if len(names) != len(vectors):
        complaints.append("a vector is listed twice")
    return complaints


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        vectors = read_list(file)
    found = set()
    for where, _, files in os.walk(sys.argv[2]):
        for name in files:
            if name.startswith("test_") and name.endswith(".c"):
                with open(os.path.join(where, name), encoding="utf-8") as file:
                    found |= named(file.read())
    complaints = judge(vectors, found)
    print("\n".join(complaints) if complaints else f"{len(vectors)} vectors")
    return 1 if complaints or not vectors else 0


if __name__ == "__main__":
    sys.exit(main())
