// SPDX-License-Identifier: EUPL-1.2
#include "sync/relay/held_requests.h"

namespace thuisbasis {

HeldRequests::Responder HeldRequests::hold(const DeviceId& device, Responder responder, SteadyMs deadline) {
  Responder former = take(device);
  by_device_.emplace(device, Held{std::move(responder), deadline});
  by_deadline_.emplace(deadline, device);
  return former;
}

HeldRequests::Responder HeldRequests::take(const DeviceId& device) {
  const auto found = by_device_.find(device);
  if (found == by_device_.end()) return nullptr;
  Responder responder = std::move(found->second.responder);
  by_deadline_.erase({found->second.deadline, device});
  by_device_.erase(found);
  return responder;
}

std::optional<HeldRequests::Expired> HeldRequests::take_expired(SteadyMs now) {
  if (by_deadline_.empty() || by_deadline_.begin()->first > now) return std::nullopt;
  const DeviceId device = by_deadline_.begin()->second;
  return Expired{device, take(device)};
}

void HeldRequests::drop_gone() {
  for (auto held = by_device_.begin(); held != by_device_.end();) {
    if (!held->second.responder->is_gone()) {
      ++held;
      continue;
    }
    by_deadline_.erase({held->second.deadline, held->first});
    held = by_device_.erase(held);
  }
}

std::optional<SteadyMs> HeldRequests::next_deadline() const {
  if (by_deadline_.empty()) return std::nullopt;
  return by_deadline_.begin()->first;
}

}  // namespace thuisbasis
