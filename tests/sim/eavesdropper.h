// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <set>

#include "core/circle/bundle_opener.h"
#include "tests/sim/community.h"

namespace thuisbasis::sim {

/// Someone who keeps every request that ever left a device and works with a relay, and who gets hold of the
/// tablets of those that were taken out of a circle: opens whatever their keys open. None of it may have been
/// written by someone who knew by then that they were out (I8). One thread.
class Eavesdropper final {
 public:
  Eavesdropper(Community& community, Findings& findings) : community_(community), findings_(findings) {}

  void overhear(ByteView body_of_sync_request);
  /// `members_of` gives who is a member in the end: nothing is hidden from those.
  void read(const AgreedCircle& circle, const std::vector<DeviceId>& members);

 private:
  using Overheard = std::map<Sha256Digest, Bytes>;  ///< bundles by their hash
  void read_as(SimDevice& device, const AgreedCircle& circle, const Overheard& bundles);
  void look_at(SimDevice& device, const CircleId& circle, const Author& author, const OpenedBundle& opened);

  Community& community_;
  Findings& findings_;
  std::map<CircleId, Overheard> overheard_;
};

}  // namespace thuisbasis::sim
