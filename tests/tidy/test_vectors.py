"""Tests of vectors.py."""
import unittest

import vectors


class Vectors(unittest.TestCase):
    def test_lists_are_read(self):
        self.assertEqual(vectors.read_list(["# a", "", "G2", "P20a  not there # yet"]),
                         [("G2", ""), ("P20a", "not there")])

    def test_names_are_found_in_comments_and_functions(self):
        text = "/* G10a: x */ static void g22_y(void); int p1; G3b4, xg5, \"P60\""
        self.assertEqual(vectors.named(text), {"G10A", "G22", "P1", "P60"})

    def test_each_is_named_or_has_a_reason(self):
        listed = [("G57a", ""), ("P21", ""), ("P21b", ""), ("P20a", "why")]
        self.assertEqual(vectors.judge(listed, {"G57", "P21", "P21B"}), [])
        self.assertEqual(vectors.judge(listed, {"G57A", "P21"}), ["P21b: no test names it"])
        self.assertEqual(vectors.judge(listed, {"G57", "P21", "P21B", "P20"}),
                         ["P20a: a test names it; it needs no reason"])


if __name__ == "__main__":
    unittest.main()
