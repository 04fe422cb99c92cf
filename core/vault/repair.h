// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/store/file_replacer.h"
#include "core/vault/vault.h"

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

struct RepairReport {
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

/// What is wrong with the pages of a vault's file.
struct PageDamage {
  std::uint64_t pages = 0;
  std::vector<std::uint32_t> damaged;
  bool wal_damaged = false;
  bool any() const { return wal_damaged || !damaged.empty(); }
};
/// Reads every page and changes nothing; opening the vault instead would cut the WAL off at a damaged frame.
/// Errors as those of repair_vault().
Result<PageDamage> look_for_page_damage(const std::string& path, const Secret& database_key,
                                        const VaultWorld& world);

struct RepairPlace {
  std::string path;    ///< of the damaged vault
  std::string beside;  ///< where the new one is written; what stands there goes
  FileReplacer& files;
};

/// Makes a new vault, under the same key, of what can still be read of a damaged one, and puts it in its
/// place at the very end: until then, and after an error or a crash, the damaged file stands untouched, so
/// that this can be done again. Copied are keys, membership logs, sealed bundles, receipts, what came back
/// and what was set aside; records, search index, digests and frontiers are made again from these. Where a
/// bundle is missing the circle's cursor goes back, so that the next sync brings it again. Since an own
/// number may be gone, the vault goes on as a new author instance, and what was unsent is written again under
/// it: at once, or in a circle that misses something, after the sync that brings it (PROTOCOL.md P-119).
///
/// kLocked while another process has the vault; kDecryptFailed when not one page can be read.
Result<RepairReport> repair_vault(const RepairPlace& place, const Secret& database_key,
                                  const VaultWorld& world);

}  // namespace thuisbasis
