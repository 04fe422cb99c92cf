// SPDX-License-Identifier: EUPL-1.2
// Content that comes after its bare commitments were merged, and what it builds on.
#include "tests/sync/client/copied_vault.h"

namespace thuisbasis {
namespace {

/// Commitments came before what their content builds on: what told of that was in a sealing that gave way.
struct CommitmentsFirst : CopiedVault {
  CommitmentsFirst() {
    circle = shared_circle();
    EXPECT_TRUE(tablet.vault.admit(circle, phone.answer_of_registrar, {}));
    for (Device* device : {&tablet, &laptop, &phone}) sync(*device);
    put_goal(tablet, circle, "Nog niet verzonden");
    Device copy(tablet, 21);
    goal = put_goal(phone, circle, "Van de telefoon");
    cause = bundles_of(phone).at(0);
    EXPECT_TRUE(tablet.vault.sync().arrived({{circle, end_of_log() + 1, false, cause}}));
    bundles_of(tablet);
    const auto record = tablet.vault.get(kGoal, goal).value();
    auto changed = tablet.vault.read_as<records::Goal>(record).value();
    changed.set_statement("Van de tablet");
    EXPECT_TRUE(tablet.vault.save(record, changed));
    content = bundles_of(tablet).at(1);
    const BundleHeader header = parse_bundle(content).value().header;
    const Refused refusal{
        Refused::Reason::kMalformed, circle, header.author, header.first, header.last, 0, 0};
    for (const bool again : {true, false}) {
      EXPECT_EQ(tablet.vault.sync().refused({refusal}, tablet.clock.wall_ms()).value(), again);
      EXPECT_TRUE(tablet.vault.sync().outgoing(std::size_t{8} << 20, 0));
    }
    commitments = bundles_of(tablet).at(1);
    EXPECT_NE(commitments, content);
    by_copy = bundles_of(copy).at(0);
  }
  static std::vector<Bytes> bundles_of(Device& device) {
    return device.vault.sync().outgoing(kAnySize, 0).value().bundles;
  }
  std::uint64_t end_of_log() { return storage.circle(circle)->value().head; }

  /// The laptop reads these behind what the relay has.
  void read(const std::vector<Bytes>& bundles) {
    std::vector<Arrival> arrivals;
    for (const Bytes& bundle : bundles)
      arrivals.push_back({circle, end_of_log() + 1 + arrivals.size(), false, bundle});
    ASSERT_TRUE(laptop.vault.sync().arrived(arrivals));
  }
  /// And all of the log again, of a new relay.
  void start_anew() {
    meet_new_relay(laptop);
    const Log log = log_of(circle);
    ASSERT_TRUE(laptop.vault.sync().arrived(log.arrivals));
  }

  Device phone{emmen, "Bram op de telefoon", 13};
  CircleId circle;
  RecordId goal;
  Bytes cause;
  Bytes by_copy;
  Bytes commitments;
  Bytes content;
};

TEST_F(CommitmentsFirst, HaveTheirContentMergedAfterItsCauses) {
  read({by_copy, commitments, cause});
  start_anew();
  read({by_copy, cause, content});
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(laptop, goal).statement(), "Van de tablet");
}

TEST_F(CommitmentsFirst, KeepContentThatWaitedWhenTheLogStartsAgain) {
  read({by_copy, commitments});
  start_anew();
  read({by_copy, content});
  meet_new_relay(laptop);
  const Log log = log_of(circle);
  ASSERT_TRUE(laptop.vault.sync().arrived(log.arrivals));
  read({by_copy, cause});
  EXPECT_EQ(goal_of(laptop, goal).statement(), "Van de tablet");
}

TEST_F(CommitmentsFirst, HaveTheirContentWaitForItsCauses) {
  read({by_copy, commitments});
  start_anew();
  read({by_copy, content});
  EXPECT_EQ(laptop.vault.status()->quarantined, 1U);
  read({by_copy, content, cause});
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(laptop, goal).statement(), "Van de tablet");
}

}  // namespace
}  // namespace thuisbasis
