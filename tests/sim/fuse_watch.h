// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tests/sim/community.h"

namespace thuisbasis::sim {

/// Watches what happens to a delete of most of a circle (I12): it may not leave its device before a person
/// there gave their word, nor be applied on another one before a person there did. Looks from outside, with
/// its own count of what "most" is; where people's later work makes it a smaller part, it stops watching.
/// One thread.
class FuseWatch final {
 public:
  /// `logs_keep_order`: the relay is never emptied or put back. Otherwise an admission may come to stand
  /// after what it came before, and a receiving device cannot tell history from news.
  FuseWatch(Community& community, Findings& findings, std::uint64_t seed, bool logs_keep_order)
      : community_(community), findings_(findings), dice_(seed), logs_keep_order_(logs_keep_order) {}

  /// Records of a circle that this device could delete now so that the fuse must ask: more than it asks for,
  /// and all of them known to others too. None when there are too few, or when one accident already happened
  /// in this circle.
  std::vector<Record> most_of(SimDevice& device, const CircleId& circle);
  /// The device deleted them in one write, which was acknowledged.
  void happened(SimDevice& device, const WriteId& write, const std::vector<Record>& records);
  /// A person at the device gave their word for what waits in the circle.
  void word(const SimDevice& device, const CircleId& circle) { words_.insert({device.index(), circle}); }

  /// After a sync round of the device.
  void look_at(SimDevice& device);
  /// How many accidents were watched until every device had applied them by a person's word.
  std::uint64_t accidents() const { return accidents_.size(); }

 private:
  struct Accident {
    std::size_t by = 0;
    Dot dot;
    std::vector<RecordPlace> records;
    /// Devices that its author knew in the circle: an admission that the relay hears of later makes it
    /// history.
    std::set<std::size_t> told;
  };
  void look_at(SimDevice& device, const CircleId& circle, const Accident& accident);
  bool is_most(SimDevice& device, const CircleId& circle, std::size_t touched);
  std::optional<std::vector<Record>> present(SimDevice& device, const CircleId& circle);

  Community& community_;
  Findings& findings_;
  Dice dice_;
  bool logs_keep_order_;
  std::map<CircleId, Accident> accidents_;
  std::set<std::pair<std::size_t, CircleId>> words_;
};

}  // namespace thuisbasis::sim
