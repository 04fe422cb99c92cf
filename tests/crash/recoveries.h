// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace thuisbasis::crash {

/// SQLite's setting in the vaults of a run. The product has FULL; the weaker ones are there to prove that the
/// harness notices them.
enum class Synchronous { kFull, kNormal, kOff };

struct RecoveryPlan {
  std::uint64_t seed = 1;
  std::uint64_t recoveries = 1000;
  Synchronous synchronous = Synchronous::kFull;
};

struct RecoveryResult {
  std::uint64_t histories = 0;
  std::uint64_t recoveries = 0;           ///< vaults opened and checked after a power loss
  std::uint64_t crashes_in_recovery = 0;  ///< power losses while a vault was being opened after one
  std::uint64_t sectors_lost = 0;         ///< not there as they were written: old, or garbage
  std::uint64_t writes_checked = 0;       ///< acknowledged ones, at each recovery
  std::uint64_t lost = 0;                 ///< recoveries after which an acknowledged write was missing
  std::uint64_t corrupt = 0;              ///< recoveries that failed, or left something damaged
  double cpu_seconds = 0;
  std::vector<std::string> findings;  ///< the first few, with the seed of their history
  bool ok() const { return lost + corrupt == 0; }
};
std::ostream& operator<<(std::ostream& out, const RecoveryResult& result);

/// Histories of a vault that is written to until the power goes, at a random operation of its disk, three
/// lives each; a third of them lose it again while the vault opens. Of what was not synced some sectors are
/// there, some are not, and some are garbage. A history that was damaged ends there.
RecoveryResult run_recoveries(const RecoveryPlan& plan);

}  // namespace thuisbasis::crash
