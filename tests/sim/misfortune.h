// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tests/sim/community.h"

namespace thuisbasis::sim {

/// Brings the faults that come by themselves, to devices and to the relay, at the rates that the swarm drew.
/// (Those of single exchanges are the network's.) One thread.
class Misfortune final {
 public:
  Misfortune(Schedule& schedule, Swarm& swarm, Community& community, RelayHouse& relay, Network& network,
             std::uint64_t seed)
      : schedule_(schedule),
        swarm_(swarm),
        community_(community),
        relay_(relay),
        network_(network),
        dice_(seed) {}
  /// How a vault is copied to another device.
  void on_copy(std::function<void(SimDevice&)> copy) { copy_ = std::move(copy); }
  /// How someone deletes most of a circle by accident.
  void on_accident(std::function<void(SimDevice&)> accident) { accident_ = std::move(accident); }
  /// How someone writes as much, or as little, as there can be.
  void on_limit(std::function<void(SimDevice&)> at_limit) { at_limit_ = std::move(at_limit); }
  /// How a member does harm.
  void on_evil(std::function<void()> evil) { evil_ = std::move(evil); }
  /// How someone begins a new key of a circle.
  void on_key(std::function<void(SimDevice&)> key) { key_ = std::move(key); }
  /// How someone takes a member out of a circle, goes, or lets one in again.
  void on_leave(std::function<void(SimDevice&)> leave) { leave_ = std::move(leave); }
  /// For a run of this length.
  void begin(SteadyMs duration);

 private:
  template <typename Strike>
  void come(Fault fault, SteadyMs duration, Strike strike);
  void strike(Fault fault, SimDevice& device);
  void strike_relay(Fault fault);
  void set_clock(SimDevice& device);
  void let_months_pass();

  Schedule& schedule_;
  Swarm& swarm_;
  Community& community_;
  RelayHouse& relay_;
  Network& network_;
  Dice dice_;
  std::function<void(SimDevice&)> copy_;
  std::function<void(SimDevice&)> accident_;
  std::function<void(SimDevice&)> at_limit_;
  std::function<void()> evil_;
  std::function<void(SimDevice&)> key_;
  std::function<void(SimDevice&)> leave_;
};

}  // namespace thuisbasis::sim
