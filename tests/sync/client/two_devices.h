// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include "tests/support/device.h"
#include "tests/support/loopback_relay.h"
#include "tests/sync/relay/memory_relay_storage.h"
#include "thuisbasis/records.pb.h"

namespace thuisbasis::testing_support {

inline constexpr std::uint32_t kGoal = 6;
inline constexpr std::uint32_t kVisitNote = 5;

/// A coach and a school, two vaults, and the relay's own logic, without sockets.
struct TwoDevices : testing::Test {
  SeededRandom random{7};
  FakeClock clock;
  Municipality emmen{random, clock.wall_ms()};
  MemoryRelayStorage storage{random_id<RelayEpoch>(random)};
  LoopbackRelay relay{storage, emmen.registrar_key(), clock, random};
  Device tablet{emmen, "Anneke op de tablet", 11};
  Device laptop{emmen, "Ilse op school", 12};

  CircleId shared_circle(std::string kind = "school") {
    const auto circle =
        tablet.vault.create_circle({random_id<DossierId>(random), std::move(kind), "Gezin Brouwer", {}});
    EXPECT_TRUE(circle) << circle.error().message();
    const Status admitted = tablet.vault.admit(*circle, laptop.answer_of_registrar, {});
    EXPECT_TRUE(admitted) << admitted.error().message();
    return *circle;
  }

  static RecordId put_goal(Device& device, const CircleId& circle, const std::string& statement) {
    const auto record = device.vault.prepare(kGoal, circle);
    EXPECT_TRUE(record) << record.error().message();
    records::Goal goal;
    goal.set_statement(statement);
    goal.set_domain(records::GELDZAKEN);
    const auto written = device.vault.save(*record, goal);
    EXPECT_TRUE(written) << written.error().message();
    return record->id();
  }

  static records::Goal goal_of(Device& device, const RecordId& id) {
    const auto record = device.vault.get(kGoal, id);
    EXPECT_TRUE(record) << record.error().message();
    if (!record) return {};
    return device.vault.read_as<records::Goal>(*record).value();
  }

  static void edit_why(Device& device, const RecordId& id, const std::string& why) {
    const auto record = device.vault.get(kGoal, id).value();
    auto goal = device.vault.read_as<records::Goal>(record).value();
    goal.set_why(why);
    const auto written = device.vault.save(record, goal);
    ASSERT_TRUE(written) << written.error().message();
  }

  void sync(Device& device) {
    const Status done = device.sync(relay);
    ASSERT_TRUE(done) << done.error().message();
  }

  /// A relay with a new epoch that holds nothing of what was read.
  void meet_new_relay(Device& device) {
    ASSERT_TRUE(device.vault.sync().met_relay(random_id<RelayEpoch>(device.random), relay.receipt_key()));
    std::vector<LogPlaceAtRelay> nowhere;
    const auto positions = device.vault.sync().positions();
    for (const CirclePosition& position : *positions) nowhere.push_back({position.circle, {}, {}});
    ASSERT_TRUE(device.vault.sync().logs_differ(nowhere));
    ask_in_vain(device);
  }
  /// What a device does before it offers what a relay may lack; it has no news.
  static void ask_in_vain(Device& device) {
    SyncPort& port = device.vault.sync();
    const Outgoing outgoing = port.outgoing(std::size_t{1} << 20, 0).value();
    EXPECT_TRUE(outgoing.asks_first && outgoing.entries.empty() && outgoing.bundles.empty());
    ASSERT_TRUE(port.positions());
    EXPECT_FALSE(port.heard_all().value());
  }

  void expect_same(const CircleId& circle) {
    EXPECT_EQ(tablet.vault.digest(circle).value(), laptop.vault.digest(circle).value());
    EXPECT_TRUE(tablet.vault.examine()->damage.empty());
    EXPECT_TRUE(laptop.vault.examine()->damage.empty());
  }
};

}  // namespace thuisbasis::testing_support
