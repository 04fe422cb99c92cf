#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Proves that the dependency rule can fail: every house under fixtures/ is rejected for the reason it names,
and the one sound house is not."""
import pathlib
import unittest

import house
import layers

FIXTURES = pathlib.Path(__file__).parent / "fixtures"


class Fixtures(unittest.TestCase):
    def test_each_unsound_house_is_rejected_for_its_reason(self):
        unsound = sorted(FIXTURES.glob("*/rejected_because.txt"))
        self.assertGreater(len(unsound), 20)
        for reason in unsound:
            with self.subTest(reason.parent.name):
                faults = layers.check(reason.parent, reason.parent / "rooms.txt")
                wanted = reason.read_text().strip()
                self.assertTrue(any(fault.startswith(wanted) for fault in faults), f"wanted {wanted!r}, got {faults}")

    def test_the_sound_house_is_accepted(self):
        self.assertEqual(layers.check(FIXTURES / "sound_house", FIXTURES / "sound_house/rooms.txt"), [])

    def test_every_ban_has_a_house_that_breaks_it(self):
        reasons = [reason.read_text() for reason in FIXTURES.glob("*/rejected_because.txt")]
        for ban in house.BANNED:
            self.assertTrue(any(f"banned here: {ban.what} (" in reason for reason in reasons), ban.what)


class Places(unittest.TestCase):
    def test_no_room_stands_on_itself(self):
        for room in house.STANDS_ON:
            self.assertNotIn(room, layers.below(room, house.STANDS_ON))

    def test_the_blind_rooms_do_not_stand_on_secrets(self):
        below = layers.below("sync/relay", house.STANDS_ON)
        for secret in ["core/crypto", "core/store", "core/circle", "core/vault"]:
            self.assertNotIn(secret, below)


if __name__ == "__main__":
    unittest.main()
