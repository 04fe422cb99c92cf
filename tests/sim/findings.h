// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "core/verify/hash.h"
#include "tests/sim/schedule.h"

namespace thuisbasis::sim {

/// The invariants of a run.
enum class Invariant : std::uint8_t {
  kConvergence = 1,
  kNothingLost = 2,
  kLiveness = 3,
  kExactlyOnce = 4,
  kCausalOrder = 5,
  kAtomicity = 6,
  kNoPlaintext = 7,
  kMembersOnly = 8,
  kBoundedGrowth = 9,
  kDenseSequence = 10,
  kIntegrity = 11,
  kIntent = 12,
  kClockIndependence = 13,
  kDeterminism = 14,
  kUpgrade = 15,
};

struct Violation {
  Invariant invariant;
  std::string what;
  SteadyMs at = 0;
};

/// Everything that happened, as a hash that two runs of a seed share, with the last lines in words for
/// whoever reads a failure; and what should not have happened.
class Findings final {
 public:
  explicit Findings(const Schedule& schedule) : schedule_(schedule), hash_("thuisbasis/sim/trace") {}

  /// `bytes` go into the hash only.
  void note(std::string_view line, ByteView bytes = {});
  void violated(Invariant invariant, std::string what);

  const std::vector<Violation>& violations() const { return violations_; }
  bool ok() const { return violations_.empty(); }
  /// Ends the trace.
  std::string trace_hash() { return to_hex(hash_.finish().view()).substr(0, 16); }
  std::vector<std::string> last_lines() const { return {last_lines_.begin(), last_lines_.end()}; }

 private:
  static constexpr std::size_t kLinesKept = 60;
  static constexpr std::size_t kViolationsKept = 20;
  const Schedule& schedule_;
  Sha256 hash_;
  std::deque<std::string> last_lines_;
  std::vector<Violation> violations_;
};

}  // namespace thuisbasis::sim
