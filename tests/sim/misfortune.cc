// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/misfortune.h"

namespace thuisbasis::sim {
namespace {

constexpr std::array kOfDevices{
    Fault::kPartition,     Fault::kOneWayPartition, Fault::kKilled,     Fault::kSuspended,
    Fault::kClockJumped,   Fault::kClockDrifts,     Fault::kPowerLost,  Fault::kDiskError,
    Fault::kDiskFull,      Fault::kBitRot,          Fault::kDeviceLost, Fault::kVaultRolledBack,
    Fault::kVaultCloned,   Fault::kMassChange,      Fault::kUpgraded,   Fault::kLimits,
    Fault::kMemoryRunsOut,
};
constexpr std::array kOfTheRelay{
    Fault::kRelayRestarted, Fault::kRelayPowerLost, Fault::kRelayDiskError, Fault::kRelayDiskFull,
    Fault::kRelayClockOff,  Fault::kRelayRestored,  Fault::kRelayWiped,     Fault::kRelayRolledBack,
    Fault::kSeveralFronts,  Fault::kMonthsPass,     Fault::kEvilPeer,
};
constexpr SteadyMs kTenYears = 3650 * kDay;
constexpr SteadyMs kRelayClockOffMax = 9 * kMinute;
constexpr SteadyMs kBackupEvery = 20 * kMinute;
constexpr SteadyMs kPassedMax = 1000 * kDay;

}  // namespace

template <typename Strike>
void Misfortune::come(Fault fault, SteadyMs duration, Strike strike) {
  const double per_hour = swarm_.per_hour(fault);
  if (per_hour == 0.0) return;
  const SteadyMs wait = dice_.exponential(static_cast<double>(kHour) / per_hour);
  if (schedule_.now() + wait >= duration) return;
  schedule_.after(wait, [this, fault, duration, strike] {
    strike();
    come(fault, duration, strike);
  });
}

void Misfortune::begin(SteadyMs duration) {
  for (const auto& device : community_.devices)
    for (const Fault fault : kOfDevices)
      come(fault, duration, [this, fault, struck = device.get()] { strike(fault, *struck); });
  for (const Fault fault : kOfTheRelay) come(fault, duration, [this, fault] { strike_relay(fault); });
  const auto someone = [this]() -> SimDevice& {
    return *community_.devices[dice_.below(community_.devices.size())];
  };
  come(Fault::kKeysChange, duration, [this, someone] { key_(someone()); });
  come(Fault::kMembersLeave, duration, [this, someone] { leave_(someone()); });
  const bool goes_back = swarm_.is_on(Fault::kRelayRestored) || swarm_.is_on(Fault::kRelayRolledBack) ||
                         swarm_.is_on(Fault::kVaultRolledBack);
  if (!goes_back) return;
  const SteadyMs first_backup = dice_.between(0, kBackupEvery);
  for (SteadyMs at = first_backup; at < duration; at += kBackupEvery)
    schedule_.after(at, [this] {
      relay_.back_up();
      for (const auto& device : community_.devices)
        if (dice_.chance(0.5)) device->keep_copy();
    });
}

void Misfortune::strike(Fault fault, SimDevice& device) {
  if (device.is_lost()) return;
  const auto a_while = static_cast<SteadyMs>(dice_.log_uniform(kMinute, kHour));
  switch (fault) {
    case Fault::kPartition:
    case Fault::kOneWayPartition:
      swarm_.count(fault);
      return network_.cut_off(device.index(), a_while, fault == Fault::kOneWayPartition);
    case Fault::kKilled:
    case Fault::kPowerLost:
      return device.end_soon(fault);
    case Fault::kSuspended:
      swarm_.count(fault);
      return device.suspend(2 * a_while);
    case Fault::kClockJumped:
      return set_clock(device);
    case Fault::kClockDrifts:
      swarm_.count(fault);
      return device.clock().set_drift_ppm(dice_.between(-50'000, 50'000));
    case Fault::kDiskError:
      return device.fail_disk_soon();
    case Fault::kDiskFull:
      return device.fill_disk(a_while);
    case Fault::kBitRot:
      return device.rot_a_bit();
    case Fault::kDeviceLost:
      swarm_.count(fault);
      return device.lose("stolen");
    case Fault::kVaultRolledBack:
      if (device.put_back()) swarm_.count(fault);
      return;
    case Fault::kVaultCloned:
      if (device.vault() != nullptr && !device.is_rotten()) copy_(device);
      return;
    case Fault::kMassChange:
      return accident_(device);
    case Fault::kUpgraded:
      return device.upgrade();
    case Fault::kLimits:
      return at_limit_(device);
    case Fault::kMemoryRunsOut:
      return device.run_out_of_memory_soon();
    default:
      TB_ASSERT(false);
  }
}

/// Minutes, or years, or right again.
void Misfortune::set_clock(SimDevice& device) {
  swarm_.count(Fault::kClockJumped);
  const std::uint64_t drawn = dice_.below(4);
  const auto off_by =
      static_cast<SteadyMs>(dice_.log_uniform(kSecond, static_cast<double>(drawn == 0 ? kTenYears : kDay)));
  device.clock().set_off_by(drawn == 3 ? 0 : dice_.chance(0.5) ? off_by : -off_by);
}

/// Up to 400 days, and in all no more than certificates are valid.
void Misfortune::let_months_pass() {
  const auto days = static_cast<SteadyMs>(dice_.log_uniform(1, 400));
  if (schedule_.passed() + days * kDay > kPassedMax) return;
  swarm_.count(Fault::kMonthsPass);
  schedule_.let_pass(days * kDay);
}

void Misfortune::strike_relay(Fault fault) {
  switch (fault) {
    case Fault::kRelayRestarted:
      swarm_.count(fault);
      return relay_.restart();
    case Fault::kRelayPowerLost:
      return relay_.lose_power_soon();
    case Fault::kRelayDiskError:
      return relay_.fail_disk_soon();
    case Fault::kRelayDiskFull:
      return relay_.fill_disk(static_cast<SteadyMs>(dice_.log_uniform(kSecond, 10 * kMinute)));
    case Fault::kRelayClockOff:
      swarm_.count(fault);
      return relay_.set_clock_off_by(dice_.between(-kRelayClockOffMax, kRelayClockOffMax));
    case Fault::kRelayRestored:
      if (relay_.restore()) swarm_.count(fault);
      return;
    case Fault::kRelayWiped:
      swarm_.count(fault);
      return relay_.wipe();
    case Fault::kRelayRolledBack:
      if (relay_.roll_back()) swarm_.count(fault);
      return;
    case Fault::kSeveralFronts:
      swarm_.count(fault);
      return relay_.use_fronts(1 + dice_.below(3));
    case Fault::kMonthsPass:
      return let_months_pass();
    case Fault::kEvilPeer:
      return evil_();
    default:
      TB_ASSERT(false);
  }
}

}  // namespace thuisbasis::sim
