// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <deque>

#include "core/verify/bundle_header.h"
#include "tests/sync/client/two_devices.h"

namespace thuisbasis {

using testing_support::Device;
using testing_support::FakeClock;
using testing_support::kGoal;
using testing_support::MemoryRelayStorage;
using testing_support::SeededRandom;
using testing_support::TwoDevices;

inline constexpr std::size_t kAnySize = std::size_t{8} << 20;

/// A tablet, copies of its vault, and a laptop that reads what they write.
struct CopiedVault : TwoDevices {
  /// Everybody hears of everything.
  void sync_all(Device& copy) {
    for (int round = 0; round < 3; ++round)
      for (Device* device : {&tablet, &copy, &laptop}) sync(*device);
  }

  /// The relay's log of a circle, as it arrives.
  struct Log {
    std::deque<Bytes> bodies;
    std::vector<Arrival> arrivals;
  };
  Log log_of(const CircleId& circle) {
    Log log;
    EXPECT_TRUE(storage.read_since(circle, 0, [&](const LogItem& item) {
      log.bodies.push_back(to_bytes(item.body));
      log.arrivals.push_back({circle, item.sequence, item.kind == LogItem::Kind::kEntry, log.bodies.back()});
      return true;
    }));
    return log;
  }
  void expect_all_same(Device& copy, const CircleId& circle) {
    expect_same(circle);
    EXPECT_EQ(copy.vault.digest(circle).value(), tablet.vault.digest(circle).value());
    EXPECT_TRUE(copy.vault.examine()->damage.empty());
    for (Device* device : {&tablet, &copy, &laptop}) {
      const VaultStatus status = device->vault.status().value();
      EXPECT_EQ(status.pending + status.sent + status.returned + status.quarantined, 0U);
    }
    // Both copies know the same work of theirs, all of it confirmed.
    const WriteAccount account = tablet.vault.account().value();
    EXPECT_EQ(account, copy.vault.account().value());
    EXPECT_EQ(account.pending + account.sent + account.returned, 0U);
    EXPECT_GT(account.confirmed, 0U);
  }
};

}  // namespace thuisbasis
