"""The symbol check finds what it is there for: each case is compiled, archived and read."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import symbols

COMPILER = os.environ.get("CC", "cc")


def archive_of(folder, name, source):
    stem = os.path.join(folder, name)
    with open(stem + ".c", "w", encoding="utf-8") as file:
        file.write(source)
    subprocess.run([COMPILER, "-O2", "-fPIC", "-c", stem + ".c", "-o", stem + ".o"], check=True)
    subprocess.run(["ar", "rcs", stem + ".a", stem + ".o"], check=True)
    return symbols.read_symbols(stem + ".a")


def complaints(source, rules=()):
    with tempfile.TemporaryDirectory() as folder:
        read = archive_of(folder, "part", source)
    made = [{"line": i, "where": w, "kind": k, "name": n, "used": False}
            for i, (w, k, n) in enumerate(rules)]
    return symbols.check(made, {"part": read})


class Calls(unittest.TestCase):
    def test_a_clock_is_found(self):
        found = complaints("#include <time.h>\nlong now(void) { return (long)time(0); }\n")
        self.assertEqual(found, ["part: part.o calls time"])

    def test_randomness_environment_locale_and_libm_are_found(self):
        source = ("#include <locale.h>\n#include <math.h>\n#include <stdlib.h>\n"
                  "double f(double x) { return sin(x) + rand() + (getenv(\"A\") != 0) + "
                  "(setlocale(LC_ALL, \"\") != 0); }\n")
        self.assertEqual(complaints(source), [f"part: part.o calls {name}" for name in
                                              ("getenv", "rand", "setlocale", "sin")])

    def test_a_symbol_of_another_archive_is_no_call(self):
        with tempfile.TemporaryDirectory() as folder:
            one = archive_of(folder, "one", "int two(void);\nint one(void) { return two(); }\n")
            two = archive_of(folder, "two", "int two(void);\nint two(void) { return 2; }\n")
        self.assertEqual(symbols.check([], {"one": one, "two": two}), [])

    def test_a_name_that_two_archives_define_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            one = archive_of(folder, "one", "int f(void);\nint f(void) { return 1; }\n")
            two = archive_of(folder, "two", "int f(void);\nint f(void) { return 2; }\n")
        self.assertEqual(symbols.check([], {"one": one, "two": two}),
                         ["f is defined twice: one: one.o, two: two.o"])

    def test_a_rule_allows_what_it_names_where_it_says(self):
        source = "#include <stdlib.h>\nvoid *f(void) { return malloc(3); }\n"
        self.assertEqual(complaints(source, [("part", "call", "malloc")]), [])
        self.assertEqual(complaints(source, [("part/part", "call", "mal*")]), [])
        self.assertEqual(len(complaints(source, [("part/other", "call", "malloc")])), 2)

    def test_an_unused_exception_fails_and_an_unused_general_rule_does_not(self):
        source = "int f(void);\nint f(void) { return 1; }\n"
        self.assertEqual(len(complaints(source, [("part", "call", "malloc")])), 1)
        self.assertEqual(complaints(source, [("*", "call", "malloc")]), [])


class Data(unittest.TestCase):
    def test_each_kind_of_variable_is_found(self):
        source = ("int shared = 3;\nstatic int counter;\n_Thread_local int own;\n"
                  "int f(void) { static int calls; return ++calls + ++counter + ++own; }\n")
        found = sorted(c.split()[-1] for c in complaints(source) if "variable" in c)
        self.assertEqual(found, ["calls", "counter", "own", "shared"])

    def test_tables_are_no_variables(self):
        source = ("static const char *const words[] = {\"a\", \"b\"};\nextern const int n;\n"
                  "const int n = 3;\nconst char *f(int i) { return words[i & 1]; }\n")
        self.assertEqual(complaints(source), [])

    def test_a_static_of_a_function_is_excepted_without_its_number(self):
        source = "int f(void) { static int calls; return ++calls; }\n"
        self.assertEqual(complaints(source, [("part", "data", "calls")]), [])


if __name__ == "__main__":
    unittest.main()
