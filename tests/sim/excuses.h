// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tests/sim/community.h"
#include "tests/sim/lost_causes.h"

namespace thuisbasis::sim {

/// What is right though it looks wrong: sentences of a doctor that tell of what people, or a member that
/// means harm, really did; and work for which something is missing that nobody has any more. An
/// excuse covers one circle, or one sentence; only that of a removal which lapsed, a sentence that names
/// none, covers all removals of its person. One thread.
class Excuses final {
 public:
  Excuses(Community& community, RelayHouse& relay) : community_(community), relay_(relay) {}

  /// The sentences that are left when those which are right to be told are taken away.
  std::vector<std::string> unexcused(std::vector<std::string> sentences) const;
  /// Whether it is how a fork is told.
  static bool tells_of_fork(const std::string& sentence);

  /// Someone who still counts was told that the device is out, was not told since that this has lapsed, and
  /// nobody let it in again.
  bool must_be_out(const AgreedCircle& circle, const DeviceId& device) const;
  /// Whether it has a circle that someone was taken out of: what came later of those counts for nobody.
  bool saw_removals(SimDevice& device) const;

  // ---- At rest

  /// Looks for what nobody has any more; what others ask of it is asked after that.
  void come_to_rest(Findings& findings) { lost_causes_.emplace(community_, relay_, findings); }
  /// Nobody can tell what of the circle is true: each device keeps what it knows, and people hear of it.
  bool is_split(const AgreedCircle& circle) const {
    return relay_.is_split(circle.id) || lost_causes_->contains(circle.id);
  }
  /// Whether the device has a circle in which something builds on what nobody has.
  bool has_lost_causes(SimDevice& device) const;
  /// Whether work of the device may stay in that circle as it is.
  bool may_wait(const AgreedCircle& circle, SimDevice& device) const {
    return relay_.is_split(circle.id) || is_shut_out(circle, device) || waits_for_decision(circle, device);
  }

 private:
  bool is_shut_out(const AgreedCircle& circle, SimDevice& device) const;
  static bool waits_for_decision(const AgreedCircle& circle, SimDevice& device);

  Community& community_;
  RelayHouse& relay_;
  std::optional<LostCauses> lost_causes_;
};

}  // namespace thuisbasis::sim
