// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <iosfwd>
#include <string>

#include "tests/crash/operation.h"
#include "tests/crash/trouble.h"

namespace thuisbasis::crash {

/// Which of the points of an operation a run covers: every nth, from the `from`th on (counted from 0).
struct Share {
  std::uint64_t every = 1;
  std::uint64_t from = 0;
};

/// What the loop over one operation and one kind of trouble came to.
struct LoopResult {
  std::string operation;
  Trouble trouble = Trouble::kPowerLost;
  std::uint64_t points = 0;      ///< counted in a run without trouble
  std::uint64_t covered = 0;     ///< points that a run was made for
  std::uint64_t injected = 0;    ///< runs in which the trouble struck
  std::uint64_t answered = 0;    ///< of those, runs that ended with an Error
  std::uint64_t exhausted = 0;   ///< of those, runs that std::bad_alloc left
  std::uint64_t recoveries = 0;  ///< vaults and storages opened again afterwards
  std::uint64_t sectors_lost = 0;
  std::uint64_t writes_checked = 0;  ///< acknowledged ones
  std::uint64_t lost = 0;            ///< runs after which an acknowledged write was missing
  std::uint64_t corrupt = 0;         ///< runs after which it did not open, or not whole
  std::uint64_t stuck = 0;           ///< runs after which the operation or the next sync failed
  std::vector<std::string> findings;
  bool ok() const { return lost + corrupt + stuck == 0 && findings.empty(); }
};
std::ostream& operator<<(std::ostream& out, const LoopResult& result);

/// How many points an operation has for a kind of trouble.
std::uint64_t count_points(const Operation& operation, Trouble trouble);

/// Counts the operation's points, then runs it from the same start once for each point of the share, with the
/// trouble striking there. After each the power is lost, with what was not synced; then everything must open,
/// be whole, hold what was acknowledged and nothing by half; the operation is done again, and two devices
/// agree.
LoopResult loop_the_failure_point(const Operation& operation, Trouble trouble, const Share& share);

}  // namespace thuisbasis::crash
