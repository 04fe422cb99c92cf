// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "sync/relay/relay_responder.h"

namespace thuisbasis {

/// The requests that wait for news: one a device, each with a moment at which it is answered anyhow. One
/// thread.
class HeldRequests final {
 public:
  using Responder = std::unique_ptr<RelayResponder>;
  struct Expired {
    DeviceId device;
    Responder responder;
  };

  /// Holds a request and returns the one it takes the place of, or null.
  Responder hold(const DeviceId& device, Responder responder, SteadyMs deadline);
  /// Null when none is held.
  Responder take(const DeviceId& device);
  std::optional<Expired> take_expired(SteadyMs now);
  /// Lets go of those whose device hung up.
  void drop_gone();
  /// Gives every held request a new, earlier deadline.
  template <typename NewDeadline>
  void hasten(NewDeadline new_deadline) {
    by_deadline_.clear();
    for (auto& [device, held] : by_device_) {
      held.deadline = std::min(held.deadline, new_deadline());
      by_deadline_.emplace(held.deadline, device);
    }
  }

  std::size_t size() const { return by_device_.size(); }
  std::optional<SteadyMs> next_deadline() const;

 private:
  struct Held {
    Responder responder;
    SteadyMs deadline = 0;
  };
  std::map<DeviceId, Held> by_device_;
  std::set<std::pair<SteadyMs, DeviceId>> by_deadline_;
};

}  // namespace thuisbasis
