"""Reads what static archives call and hold: nothing that could make two runs of one seed differ, and
no name that two of them define.

usage: symbols.py ALLOWED ARCHIVE...

ALLOWED has one rule a line, `ARCHIVE KIND NAME REASON`; # starts a comment.
  ARCHIVE  the file's name without lib and .a, or * for all; then / and an object, to narrow it down
  KIND     call: an undefined symbol that none of the archives defines
           data: a variable in a section that can be written to
  NAME     the symbol; a * at its end stands for any rest
A symbol without a rule fails; so does a rule without a symbol, unless it begins with * .
"""
import os
import re
import subprocess
import sys

WRITABLE = re.compile(r"^(\.data|\.bss|\.tdata|\.tbss|\*COM\*|\.lbss|\.ldata)")
CONSTANT = re.compile(r"^\.data\.rel\.ro")
# Position-independent code has it, and the compilers' own small routines (popcount, 128-bit division).
COMPILER = re.compile(r"^(_GLOBAL_OFFSET_TABLE_|__[a-z]+[dt]i[234f]|__stack_chk_fail)$")


def objects(archive):
    """Yields (object, symbol line fields) of an archive, as objdump prints them."""
    text = subprocess.run(["objdump", "-t", archive], check=True, capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout
    current = "?"
    for line in text.splitlines():
        if ":" in line and "file format" in line:
            current = line.split(":")[0]
        # address, seven flag characters, section, tab, size, name
        match = re.match(r"^[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+ +(?:\.\w+ )?(\S+)$", line)
        if match:
            yield current, match.group(1), match.group(2), match.group(3)


def read_symbols(archive):
    """Returns three lists of (object, name): defined, called, writable."""
    defined, called, writable = [], [], []
    for member, flags, section, name in objects(archive):
        if section == "*UND*":
            called.append((member, name))
            continue
        if flags[0] in "gu!" and flags[1] != "w":
            defined.append((member, name))
        # d and f: section and file symbols
        if WRITABLE.match(section) and not CONSTANT.match(section) and flags[5] not in "df":
            writable.append((member, name))
    return defined, called, writable


def read_rules(path):
    rules = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            if len(words) < 3 or words[1] not in ("call", "data"):
                raise SystemExit(f"{path}:{number}: want ARCHIVE KIND NAME REASON")
            where, kind, name = words[:3]
            if where != "*" and len(words) < 4:
                raise SystemExit(f"{path}:{number}: an exception needs a reason")
            rules.append({"line": number, "where": where, "kind": kind, "name": name, "used": False})
    return rules


def source_name(symbol):
    """A static variable inside a function is NAME.NUMBER to gcc and FUNCTION.NAME to clang."""
    return re.sub(r"\.\d+$", "", symbol).split(".")[-1]


def fits(rule, archive, member, kind, name):
    where, _, object_name = rule["where"].partition("/")
    if rule["kind"] != kind or where not in ("*", archive):
        return False
    if object_name and member.split(".")[0] != object_name:
        return False
    wanted = rule["name"]
    plain = source_name(name)
    return plain.startswith(wanted[:-1]) if wanted.endswith("*") else plain == wanted


def check(rules, archives):
    """`archives`: name -> (defined, called, writable). Returns complaints."""
    owners = {}
    for archive, (defined, _, _) in archives.items():
        for member, name in defined:
            owners.setdefault(name, []).append(f"{archive}: {member}")
    complaints = [f"{name} is defined twice: {', '.join(places)}"
                  for name, places in sorted(owners.items()) if len(places) > 1]
    ours = set(owners)
    for archive, (_, called, writable) in archives.items():
        found = [("call", member, name) for member, name in called
                 if name not in ours and not COMPILER.match(name)]
        found += [("data", member, name) for member, name in writable]
        for kind, member, name in sorted(set(found)):
            fitting = [rule for rule in rules if fits(rule, archive, member, kind, name)]
            for rule in fitting:
                rule["used"] = True
            if not fitting:
                what = "calls" if kind == "call" else "can write to the variable"
                complaints.append(f"{archive}: {member} {what} {source_name(name)}")
    return complaints + [f"line {rule['line']}: nothing needs {rule['where']} {rule['kind']} "
                         f"{rule['name']}" for rule in rules
                         if not rule["used"] and rule["where"] != "*"]


def main():
    rules = read_rules(sys.argv[1])
    archives = {}
    for path in sys.argv[2:]:
        name = re.sub(r"^lib(ek_)?|\.a$", "", os.path.basename(path))
        archives[name] = read_symbols(path)
    complaints = check(rules, archives)
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
