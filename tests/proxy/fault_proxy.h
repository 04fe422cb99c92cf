// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "tests/proxy/fault_plan.h"

namespace thuisbasis::testing_support {

/// Stands on a free port of 127.0.0.1 between clients and a server of this machine, and treats what passes
/// as its plan says. TCP only: it understands nothing of what it carries. It works in a thread of its own;
/// every member may be called from any thread. Ends all connections with the object.
class FaultProxy final {
 public:
  explicit FaultProxy(std::uint16_t server_port) : FaultProxy(server_port, "127.0.0.1") {}
  /// The server sees this loopback address (127.x.y.z) as the client's.
  FaultProxy(std::uint16_t server_port, const std::string& seen_as);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::uint16_t port() const;
  /// For connections from now on, which count from 0 again.
  void begin(const FaultPlan& plan);
  /// From now on nothing happens.
  void lift() { begin(FaultPlan()); }
  /// Since begin().
  std::uint64_t connections() const;
  /// On how many of them the fault came into play.
  std::uint64_t struck() const;

 private:
  class Session;
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace thuisbasis::testing_support
