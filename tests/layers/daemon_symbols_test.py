#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Proves that daemon_symbols.py can fail. Usage: daemon_symbols_test.py LEAKY BLIND VERIFY_LIBRARY CRYPTO_LIBRARY"""
import subprocess
import sys
import tempfile
import unittest

import daemon_symbols

LEAKY, BLIND, VERIFY, CRYPTO = sys.argv[1:5]


class DaemonSymbols(unittest.TestCase):
    def test_a_daemon_that_can_open_is_caught_and_the_symbol_named(self):
        faults = daemon_symbols.check(LEAKY, [VERIFY], [CRYPTO])
        self.assertTrue(any("thuisbasis::hpke_open(" in fault for fault in faults), faults)

    def test_a_daemon_that_only_verifies_passes(self):
        self.assertEqual(daemon_symbols.check(BLIND, [VERIFY], [CRYPTO]), [])

    def test_a_stripped_daemon_proves_nothing(self):
        with tempfile.NamedTemporaryFile() as stripped:
            subprocess.run(["strip", "-o", stripped.name, LEAKY], check=True)
            faults = daemon_symbols.check(stripped.name, [VERIFY], [CRYPTO])
        self.assertTrue(any("nothing is proved" in fault for fault in faults), faults)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
