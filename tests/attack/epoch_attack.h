// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>

#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {

/// The town, and epochs that a coach who means harm makes with the keys it has.
struct EpochAttack : AttackTown {
  /// The record that an entry of the insider begins, where its log ends.
  EpochRecord record_of(const NewEntry& entry) const;
  /// The key that the insider gave itself in it.
  EpochKey key_in(const NewEntry& entry) const;
  static void set_wrap(membership::EpochRecord& record, const KeyWrap& wrap);
  /// Sorts the wraps, and lets the record say whose they are.
  static void set_recipients(membership::EpochRecord& record);

  /// The relay changes the entries on their way, under the signatures that they have.
  void sync_with_entries_changed(Device& device, const std::function<void(membership::Entry&)>& change);
  /// Shown to everyone, taken by nobody, and visible.
  void expect_refused_by_all(const Bytes& entry);
  /// The relay holds no keys and takes it. No member does; nothing is sealed from there on, and nothing lost.
  void expect_taken_by_the_relay_only(const Bytes& entry, const Bytes& archive_wrap);
};

}  // namespace thuisbasis::attack
