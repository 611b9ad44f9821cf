"""Each header compiles alone: it includes what it needs.

usage: headers.py COMPILER FLAGS FOLDER...      FLAGS with spaces between, FOLDER as for check.py
"""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import check


def compile_alone(job):
    compiler, flags, header = job
    done = subprocess.run([compiler, "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra",
                           "-Werror", "-fsyntax-only", "-I.", "-Icore/include", *flags, "-include",
                           header, "-x", "c", os.devnull], capture_output=True, text=True)
    return header, done.stderr if done.returncode != 0 else ""


def main():
    compiler, flags = sys.argv[1], sys.argv[2].split()
    headers = [path for path in check.sources(sys.argv[3:]) if path.endswith(".h")]
    failed = not headers
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, words in pool.map(compile_alone, [(compiler, flags, h) for h in headers]):
            if words:
                failed = True
                print(f"{header} does not compile alone:\n{words}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
