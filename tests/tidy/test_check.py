"""The source checks find what they are there for, and nothing else."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check

HEAD = "/* What this is. */\n"


def rules(path, text):
    return [(rule, place.split(":")[-1]) for rule, place, _ in check.check_file(path, HEAD + text)]


def include(path, header):
    return rules(path, f"#include {header}\n")


class Includes(unittest.TestCase):
    def test_core_knows_nothing_of_the_rest(self):
        for header in ("sim/world.h", "reports/recording/recording.h", "fake-consul/consul.h",
                       "cli/verb.h", "core/live/live.h"):
            self.assertEqual(include("core/call.c", f'"{header}"'), [("include", header)])
        for header in ("evenkeel/lb.h", "core/channel.h"):
            self.assertEqual(include("core/call.c", f'"{header}"'), [])

    def test_core_has_no_clock_no_socket_no_libm(self):
        for header in ("time.h", "sys/socket.h", "unistd.h", "math.h", "curl/curl.h", "locale.h"):
            self.assertEqual(include("core/call.c", f"<{header}>"), [("include", header)])
        self.assertEqual(include("core/live/live.c", "<curl/curl.h>"), [])
        self.assertEqual(include("core/live/live.c", "<time.h>"), [])

    def test_sim_knows_recordings_and_the_registry_but_no_reader_and_no_socket(self):
        for header in ("reports/tui/tui.h", "reports/html/html.h", "reports/graph/graph.h",
                       "cli/verb.h", "core/channel.h", "fake-consul/http/http.h"):
            self.assertEqual(include("sim/net.c", f'"{header}"'), [("include", header)])
        for header in ("reports/recording/recording.h", "fake-consul/consul.h", "sim/world.h"):
            self.assertEqual(include("sim/net.c", f'"{header}"'), [])

    def test_readers_know_no_simulator_and_recordings_no_readers(self):
        self.assertEqual(include("reports/tui/tui.c", '"sim/run.h"'), [("include", "sim/run.h")])
        self.assertEqual(include("reports/recording/file.c", '"reports/tui/tui.h"'),
                         [("include", "reports/tui/tui.h")])
        self.assertEqual(include("reports/html/page.c", "<curses.h>"), [("include", "curses.h")])

    def test_the_fake_consul_knows_no_core(self):
        self.assertEqual(include("fake-consul/store.c", '"evenkeel/err.h"'),
                         [("include", "evenkeel/err.h")])
        self.assertEqual(include("fake-consul/store.c", "<microhttpd.h>"),
                         [("include", "microhttpd.h")])

    def test_cli_and_tests_may_know_all(self):
        self.assertEqual(include("cli/main.c", '"sim/world.h"'), [])
        self.assertEqual(include("tests/core/test_a.c", '"core/channel.h"'), [])


class Calls(unittest.TestCase):
    def test_clocks_and_chance_are_banned_where_runs_are_made(self):
        for folder in ("core/", "sim/", "fake-consul/", "reports/recording/"):
            self.assertEqual(rules(folder + "a.c", "int f(void)\n{\n    return (int)time(0);\n}\n"),
                             [("call", "time")])
        self.assertEqual(rules("cli/a.c", "    return time(0);\n"), [])
        self.assertEqual(rules("cli/a.c", "    return rand();\n"), [("call", "rand")])
        self.assertEqual(rules("core/live/a.c", "    return clock_gettime(0, 0);\n"), [])

    def test_words_members_and_longer_names_are_no_calls(self):
        for text in ("/* rand() and time(now) */\n", 'say("time(0)");\n', "a->time(3);\n",
                     "a.rand(3);\n", "run_time(3);\n", "ek_engine_time(e, 3);\n", "int time;\n"):
            self.assertEqual(rules("sim/a.c", text), [])


class Lengths(unittest.TestCase):
    def body(self, count):
        return "static void long_one(int a,\n                     int b)\n{\n" + \
            "    a++;\n" * (count - 2) + "}\n"

    def test_a_function_has_at_most_70_lines(self):
        self.assertEqual(rules("sim/a.c", self.body(70)), [])
        self.assertEqual(rules("sim/a.c", self.body(71)), [("function", "long_one")])

    def test_files_have_limits_by_their_kind(self):
        self.assertEqual(rules("sim/a.c", ";\n" * 599), [])
        self.assertEqual(rules("sim/a.c", ";\n" * 600), [("length", "sim/a.c")])
        self.assertEqual(rules("sim/a.h", ";\n" * 250), [("length", "sim/a.h")])
        self.assertEqual(rules("tests/sim/test_a.c", ";\n" * 800), [])

    def test_a_line_has_at_most_120_columns(self):
        self.assertEqual(rules("sim/a.c", "x" * 120 + "\n"), [])
        self.assertEqual(rules("sim/a.c", "x" * 121 + "\n"), [("width", "sim/a.c")])


class Form(unittest.TestCase):
    def test_markers_tabs_and_spaces_are_found(self):
        self.assertEqual(rules("sim/a.c", "/* TO" "DO later */\n"), [("marker", "sim/a.c")])
        self.assertEqual(rules("sim/a.c", "\tint a;\n"), [("space", "sim/a.c")])
        self.assertEqual(rules("sim/a.c", "int a; \n"), [("space", "sim/a.c")])

    def test_a_file_begins_with_its_comment_or_with_its_header(self):
        def first(path, text):
            return [rule for rule, _, _ in check.check_file(path, text)]
        self.assertEqual(first("sim/a.c", "int a;\n"), ["head"])
        self.assertEqual(first("sim/a.h", '#include "sim/b.h"\n'), ["head"])
        self.assertEqual(first("sim/a.c", '#include "sim/a.h"\n'), [])
        self.assertEqual(first("sim/a.c", '#define _DEFAULT_SOURCE\n#include "sim/a.h"\n'), [])

    def test_dumping_grounds_are_found_by_their_names(self):
        for name in ("util.c", "string_utils.h", "common.h", "net_helper.c"):
            self.assertEqual([rule for rule, _ in rules("sim/" + name, "")], ["name"])
        self.assertEqual(rules("sim/commonly.c", ""), [])


class Exceptions(unittest.TestCase):
    def test_a_needed_one_silences_and_an_unneeded_one_fails(self):
        files = [("sim/a.c", HEAD + "    return rand();\n")]
        self.assertEqual(len(list(check.complaints(files, {}))), 1)
        self.assertEqual(list(check.complaints(files, {("call", "sim/a.c:rand"): 1})), [])
        unneeded = {("call", "sim/a.c:rand"): 1, ("call", "sim/b.c:rand"): 2}
        self.assertEqual(list(check.complaints(files, unneeded)),
                         ['exceptions, line 2: nothing at sim/b.c:rand breaks the rule "call"'])


if __name__ == "__main__":
    unittest.main()
