// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"

namespace thuisbasis {

/// Writes of this device that cannot be read any more and that no relay is known to hold.
struct LostWrites {
  CircleId circle;  ///< zero where nothing says which
  std::string circle_name;
  InstanceId instance;
  std::uint64_t first = 0;  ///< numbers, as WriteId has them
  std::uint64_t last = 0;
  bool sealed = false;  ///< was on its way: where the relay did receive it, the next sync brings it back
  std::set<std::pair<std::uint32_t, RecordId>> records;  ///< kinds and ids, as far as other pages tell
};

/// What a repair did, and what it could not bring along.
struct RepairReport {
  std::string kept;  ///< where the damaged file is now
  std::uint64_t pages = 0;
  std::vector<std::uint32_t> damaged_pages;
  bool wal_damaged = false;
  /// The device's keys or its certificate are gone: the repaired vault is empty and has to join again, as a
  /// new device. What was unsent stands in `lost`, readable or not.
  bool must_enrol = false;
  std::uint64_t circles = 0;
  std::uint64_t circles_to_fetch = 0;  ///< of which the next sync brings back a part
  std::uint64_t bundles = 0;           ///< of anyone, byte for byte
  std::uint64_t rescued = 0;           ///< unsent writes that go on
  std::uint64_t lost_entries = 0;      ///< changes in who is a member, that were never confirmed
  std::vector<LostWrites> lost;
  /// There may have been unsent work of which nothing is left, not even the numbers that `lost` could name.
  bool unsent_uncertain = false;
};

/// For keeping in a vault, whose own it stays: no other program reads it.
Bytes encode_report(const RepairReport& report);
Result<RepairReport> decode_report(ByteView bytes);

}  // namespace thuisbasis
