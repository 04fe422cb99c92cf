// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tests/sim/community.h"

namespace thuisbasis::sim {

/// Circles in which work is nowhere any more that others may have built on: a relay confirmed it and was put
/// back since, and its author's device, or a copy of it, is lost or was put back too, or its author means
/// harm and keeps nothing, and a device that may have read it is lost or was put back. What builds on it
/// waits at every device for ever, and counts there as set aside. So it is with an admission. A device that
/// shows such work should have filled the relay again: looked for when this is made, at rest.
class LostCauses final {
 public:
  LostCauses(Community& community, RelayHouse& relay, Findings& findings);
  bool contains(const CircleId& circle) const { return circles_.contains(circle); }

 private:
  std::set<CircleId> circles_;
};

}  // namespace thuisbasis::sim
