// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/faults.h"

#include <algorithm>

namespace thuisbasis::sim {
namespace {

/// An exchange's chance, or how often an hour, drawn log-uniformly.
struct Row {
  Fault fault;
  std::string_view name;
  double low;
  double high;
};

constexpr double kSeldom = 0.02;
constexpr double kOften = 0.5;

constexpr std::array kRows{
    Row{Fault::kConnectionRefused, "connection_refused", kSeldom, kOften},
    Row{Fault::kRequestLost, "request_lost", kSeldom, kOften},
    Row{Fault::kRequestDelayed, "request_delayed", kSeldom, kOften},
    Row{Fault::kRequestDuplicated, "request_duplicated", kSeldom, kOften},
    Row{Fault::kRequestReordered, "request_reordered", kSeldom, kOften},
    Row{Fault::kRequestReplayed, "request_replayed", kSeldom, kOften},
    Row{Fault::kRequestCorrupted, "request_corrupted", kSeldom, kOften},
    Row{Fault::kHeadersStripped, "headers_stripped", kSeldom, kOften},
    Row{Fault::kAnswerLost, "answer_lost", kSeldom, kOften},
    Row{Fault::kAnswerDelayed, "answer_delayed", kSeldom, kOften},
    Row{Fault::kAnswerCut, "answer_cut", kSeldom, kOften},
    Row{Fault::kAnswerTruncated, "answer_truncated", kSeldom, kOften},
    Row{Fault::kAnswerOfBefore, "answer_of_before", kSeldom, kOften},
    Row{Fault::kAnswerCorrupted, "answer_corrupted", kSeldom, kOften},
    Row{Fault::kCaptivePortal, "captive_portal", kSeldom, kOften},
    Row{Fault::kProxyBusy, "proxy_busy", kSeldom, kOften},
    Row{Fault::kSlowLink, "slow_link", kSeldom, kOften},
    Row{Fault::kPartition, "partition", 0.2, 4},
    Row{Fault::kOneWayPartition, "one_way_partition", 0.2, 4},
    Row{Fault::kKilled, "killed", 0.5, 30},
    Row{Fault::kKilledInRecovery, "killed_in_recovery", 0.05, 0.5},
    Row{Fault::kSuspended, "suspended", 0.1, 2},
    Row{Fault::kClockJumped, "clock_jumped", 0.2, 10},
    Row{Fault::kClockDrifts, "clock_drifts", 0.2, 4},
    Row{Fault::kPowerLost, "power_lost", 0.5, 30},
    Row{Fault::kTornSectors, "torn_sectors", 0.2, 1},
    Row{Fault::kDiskError, "disk_error", 0.5, 30},
    Row{Fault::kDiskFull, "disk_full", 0.2, 4},
    Row{Fault::kBitRot, "bit_rot", 0.02, 0.2},
    Row{Fault::kDeviceLost, "device_lost", 0.02, 0.2},
    Row{Fault::kVaultRolledBack, "vault_rolled_back", 0.1, 1},
    Row{Fault::kVaultCloned, "vault_cloned", 0.05, 0.5},
    Row{Fault::kRelayRestarted, "relay_restarted", 0.5, 20},
    Row{Fault::kRelayPowerLost, "relay_power_lost", 0.5, 20},
    Row{Fault::kRelayDiskError, "relay_disk_error", 0.5, 20},
    Row{Fault::kRelayDiskFull, "relay_disk_full", 0.2, 4},
    Row{Fault::kRelayClockOff, "relay_clock_off", 0.2, 2},
    Row{Fault::kRelayRestored, "relay_restored", 0.1, 2},
    Row{Fault::kRelayWiped, "relay_wiped", 0.05, 1},
    Row{Fault::kRelayRolledBack, "relay_rolled_back", 0.1, 2},
    Row{Fault::kRelayImposter, "relay_imposter", kSeldom, kOften},
    Row{Fault::kSeveralFronts, "several_fronts", 0.2, 2},
    Row{Fault::kMassChange, "mass_change", 0.1, 2},
    Row{Fault::kUpgraded, "upgraded", 0.1, 2},
    Row{Fault::kLimits, "limits", 0.1, 2},
    Row{Fault::kMonthsPass, "months_pass", 0.05, 0.5},
    Row{Fault::kMemoryRunsOut, "memory_runs_out", 0.5, 30},
    Row{Fault::kRelayWithholds, "relay_withholds", kSeldom, kOften},
    Row{Fault::kRelayReorders, "relay_reorders", kSeldom, kOften},
    Row{Fault::kRelayRepeats, "relay_repeats", kSeldom, kOften},
    Row{Fault::kRelayMixes, "relay_mixes", kSeldom, kOften},
    Row{Fault::kRelayForges, "relay_forges", kSeldom, kOften},
    Row{Fault::kEvilPeer, "evil_peer", 0.5, 20},
    Row{Fault::kKeysChange, "keys_change", 0.2, 4},
    Row{Fault::kMembersLeave, "members_leave", 0.5, 12},
};
static_assert(kRows.size() == kFaults);

const Row& row_of(Fault fault) {
  const Row& row = kRows[static_cast<std::size_t>(fault)];
  TB_ASSERT(row.fault == fault);
  return row;
}

}  // namespace

std::string_view fault_name(Fault fault) { return row_of(fault).name; }

std::optional<Fault> fault_named(std::string_view name) {
  for (const Row& row : kRows)
    if (row.name == name) return row.fault;
  return std::nullopt;
}

FaultSet every_fault() { return FaultSet().set(); }

FaultSet first_faults(std::size_t classes) {
  FaultSet set;
  for (std::size_t i = 0; i < std::min(classes, kFaults); ++i) set.set(i);
  return set;
}

Swarm::Swarm(std::uint64_t seed, const FaultSet& allowed) {
  Dice dice(seed);
  const bool calm = dice.chance(0.1);
  // Drawn for every class, allowed or not, so that a run without one class is like the run with it; and a new
  // class comes last, so that older plans draw what they drew.
  for (const Row& row : kRows) {
    const auto place = static_cast<std::size_t>(row.fault);
    const bool drawn = dice.chance(0.5);
    rates_[place] = dice.log_uniform(row.low, row.high);
    on_[place] = drawn && !calm && allowed[place];
  }
}

}  // namespace thuisbasis::sim
