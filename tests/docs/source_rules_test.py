#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Proves that source_rules.py can fail."""
import pathlib
import tempfile
import unittest

import source_rules

HEAD = "// SPDX-License-Identifier: EUPL-1.2\n"


def faults(text, suffix=".cc"):
    return source_rules.check_file("core/base/x" + suffix, text, suffix)[0]


class SourceRules(unittest.TestCase):
    def test_a_sound_file_passes(self):
        self.assertEqual(faults(HEAD + "int x;\n"), [])

    def test_a_file_over_the_limit_is_refused_and_a_long_one_named(self):
        self.assertIn("901 lines", faults(HEAD + "\n" * 900)[0])
        named, remarks = source_rules.check_file("x.cc", HEAD + "\n" * 600, ".cc")
        self.assertEqual((named, len(remarks)), ([], 1))

    def test_a_file_without_licence_line_is_refused(self):
        self.assertIn("SPDX", faults("int x;\n")[0])

    def test_a_header_without_guard_is_refused(self):
        self.assertIn("#pragma once", faults(HEAD, ".h")[0])

    def test_words_that_do_not_belong_are_refused_with_their_line(self):
        for word in ["TO" + "DO: later", "FIX" + "ME", "read /ho" + "me/someone/file", "EN" + "G_TRY(x)",
                     "<" * 7 + " ours"]:
            with self.subTest(word):
                self.assertIn("x.cc:2: ", faults(HEAD + "// " + word + "\n")[0])

    def test_an_empty_tree_proves_nothing(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertIn("nothing is proved", source_rules.check(pathlib.Path(empty))[0][0])


if __name__ == "__main__":
    unittest.main()
