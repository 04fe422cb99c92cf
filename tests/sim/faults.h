// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>
#include <bitset>
#include <optional>
#include <string_view>

#include "tests/sim/dice.h"

namespace thuisbasis::sim {

/// What can go wrong in a run; the engine is expected to survive all of it. Names and rates stand in one
/// table (faults.cc).
enum class Fault : std::uint8_t {
  // Network, on the way to the relay.
  kConnectionRefused,
  kRequestLost,
  kRequestDelayed,
  kRequestDuplicated,
  kRequestReordered,
  kRequestReplayed,
  kRequestCorrupted,
  kHeadersStripped,
  // Network, on the way back.
  kAnswerLost,
  kAnswerDelayed,
  kAnswerCut,
  kAnswerTruncated,
  kAnswerOfBefore,
  kAnswerCorrupted,
  // Network, for a while.
  kCaptivePortal,
  kProxyBusy,
  kSlowLink,
  kPartition,
  kOneWayPartition,
  // Processes and clocks.
  kKilled,
  kKilledInRecovery,
  kSuspended,
  kClockJumped,
  kClockDrifts,
  // Disks.
  kPowerLost,
  kTornSectors,
  kDiskError,
  kDiskFull,
  kBitRot,
  // Devices.
  kDeviceLost,
  kVaultRolledBack,
  kVaultCloned,
  // The relay.
  kRelayRestarted,
  kRelayPowerLost,
  kRelayDiskError,
  kRelayDiskFull,
  kRelayClockOff,
  kRelayRestored,
  kRelayWiped,
  kRelayRolledBack,
  kRelayImposter,
  kSeveralFronts,
  // People and programs.
  kMassChange,
  kUpgraded,
  kLimits,
  kMonthsPass,
  kMemoryRunsOut,
  // A relay that means harm.
  kRelayWithholds,
  kRelayReorders,
  kRelayRepeats,
  kRelayMixes,
  kRelayForges,
  // A member that means harm.
  kEvilPeer,
  // Who may read.
  kKeysChange,
  kMembersLeave,
};
inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::kMembersLeave) + 1;

/// Some classes of faults.
using FaultSet = std::bitset<kFaults>;

std::string_view fault_name(Fault fault);
std::optional<Fault> fault_named(std::string_view name);
FaultSet every_fault();
/// The first classes only, of so many: what plans knew that were made then.
FaultSet first_faults(std::size_t classes);

/// How often each class came.
using FaultCounts = std::array<std::uint64_t, kFaults>;

/// The faults of one run: which classes are on, how likely each is, and how often each struck. A tenth of
/// all runs have none, the others about half of the classes.
class Swarm final {
 public:
  Swarm(std::uint64_t seed, const FaultSet& allowed);

  bool is_on(Fault fault) const { return on_[static_cast<std::size_t>(fault)]; }
  const FaultSet& on() const { return on_; }
  /// Whether it strikes an exchange now. Counted by whoever carries it out.
  bool strikes(Fault fault, Dice& dice) {
    return !quiet_ && is_on(fault) && dice.chance(rates_[static_cast<std::size_t>(fault)]);
  }
  /// How often it comes to one device (or the relay) in an hour; 0 when it is off.
  double per_hour(Fault fault) const { return is_on(fault) ? rates_[static_cast<std::size_t>(fault)] : 0.0; }
  void count(Fault fault) { ++counts_[static_cast<std::size_t>(fault)]; }
  const FaultCounts& counts() const { return counts_; }
  /// From here on nothing goes wrong any more.
  void end() { quiet_ = true; }
  bool ended() const { return quiet_; }

 private:
  FaultSet on_;
  std::array<double, kFaults> rates_{};
  FaultCounts counts_{};
  bool quiet_ = false;
};

}  // namespace thuisbasis::sim
