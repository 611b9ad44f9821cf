"""All sources are as clang-format and .clang-format make them.

usage: format.py CLANG_FORMAT FOLDER...
"""
import subprocess
import sys

import check


def main():
    files = list(check.sources(sys.argv[2:]))
    done = subprocess.run([sys.argv[1], "--dry-run", "-Werror", *files], capture_output=True,
                          text=True)
    changed = sorted({line.split(":")[0] for line in done.stderr.splitlines()
                      if "[-Wclang-format-violations]" in line})
    if changed:
        print(f"{sys.argv[1]} -i", *changed)
    if done.returncode != 0 and not changed:
        print(done.stderr)
    sys.exit(1 if done.returncode != 0 or not files else 0)


if __name__ == "__main__":
    main()
