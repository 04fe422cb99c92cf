// SPDX-License-Identifier: EUPL-1.2
// What arrives and is not as its author signed it.
#include <algorithm>
#include <array>

#include "tests/sync/client/two_devices.h"

namespace thuisbasis {
namespace {

using testing_support::kGoal;
using testing_support::MemoryRelayStorage;
using testing_support::TwoDevices;

struct DamagedOnTheWay : TwoDevices {
  CircleId circle{};

  /// A circle with one goal that both devices have.
  void SetUp() override {
    circle = shared_circle();
    put_goal(tablet, circle, "Van begin af");
    sync(tablet);
    sync(laptop);
  }

  /// Where the laptop asks on from.
  std::uint64_t read_to() { return laptop.vault.sync().positions()->front().sequence; }

  void arrive_at(std::uint64_t sequence, ByteView bytes) {
    const Status taken = laptop.vault.sync().arrived({{circle, sequence, false, bytes}});
    ASSERT_TRUE(taken) << taken.error().message();
  }

  /// The tablet writes a goal and the relay has it; the bundle that it sent.
  Bytes push_goal(const std::string& statement, RecordId& goal) {
    goal = put_goal(tablet, circle, statement);
    const Bytes bundle = tablet.vault.sync().outgoing(1 << 20, 0)->bundles.at(0);
    sync(tablet);
    return bundle;
  }
};

/// A relay that lies says of a bundle that it is an entry, and the other way round.
TEST_F(DamagedOnTheWay, IsTakenForWhatItsBytesAre) {
  RecordId goal;
  const Bytes bundle = push_goal("Als inschrijving verteld", goal);
  ASSERT_TRUE(laptop.vault.sync().arrived({{circle, read_to() + 1, true, bundle}}));
  EXPECT_EQ(goal_of(laptop, goal).statement(), "Als inschrijving verteld");
  testing_support::Device phone{emmen, "Bram op de telefoon", 13};
  ASSERT_TRUE(tablet.vault.admit(circle, phone.answer_of_registrar, {}));
  arrive_at(read_to() + 1, tablet.vault.sync().outgoing(1 << 20, 0)->entries.at(0).signed_entry);
  EXPECT_EQ(laptop.vault.members(circle)->size(), 3U);
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
}

/// Bytes that say they are later work of this device wait for the earlier; of a former log they are no work
/// to be written again, for nobody signed them.
TEST_F(DamagedOnTheWay, IsNoWorkOfThisDevice) {
  RecordId goal;
  Bytes altered = push_goal("Later verminkt", goal);
  constexpr std::size_t kLowByteOfFirst = 75;
  constexpr std::size_t kLowByteOfLast = 83;
  altered[kLowByteOfFirst] = static_cast<Byte>(altered[kLowByteOfFirst] + 5);
  altered[kLowByteOfLast] = static_cast<Byte>(altered[kLowByteOfLast] + 5);
  const std::uint64_t next = tablet.vault.sync().positions()->front().sequence + 1;
  ASSERT_TRUE(tablet.vault.sync().arrived({{circle, next, false, altered}}));
  ASSERT_EQ(tablet.vault.status()->quarantined, 1U);
  meet_new_relay(tablet);
  for (int round = 0; round < 2; ++round) sync(tablet);
  sync(laptop);
  EXPECT_EQ(tablet.vault.status()->quarantined, 0U);
  expect_same(circle);
}

/// One bit of the frame was lost: a circle that nobody has does not come to stand here.
TEST_F(DamagedOnTheWay, MakesNoCircle) {
  const CircleId fresh = shared_circle("zorg");
  const Bytes genesis = tablet.vault.sync().outgoing(1 << 20, 0)->entries.at(0).signed_entry;
  sync(tablet);
  Bytes damaged = to_bytes(fresh.view());
  damaged.back() ^= 1;
  ASSERT_TRUE(laptop.vault.sync().arrived({{CircleId::from(damaged).value(), 1, true, genesis}}));
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  EXPECT_EQ(laptop.vault.sync().positions()->size(), 1U);
  sync(laptop);
  EXPECT_EQ(laptop.vault.circles()->size(), 2U);
}

/// A proxy or a relay with a bad disk: what is not as it was signed is asked for again, and no longer when
/// the relay has nothing better.
TEST_F(DamagedOnTheWay, IsAskedForAgain) {
  const RecordId first = put_goal(tablet, circle, "Eerst");
  sync(tablet);
  const RecordId second = put_goal(tablet, circle, "Daarna");
  sync(tablet);
  relay.on_answer = [](HttpResponse& answer) { answer.body.at(answer.body.size() / 2) ^= 1; };
  (void)laptop.sync(relay);
  EXPECT_FALSE(laptop.vault.get(kGoal, second));
  relay.on_answer = {};
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, first).statement(), "Eerst");
  EXPECT_EQ(goal_of(laptop, second).statement(), "Daarna");
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  expect_same(circle);

  // Straight into the vault, the same bad bytes at each of two places: each is asked for once more.
  const Bytes bad(300, 0x55);
  for (std::size_t aside = 1; aside <= 2; ++aside) {
    const std::uint64_t next = read_to() + 1;
    arrive_at(next, bad);
    EXPECT_EQ(read_to(), next - 1);
    arrive_at(next, bad);
    EXPECT_EQ(read_to(), next);
    EXPECT_EQ(laptop.vault.status()->quarantined, aside);
  }
}

/// Signed, and not what stands there: an honest relay's mark tells.
TEST_F(DamagedOnTheWay, OrPutInAnothersPlaceKeepsNothingAway) {
  const std::uint64_t next = read_to() + 1;
  RecordId kept_back;
  push_goal("Achtergehouden", kept_back);
  RecordId waits;
  const Bytes waiting = push_goal("Wacht daarop", waits);
  arrive_at(next, waiting);  // as if it stood there, and it waits for what does
  ASSERT_EQ(laptop.vault.status()->quarantined, 1U);
  sync(laptop);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, kept_back).statement(), "Achtergehouden");
  EXPECT_EQ(goal_of(laptop, waits).statement(), "Wacht daarop");
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  expect_same(circle);
}

/// Nor where two things came for one place, so that no mark is known at the end: the last one that is known
/// is told when the vault is opened.
TEST_F(DamagedOnTheWay, OrPutInAnothersPlaceIsFoundWhenTheVaultIsOpened) {
  const std::uint64_t next = read_to() + 1;
  std::array<RecordId, 4> goals;
  std::array<Bytes, 4> bundles;
  for (std::size_t i = 0; i < goals.size(); ++i)
    bundles[i] = push_goal("Doel " + std::to_string(i), goals[i]);
  arrive_at(next, Bytes(300, 0x55));
  arrive_at(next + 1, bundles[1]);
  arrive_at(next + 2, bundles[2]);
  arrive_at(next + 2, bundles[3]);
  arrive_at(next + 3, bundles[3]);
  arrive_at(next, bundles[1]);
  sync(laptop);
  ASSERT_FALSE(laptop.vault.get(kGoal, goals[0]));
  laptop.reopen();
  for (int round = 0; round < 2; ++round) sync(laptop);
  for (const RecordId& goal : goals) EXPECT_TRUE(laptop.vault.get(kGoal, goal));
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  expect_same(circle);
}

/// Its header says the chain value that is known, and a header is anyone's to write.
TEST_F(DamagedOnTheWay, IsNotTakenForTheBundleWhoseHeaderItHas) {
  RecordId goal;
  Bytes bundle = push_goal("Bekend", goal);
  sync(laptop);
  const std::uint64_t next = read_to() + 1;
  bundle.back() ^= 1;
  arrive_at(next, bundle);
  EXPECT_EQ(laptop.vault.status()->quarantined, 1U);
  EXPECT_EQ(read_to(), next - 1) << "asked for again";

  // Nor where it stood: nothing went back.
  arrive_at(next - 1, bundle);
  EXPECT_EQ(read_to(), next - 1);
}

/// A relay that sent the same wrong bytes twice was believed to have nothing else.
TEST_F(DamagedOnTheWay, IsAskedForOnceMoreWhenTheVaultIsOpened) {
  RecordId goal;
  push_goal("Komt toch", goal);
  const std::uint64_t next = read_to() + 1;
  const Bytes wrong(300, 0x55);
  arrive_at(next, wrong);
  arrive_at(next, wrong);
  sync(laptop);
  ASSERT_FALSE(laptop.vault.get(kGoal, goal)) << "it is passed, so that the rest comes";
  EXPECT_EQ(laptop.vault.status()->quarantined, 1U);

  laptop.reopen();
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, goal).statement(), "Komt toch");
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  expect_same(circle);
}

/// Once, for the relay may have nothing better.
TEST_F(DamagedOnTheWay, IsNotAskedForWithoutEndAfterOpening) {
  const std::uint64_t next = read_to() + 1;
  const Bytes wrong(300, 0x55);
  arrive_at(next, wrong);
  arrive_at(next, wrong);
  laptop.reopen();
  ASSERT_TRUE(laptop.vault.sync().outgoing(1 << 20, 0));
  EXPECT_EQ(read_to(), next - 1);
  arrive_at(next, Bytes(300, 0x66));
  EXPECT_EQ(read_to(), next);
  ASSERT_TRUE(laptop.vault.sync().outgoing(1 << 20, 0));
  EXPECT_EQ(read_to(), next);
}

/// The key that receipts are checked with is believed, and kept, once it verified one.
TEST_F(DamagedOnTheWay, IsNoReceiptKeyToKeep) {
  testing_support::Device phone{emmen, "Bram op de telefoon", 13};
  ASSERT_TRUE(tablet.vault.admit(circle, phone.answer_of_registrar, {}));
  sync(tablet);
  const Bytes key = to_bytes(relay.receipt_key().view());
  const Bytes other = to_bytes(emmen.registrar_key().view());
  const auto change_key = [&](HttpResponse& answer) {
    const auto at = std::search(answer.body.begin(), answer.body.end(), key.begin(), key.end());
    if (at != answer.body.end()) std::copy(other.begin(), other.end(), at);
  };
  relay.on_answer = change_key;
  (void)phone.sync(relay);
  relay.on_answer = {};
  sync(phone);
  put_goal(phone, circle, "Van de telefoon");
  sync(phone);
  EXPECT_EQ(phone.vault.status()->sent, 0U);

  // From then on it is the only one.
  relay.on_answer = change_key;
  EXPECT_EQ(phone.sync(relay).error().code(), Code::kBadSignature);
}

/// What follows the entry waits for it, though an own one that no relay has taken stands in its place by
/// then; it comes once.
TEST_F(DamagedOnTheWay, IsAnEntryThatAnotherBuildsOn) {
  for (int times = 0; times < 2; ++times) {
    ASSERT_TRUE(tablet.vault.rotate(circle, EpochReason::kAge));
    sync(tablet);
  }
  std::vector<Bytes> entries;
  ASSERT_TRUE(storage.read_since(circle, read_to(), [&](const LogItem& item) {
    entries.push_back(to_bytes(item.body));
    return true;
  }));
  ASSERT_EQ(entries.size(), 2U);
  ASSERT_TRUE(laptop.vault.rotate(circle, EpochReason::kAge));
  const std::uint64_t first = read_to() + 1;
  Bytes damaged = entries[0];
  damaged.back() ^= 1;
  ASSERT_TRUE(
      laptop.vault.sync().arrived({{circle, first, true, damaged}, {circle, first + 1, true, entries[1]}}));
  EXPECT_EQ(laptop.vault.status()->quarantined, 2U);
  ASSERT_TRUE(laptop.vault.sync().arrived({{circle, first, true, entries[0]}}));
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  const RecordId kept = put_goal(laptop, circle, "Op de sleutel van de tablet");
  for (int round = 0; round < 2; ++round) sync(laptop);
  EXPECT_EQ(laptop.vault.status(kept).value(), WriteState::kConfirmed);
  sync(tablet);
  expect_same(circle);
}

/// Nobody signed it, and the relay that had it, if it ever had, is gone.
TEST_F(DamagedOnTheWay, GoesWithTheLogThatItCameFrom) {
  const std::uint64_t next = read_to() + 1;
  const Bytes wrong(300, 0x55);
  arrive_at(next, wrong);
  arrive_at(next, wrong);
  ASSERT_EQ(laptop.vault.status()->quarantined, 1U);
  MemoryRelayStorage empty(random_id<RelayEpoch>(random));
  relay.open(empty);
  sync(laptop);
  sync(laptop);
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  sync(tablet);
  expect_same(circle);
  relay.open(storage);
}

}  // namespace
}  // namespace thuisbasis
