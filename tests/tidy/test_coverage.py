"""The coverage check tells gaps without a reason from gaps with one."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import coverage


def lines(run, missing):
    """A file whose function f has so many lines that are run and that are not."""
    counts = [1] * run + [0] * missing
    return {"core/a.c": {n + 1: ("f", count) for n, count in enumerate(counts)}}


class Judge(unittest.TestCase):
    def test_what_is_all_run_is_fine(self):
        self.assertEqual(coverage.judge(lines(100, 0), {}), ([], 100, 100))

    def test_a_gap_needs_a_reason(self):
        complaints, run, total = coverage.judge(lines(98, 2), {})
        self.assertEqual((run, total), (98, 100))
        self.assertIn("core/a.c:f: 2 lines are not run, 0 have a reason: 99, 100", complaints[0])
        self.assertEqual(coverage.judge(lines(98, 2), {"core/a.c:f": 2})[0], [])
        self.assertEqual(len(coverage.judge(lines(98, 2), {"core/a.c:f": 1})[0]), 1)

    def test_a_reason_without_a_gap_fails(self):
        self.assertIn("needs no reason", coverage.judge(lines(100, 0), {"core/a.c:f": 1})[0][0])

    def test_reasons_do_not_excuse_a_twentieth(self):
        complaints, _, _ = coverage.judge(lines(94, 6), {"core/a.c:f": 6})
        self.assertEqual(complaints, ["94 of 100 lines of core/ are run; 95% are due"])
        self.assertEqual(len(coverage.judge({}, {})[0]), 1)


if __name__ == "__main__":
    unittest.main()
