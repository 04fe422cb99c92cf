// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <vector>

#include "core/store/file_replacer.h"
#include "core/vault/repair_report.h"
#include "core/vault/vault.h"

namespace thuisbasis {

/// What is wrong with the pages of a vault's file.
struct PageDamage {
  std::uint64_t pages = 0;
  std::vector<std::uint32_t> damaged;
  /// Something of the WAL cannot be read; at its very end it may be of a commit that the power cut off.
  bool wal_damaged = false;
  /// Whole commits follow it: opening the vault would lose them.
  bool commits_follow_wal_damage = false;
  bool any() const { return wal_damaged || !damaged.empty(); }
};
/// Reads every page and changes nothing; opening the vault instead would cut the WAL off at a damaged frame.
/// Errors as those of repair_vault().
Result<PageDamage> look_for_page_damage(const std::string& path, const Secret& database_key,
                                        const VaultWorld& world);

struct RepairPlace {
  std::string path;    ///< of the damaged vault
  std::string beside;  ///< where the new one is written; what stands there goes
  std::string kept;    ///< where `files` keeps the damaged one, for the report
  FileReplacer& files;
};

/// Makes a new vault, under the same key, of what can still be read of a damaged one, and puts it in its
/// place at the very end: until then, and after an error or a crash, the damaged file stands untouched, so
/// that this can be done again. Copied are keys, membership logs, sealed bundles, receipts, what came back
/// and what was set aside; records, search index, digests and frontiers are made again from these. Where a
/// bundle is missing the circle's cursor goes back, so that the next sync brings it again. Since an own
/// number may be gone, the vault goes on as a new author instance, and what was unsent is written again under
/// it: at once, or in a circle that misses something, after the sync that brings it (PROTOCOL.md P-119).
/// The new vault keeps the report until Vault::repair_report_shown(), so that it is not lost with the
/// process; one that was not shown before becomes part of it. No other process gets the vault before the end.
///
/// kLocked while another process has the vault; kDecryptFailed when not one page can be read.
Result<RepairReport> repair_vault(const RepairPlace& place, const Secret& database_key,
                                  const VaultWorld& world);

}  // namespace thuisbasis
