// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "tests/sim/ledger.h"
#include "tests/sim/sim_device.h"

namespace thuisbasis::sim {

/// A circle as people agreed on it.
struct AgreedCircle {
  CircleId id;
  std::size_t founder = 0;
  std::map<std::size_t, std::size_t> admitted;  ///< device -> the device that admitted it
  std::set<std::size_t> perhaps;                ///< the call that admitted it failed
  /// Who was taken out, or perhaps was -> those that were told they had done it.
  std::map<DeviceId, std::set<std::size_t>> removed = {};
  std::set<DeviceId> admitted_again = {};  ///< or perhaps was
  bool was_removed(const SimDevice& device) const { return removed.contains(device.author().device); }
};

/// An author's work in a circle that its vault knew before it was put back, and not after.
struct ForgottenWork {
  CircleId circle;
  Author author;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// What all people of a run know together: who is in which circle, and which records were ever written.
struct Community {
  std::vector<std::unique_ptr<SimDevice>> devices;
  std::vector<AgreedCircle> circles;
  std::vector<RecordPlace> records;  ///< in the order they were first written
  Ledger ledger;
  std::map<std::string, std::uint64_t> operations;
  std::vector<ForgottenWork> forgotten;
  std::set<DeviceId> strangers;  ///< members whose writes are in no ledger
  std::uint64_t words = 0;       ///< so that no two texts are the same

  /// Whether the device, or one that its vault was copied to or from, was let into the circle; `perhaps`: or
  /// may have been.
  bool is_admitted(const AgreedCircle& circle, const SimDevice& device, bool perhaps) const {
    const auto same = [&](std::size_t other) {
      return devices[other]->author().device == device.author().device;
    };
    return std::any_of(circle.admitted.begin(), circle.admitted.end(),
                       [&](const auto& admitted) { return same(admitted.first); }) ||
           (perhaps && std::any_of(circle.perhaps.begin(), circle.perhaps.end(), same));
  }
  /// Whether the record was made by one of those.
  bool is_strange(const Record& record) const {
    return strangers.contains(record.base().created.author.device);
  }
  std::uint64_t operations_done() const {
    std::uint64_t sum = 0;
    for (const auto& [what, number] : operations) sum += number;
    return sum;
  }
};

}  // namespace thuisbasis::sim
