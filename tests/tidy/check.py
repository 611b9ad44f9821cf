"""Checks the sources for what a machine can see.

usage: check.py EXCEPTIONS FOLDER...

EXCEPTIONS has one a line, `RULE PLACE REASON`; # starts a comment. An exception that is not needed
fails. Rules and their places:
  include   FILE:HEADER     an arrow that ARCHITECTURE.md does not draw
  call      FILE:NAME       a function that is banned there
  length    FILE            600 lines a .c, 250 a .h (of tests: 900 and 400)
  function  FILE:NAME       70 lines
  width     FILE            120 columns; clang-format breaks code at 100
  marker    FILE            what is left for later belongs in an issue
  space     FILE            tabs, and spaces at the ends of lines
  head      FILE            the first thing is a comment, or the header that has it
  name      FILE            a file is named for the noun inside
"""
import os
import re
import sys

# Who may include whom; the first fitting folder counts. Our own headers by prefix, then libraries.
ARROWS = [
    ("core/live/", ["core/live/", "evenkeel/"], ["curl"]),
    ("core/", ["core/", "evenkeel/"], ["jansson", "xxhash"]),
    ("fake-consul/http/", ["fake-consul/"], ["jansson", "microhttpd", "curl", "zlib", "system"]),
    ("fake-consul/", ["fake-consul/"], ["jansson", "xxhash", "numbers"]),
    ("reports/recording/", ["reports/recording/", "evenkeel/"],
     ["jansson", "xxhash", "sqlite3", "files"]),
    ("reports/tui/", ["reports/", "evenkeel/"], ["curses", "terminal", "files"]),
    ("reports/graph/", ["reports/", "evenkeel/"], ["graphviz", "jansson", "terminal", "files"]),
    ("reports/stats/", ["reports/stats/", "reports/recording/", "evenkeel/"], ["jansson", "math"]),
    ("reports/", ["reports/", "evenkeel/"], ["jansson", "math", "files", "zlib", "xxhash"]),
    ("sim/", ["sim/", "evenkeel/", "reports/recording/", "fake-consul/"], ["jansson", "files"]),
    ("cli/", None, None),
    ("tests/", None, None),
]
NEVER = [
    ("core/", r"core/live/", r"core/live/"),  # FOLDER, HEADER, but not below
    ("sim/", r"fake-consul/http/", None),
    ("sim/", r"core/", None),
]
FAMILIES = {
    "curl": r"curl/", "jansson": r"jansson\.h", "xxhash": r"xxhash\.h", "sqlite3": r"sqlite3\.h",
    "microhttpd": r"microhttpd\.h", "zlib": r"zlib\.h", "curses": r"curses\.h",
    "graphviz": r"(graphviz/)?(gvc|cgraph|gvplugin)\.h", "math": r"math\.h",
    "files": r"(dirent|errno|fcntl|signal|unistd|sys/stat|sys/types|sys/mman)\.h",
    "numbers": r"(errno|arpa/inet)\.h",
    "terminal": r"(locale|langinfo|signal|termios|time|unistd|wchar|wctype|ctype|errno|fcntl|"
                r"sys/(ioctl|select|types|wait|stat))\.h",
    "system": r"[a-z]+/|(ctype|errno|fcntl|netdb|poll|signal|strings|time|unistd)\.h",
}
# What depends on the arguments alone.
PLAIN = re.compile(r"^(assert|inttypes|limits|setjmp|stdalign|stdarg|stdbool|stddef|stdint|stdio|"
                   r"stdlib|string|strings)\.h$")
CORE_LIVE_PLAIN = re.compile(r"^(time|errno|unistd|poll|pthread|netdb)\.h$")

CLOCKS = ["time", "clock", "gettimeofday", "clock_gettime", "timespec_get", "localtime",
          "localtime_r", "gmtime", "gmtime_r", "mktime", "strftime", "sleep", "usleep", "nanosleep"]
CHANCE = ["rand", "srand", "rand_r", "random", "srandom", "drand48", "lrand48", "arc4random",
          "getrandom", "getentropy"]
SURROUNDINGS = ["getenv", "secure_getenv", "setenv", "putenv", "setlocale", "uselocale", "getpid",
                "system"]
CALLS = [  # FOLDERS, BUT NOT, NAMES
    (("",), (), CHANCE + ["sprintf", "vsprintf", "strtok", "gets", "tmpnam", "mktemp", "alloca",
                          "atoi", "atol", "atof", "asctime", "ctime"]),
    (("core/", "sim/", "fake-consul/", "reports/recording/"),
     ("core/live/", "fake-consul/http/"), CLOCKS + SURROUNDINGS),
]
MARKER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
NAMES = re.compile(r"(^|_)(utils?|common|misc|manager|handler|helpers?)(_|\.|$)")
LENGTHS = {"tests/": {".c": 900, ".h": 400}, "": {".c": 600, ".h": 250}}
FUNCTION_LINES = 70
COLUMNS = 120


class Finding(tuple):
    """(rule, place, text)"""


def without_comments(text):
    """Comments and literals become blanks; lines stay where they are."""
    def blank(match):
        found = match.group(0)
        if found.startswith(("\"", "'")):
            return found[0] + " " * (len(found) - 2) + found[-1]
        return re.sub(r"[^\n]", " ", found)
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text,
                  flags=re.S)


def includes(path, text):
    arrow = next((a for a in ARROWS if path.startswith(a[0])), None)
    if arrow is None or arrow[1] is None:
        return
    for quote, header in re.findall(r"^#\s*include\s+([\"<])([^\">]+)", text, flags=re.M):
        if quote == '"':
            allowed = any(header.startswith(p) for p in arrow[1])
            for folder, pattern, but in NEVER:
                if path.startswith(folder) and re.match(pattern, header) and \
                        not (but and path.startswith(but)):
                    allowed = False
        else:
            allowed = bool(PLAIN.match(header)) or \
                any(re.match(FAMILIES[f] + ("$" if FAMILIES[f].endswith(".h") else ""), header)
                    for f in arrow[2]) or \
                (path.startswith("core/live/") and bool(CORE_LIVE_PLAIN.match(header)))
        if not allowed:
            yield Finding(("include", f"{path}:{header}",
                           f"{path}: includes {header}, which ARCHITECTURE.md does not allow"))


def calls(path, bare):
    if path.startswith("tests/"):
        return
    for folders, but, names in CALLS:
        if not path.startswith(folders) or path.startswith(tuple(but) or ("\0",)):
            continue
        for match in re.finditer(r"(?<![\w.>])(%s)\s*\(" % "|".join(names), bare):
            line = bare.count("\n", 0, match.start()) + 1
            yield Finding(("call", f"{path}:{match.group(1)}",
                           f"{path}:{line}: {match.group(1)} is banned here"))


def length(path, text):
    limits = next(l for folder, l in LENGTHS.items() if path.startswith(folder))
    lines = text.count("\n")
    limit = limits[os.path.splitext(path)[1]]
    if lines > limit:
        yield Finding(("length", path, f"{path}: {lines} lines; {limit} are the limit"))


def functions(path, bare):
    """clang-format puts a function's braces into the first column, and nobody else's."""
    lines = bare.split("\n")
    start = name = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
            head = " ".join(lines[max(0, number - 8):number - 1])
            names = re.findall(r"(\w+)\s*\((?:[^;{}]*)$", re.split(r"[;}]", head)[-1])
            name = names[0] if names else "?"
        elif line == "}" and start is not None:
            count = number - start + 1
            if count > FUNCTION_LINES:
                yield Finding(("function", f"{path}:{name}", f"{path}:{start}: {name} has {count} "
                               f"lines; {FUNCTION_LINES} are the limit"))
            start = None


def form(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > COLUMNS:
            yield Finding(("width", path, f"{path}:{number}: {len(line)} columns; {COLUMNS} are "
                           "the limit"))
        if "\t" in line or line != line.rstrip():
            yield Finding(("space", path, f"{path}:{number}: a tab, or a space at the end"))
        if MARKER.search(line):
            yield Finding(("marker", path, f"{path}:{number}: left for later; open an issue"))


def head(path, text):
    text = re.sub(r"^#define _\w+_SOURCE[^\n]*\n", "", text)
    if not text.startswith("/*") and not (path.endswith(".c") and text.startswith("#include \"")):
        yield Finding(("head", path, f"{path}: does not begin with a comment that says what it is"))


def name_of(path):
    if NAMES.search(os.path.basename(path)):
        yield Finding(("name", path, f"{path}: is not named for what is inside"))


def check_file(path, text):
    bare = without_comments(text)
    for rule in (includes(path, text), calls(path, bare), length(path, text),
                 functions(path, bare), form(path, text), head(path, text), name_of(path)):
        yield from rule


def sources(folders):
    for folder in folders:
        for where, below, names in os.walk(folder):
            below.sort()
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.join(where, name)


def read_exceptions(path):
    exceptions = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split(None, 2)
            if not words:
                continue
            if len(words) < 3:
                raise SystemExit(f"{path}:{number}: want RULE PLACE REASON")
            exceptions[(words[0], words[1])] = number
    return exceptions


def complaints(files, exceptions):
    """`files`: (path, text) pairs; `exceptions`: (rule, place) -> line."""
    unused = dict(exceptions)
    for path, text in files:
        for rule, place, words in check_file(path, text):
            if (rule, place) in exceptions:
                unused.pop((rule, place), None)
            else:
                yield words
    for (rule, place), line in unused.items():
        yield f"exceptions, line {line}: nothing at {place} breaks the rule \"{rule}\""


def main():
    files = []
    for path in sources(sys.argv[2:]):
        with open(path, encoding="utf-8") as file:
            files.append((path, file.read()))
    found = list(complaints(files, read_exceptions(sys.argv[1])))
    for words in found:
        print(words)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
