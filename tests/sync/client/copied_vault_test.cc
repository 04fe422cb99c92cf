// SPDX-License-Identifier: EUPL-1.2
// A vault that was restored from a backup, or copied to a second tablet, shares its author with another state
// of itself (PROTOCOL.md P-119).
#include <deque>

#include "core/verify/bundle_header.h"
#include "tests/sync/client/two_devices.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::FakeClock;
using testing_support::kGoal;
using testing_support::MemoryRelayStorage;
using testing_support::SeededRandom;
using testing_support::TwoDevices;

constexpr std::size_t kAnySize = std::size_t{8} << 20;

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
  void meet_new_relay(Device& device) {
    SeededRandom other(77);
    ASSERT_TRUE(device.vault.sync().met_relay(random_id<RelayEpoch>(other), relay.receipt_key()));
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

TEST_F(CopiedVault, ThatWasRestoredGoesOnAsAnotherInstance) {
  const CircleId circle = shared_circle();
  const RecordId before = put_goal(tablet, circle, "Voor de kopie");
  sync(tablet);
  Device restored(tablet, 21);
  const Author author = tablet.vault.self();
  const RecordId after = put_goal(tablet, circle, "Na de kopie");
  edit_why(tablet, before, "Gewijzigd na de kopie");
  sync(tablet);

  const RecordId offline = put_goal(restored, circle, "Geschreven in de oude kopie");
  edit_why(restored, before, "Gewijzigd in de oude kopie");
  sync(restored);
  EXPECT_NE(restored.vault.self(), author);
  EXPECT_EQ(restored.vault.self().device, author.device);
  EXPECT_EQ(restored.vault.status(offline).value(), WriteState::kConfirmed);
  EXPECT_EQ(goal_of(restored, after).statement(), "Na de kopie");
  sync_all(restored);
  for (Device* device : {&tablet, &restored, &laptop}) {
    EXPECT_EQ(goal_of(*device, offline).statement(), "Geschreven in de oude kopie");
    EXPECT_EQ(device->vault.conflicts()->size(), 1U) << "both said why";
  }
  expect_all_same(restored, circle);
}

TEST_F(CopiedVault, ThatWasRestoredWithoutNewWorkTakesItsOwnPastBack) {
  const CircleId circle = shared_circle();
  sync(tablet);
  Device restored(tablet, 21);
  const RecordId after = put_goal(tablet, circle, "Na de kopie");
  sync(tablet);
  sync(restored);
  EXPECT_EQ(goal_of(restored, after).statement(), "Na de kopie");
  EXPECT_EQ(restored.vault.status(after).value(), WriteState::kConfirmed);
  const RecordId next = put_goal(restored, circle, "Verder");
  sync_all(restored);
  EXPECT_EQ(goal_of(laptop, next).statement(), "Verder");
  expect_all_same(restored, circle);
}

TEST_F(CopiedVault, SendsWorkThatBothCopiesHoldOnlyOnce) {
  const CircleId circle = shared_circle();
  sync(tablet);
  const RecordId shared = put_goal(tablet, circle, "Nog niet verzonden");
  Device copy(tablet, 21);
  const RecordId here = put_goal(tablet, circle, "Op de tablet");
  const RecordId there = put_goal(copy, circle, "Op de kopie");
  edit_why(copy, shared, "Op de kopie");
  sync_all(copy);
  for (Device* device : {&tablet, &copy, &laptop}) {
    for (const RecordId& id : {shared, here, there}) EXPECT_TRUE(device->vault.get(kGoal, id));
    EXPECT_EQ(device->vault.history(shared)->size(), 2U) << "written once, edited once";
  }
  EXPECT_TRUE(laptop.vault.conflicts()->empty());
  expect_all_same(copy, circle);
}

/// Both seal the same change under the same number, each under its own time; and to what the relay has of it
/// all times are limited.
TEST_F(CopiedVault, TakesTheSealingThatTheRelayHasOfWorkThatBothSealed) {
  const CircleId circle = shared_circle();
  sync(tablet);
  const WallMs now = tablet.clock.wall_ms();
  tablet.clock.set_wall(now + 3'600'000);
  const RecordId goal = put_goal(tablet, circle, "Geschreven op een klok die voorloopt");
  Device copy(tablet, 21);
  tablet.clock.set_wall(now);
  copy.clock.set_wall(now + 60'000);
  sync_all(copy);
  EXPECT_EQ(laptop.vault.history(goal)->size(), 1U);
  expect_all_same(copy, circle);
}

/// Work of the tablet under a clock that runs ahead, which a copy seals under another time.
struct SealedTwice : CopiedVault {
  SealedTwice() {
    circle = shared_circle();
    sync(tablet);
    const WallMs now = tablet.clock.wall_ms();
    tablet.clock.set_wall(now + 3'600'000);
    goal = put_goal(tablet, circle, "Geschreven op een klok die voorloopt");
    copy.emplace(tablet, 21);
    tablet.clock.set_wall(now);
    copy->clock.set_wall(now + 60'000);
  }
  static Bytes only_bundle(Device& device) {
    const Outgoing outgoing = device.vault.sync().outgoing(kAnySize, 0).value();
    EXPECT_EQ(outgoing.bundles.size(), 1U);
    return outgoing.bundles.at(0);
  }
  /// As after the relay's refusal for good: what travels is the commitments.
  static void refuse(Device& device) {
    const BundleHeader header = parse_bundle(only_bundle(device)).value().header;
    const Status taken = device.vault.sync().refused(
        {{Refused::Reason::kMalformed, header.circle, header.author, header.first, header.last, 0, 0}},
        device.clock.wall_ms());
    EXPECT_TRUE(taken);
  }
  std::uint64_t last_sequence() { return storage.circle(circle)->value().head; }
  /// The device reads the circle's log of a new relay, the last item with other bytes.
  void read_anew(Device& device, const Bytes& last) {
    meet_new_relay(device);
    Log log = log_of(circle);
    log.arrivals.back().bytes = last;
    ASSERT_TRUE(device.vault.sync().arrived(log.arrivals));
  }

  CircleId circle;
  RecordId goal;
  std::optional<Device> copy;
};

TEST_F(SealedTwice, KeepsWhatStandsInTheRelaysLog) {
  const Bytes other = only_bundle(*copy);
  sync(tablet);
  sync(laptop);
  ASSERT_TRUE(tablet.vault.sync().arrived({{circle, last_sequence(), false, other}}));
  expect_same(circle);
}

TEST_F(SealedTwice, NeverGivesContentAwayForItsCommitments) {
  sync(tablet);
  sync(laptop);
  refuse(*copy);
  read_anew(laptop, only_bundle(*copy));
  EXPECT_EQ(goal_of(laptop, goal).statement(), "Geschreven op een klok die voorloopt");
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
}

TEST_F(SealedTwice, PutsIntoTheTrayWhatTheRelayHasOnlyTheCommitmentsOf) {
  refuse(tablet);
  sync(tablet);
  sync_all(*copy);
  EXPECT_EQ(copy->vault.returned()->size(), 1U);
  EXPECT_EQ(copy->vault.get(kGoal, goal).error().code(), Code::kNotFound);
  EXPECT_EQ(copy->vault.status()->sent, 0U);
  EXPECT_EQ(copy->vault.digest(circle).value(), tablet.vault.digest(circle).value());
  expect_same(circle);
}

TEST_F(SealedTwice, IsConfirmedByNoReceiptOfAFormerLog) {
  sync(tablet);
  ASSERT_EQ(tablet.vault.status(goal).value(), WriteState::kConfirmed);
  const Bytes sealed = log_of(circle).bodies.back();
  read_anew(tablet, sealed);
  EXPECT_EQ(tablet.vault.status(goal).value(), WriteState::kSent);
  EXPECT_EQ(only_bundle(tablet), sealed) << "offered as the relay has it";
}

/// Neither a receipt nor a refusal: the relay has it in another sealing, at a place where this device read
/// something else once.
TEST_F(SealedTwice, IsAskedForFromTheBeginningOnceWhenTheRelaySaysNothingOfIt) {
  const auto silence = [&]() {
    SyncPort& port = tablet.vault.sync();
    EXPECT_EQ(port.outgoing(kAnySize, 0)->bundles.size(), 1U);
    EXPECT_TRUE(port.positions());
    return port.heard_all().value();
  };
  ASSERT_FALSE(tablet.vault.sync().positions()->empty());
  EXPECT_TRUE(silence());
  EXPECT_TRUE(tablet.vault.sync().positions()->empty());
  EXPECT_FALSE(silence());
}

/// What was sealed last says a digest of the state before it: under the tablet's time of the first.
TEST_F(SealedTwice, SaysNoDigestOfAStateThatNobodyElseHas) {
  only_bundle(*copy);
  sync(tablet);
  for (FakeClock* one : {&clock, &tablet.clock, &laptop.clock}) one->advance(2 * 3'600'000);
  put_goal(tablet, circle, "Daarna, verzegeld en niet verzonden");
  only_bundle(tablet);
  MemoryRelayStorage empty{random_id<RelayEpoch>(random)};
  storage.restore(empty.backup());
  relay.open(storage);
  sync(*copy);
  ASSERT_TRUE(tablet.vault.sync().met_relay(storage.epoch().value(), relay.receipt_key()));
  sync_all(*copy);
  expect_all_same(*copy, circle);
}

/// Work that the tablet and its copy both seal, one of them after it heard of the laptop's.
struct SealedAfterOther : CopiedVault {
  SealedAfterOther() {
    circle = shared_circle();
    sync(tablet);
    sync(laptop);
    put_goal(tablet, circle, "Nog niet verzonden");
    copy.emplace(tablet, 21);
    put_goal(laptop, circle, "Van de laptop");
    sync(laptop);
  }
  /// The device reads the circle's log and sends nothing.
  void only_read(Device& device) {
    const Log log = log_of(circle);
    ASSERT_TRUE(device.vault.sync().arrived(log.arrivals));
  }
  static void seal(Device& device) { ASSERT_TRUE(device.vault.sync().outgoing(kAnySize, 0)); }

  CircleId circle;
  std::optional<Device> copy;
};

TEST_F(SealedAfterOther, SaysAnewWhatItHadSeenWhenItsOwnSealingGaveWay) {
  seal(tablet);
  put_goal(tablet, circle, "Daarna, apart verzegeld");
  seal(tablet);
  only_read(*copy);
  sync(*copy);
  only_read(tablet);
  sync_all(*copy);
  expect_all_same(*copy, circle);
}

TEST_F(SealedAfterOther, HearsOfTheOtherSealingBeforeWhatFollowsIsTaken) {
  seal(tablet);
  put_goal(tablet, circle, "Daarna, apart verzegeld");
  seal(tablet);
  only_read(*copy);
  sync(*copy);
  sync_all(*copy);
  expect_all_same(*copy, circle);
}

TEST_F(SealedAfterOther, ToldNobodyWhatOnlyItsOwnSealingSaid) {
  only_read(tablet);
  seal(tablet);
  sync(*copy);
  sync(tablet);
  put_goal(tablet, circle, "Daarna");
  sync_all(*copy);
  expect_all_same(*copy, circle);
}

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
    EXPECT_TRUE(tablet.vault.sync().refused(
        {{Refused::Reason::kMalformed, circle, header.author, header.first, header.last, 0, 0}},
        tablet.clock.wall_ms()));
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
  SeededRandom another(78);
  ASSERT_TRUE(laptop.vault.sync().met_relay(random_id<RelayEpoch>(another), relay.receipt_key()));
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

TEST_F(CopiedVault, KeepsDeletionsAndTheirUndoingApart) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Wordt gewist");
  sync(tablet);
  Device copy(tablet, 21);
  put_goal(tablet, circle, "Een ander doel");
  sync(tablet);

  edit_why(copy, goal, "Eerst nog gewijzigd");
  ASSERT_TRUE(copy.vault.erase(copy.vault.get(kGoal, goal).value()));
  sync_all(copy);
  EXPECT_EQ(laptop.vault.get(kGoal, goal).error().code(), Code::kNotFound);
  expect_all_same(copy, circle);
}

TEST_F(CopiedVault, FollowsAWriteThatGoesOnUnderAnotherNumber) {
  const CircleId circle = shared_circle();
  sync(tablet);
  Device copy(tablet, 21);
  put_goal(tablet, circle, "Neemt het nummer");
  sync(tablet);
  const Record draft = copy.vault.prepare(kGoal, circle).value();
  records::Goal goal;
  goal.set_statement("Heeft hetzelfde nummer");
  const WriteId write = copy.vault.save(draft, goal).value();
  EXPECT_EQ(copy.vault.status(write).value(), WriteState::kPending);
  sync(copy);
  EXPECT_EQ(copy.vault.status(write).value(), WriteState::kConfirmed);
}

TEST_F(CopiedVault, WorksOnInOtherCirclesWithWhatWasPendingThere) {
  const CircleId first = shared_circle();
  const CircleId second = shared_circle("thuis");
  sync(tablet);
  Device copy(tablet, 21);
  put_goal(tablet, first, "Op de tablet");
  sync(tablet);
  const RecordId pending = put_goal(copy, second, "Nog van de oude instantie");
  put_goal(copy, first, "Botst");
  sync(copy);
  edit_why(copy, pending, "Van de nieuwe instantie");
  sync_all(copy);
  EXPECT_EQ(goal_of(laptop, pending).why(), "Van de nieuwe instantie");
  expect_all_same(copy, first);
  expect_all_same(copy, second);
}

TEST_F(CopiedVault, NeverTakesASiblingsValueForItsOwn) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Doel");
  sync(tablet);
  Device copy(tablet, 21);
  edit_why(tablet, goal, "Van de tablet");
  sync(tablet);
  edit_why(copy, goal, "Van de kopie");
  const Record open_form = copy.vault.get(kGoal, goal).value();
  records::Goal typed = copy.vault.read_as<records::Goal>(open_form).value();
  sync(copy);
  typed.set_why("Verder getypt");
  EXPECT_EQ(copy.vault.save(open_form, typed).error().code(), Code::kConflict);
  ASSERT_TRUE(copy.vault.save(copy.vault.get(kGoal, goal).value(), typed));
  sync_all(copy);
  expect_all_same(copy, circle);
}

TEST_F(CopiedVault, MakesWayForASiblingWhereItsOwnWorkWasReturned) {
  const CircleId circle = shared_circle();
  sync(tablet);
  Device copy(tablet, 21);
  const RecordId theirs = put_goal(tablet, circle, "Van de tablet");
  sync(tablet);
  put_goal(copy, circle, "Geweigerd");
  const Outgoing refused = copy.vault.sync().outgoing(kAnySize, 0).value();
  const BundleHeader header = parse_bundle(refused.bundles.at(0)).value().header;
  ASSERT_TRUE(copy.vault.sync().refused(
      {{Refused::Reason::kMalformed, circle, header.author, header.first, header.last, 0, 0}},
      clock.wall_ms()));
  const RecordId later = put_goal(copy, circle, "Daarna");
  sync_all(copy);
  EXPECT_EQ(copy.vault.returned()->size(), 1U);
  EXPECT_EQ(copy.vault.account()->returned, 1U);
  EXPECT_EQ(copy.vault.status(theirs).value(), WriteState::kConfirmed);
  for (Device* device : {&tablet, &copy, &laptop}) {
    EXPECT_EQ(goal_of(*device, theirs).statement(), "Van de tablet");
    EXPECT_EQ(goal_of(*device, later).statement(), "Daarna");
  }
  EXPECT_EQ(copy.vault.digest(circle).value(), laptop.vault.digest(circle).value());
  expect_same(circle);
}

/// What both copies hold is asked for to the end before anything of it is written a second time, however
/// small the answers are.
TEST_F(CopiedVault, ReadsAllNewsBeforeItWritesAgain) {
  const CircleId circle = shared_circle();
  const CircleId other = shared_circle("thuis");
  sync(tablet);
  const RecordId shared = put_goal(tablet, circle, "Nog niet verzonden");
  Device copy(tablet, 21);
  for (int i = 0; i < 12; ++i) {
    put_goal(tablet, other, "Ander werk " + std::to_string(i));
    sync(tablet);
  }
  edit_why(tablet, shared, "In een bundel met het vorige");
  ASSERT_TRUE(tablet.vault.erase(tablet.vault.get(kGoal, shared).value()));
  sync(tablet);
  SyncRound::Options small;
  small.pull_bytes_max = 1000;
  ASSERT_TRUE(copy.sync(relay, small));
  EXPECT_GT(copy.report.requests, 4U);
  sync_all(copy);
  EXPECT_EQ(copy.vault.get(kGoal, shared).error().code(), Code::kNotFound);
  EXPECT_EQ(copy.vault.history(shared)->size(), 3U) << "written, edited and erased, once each";
  expect_all_same(copy, circle);
}

TEST_F(CopiedVault, KeepsWhatWasConfirmedWhenASiblingIsFirstAtARestoredRelay) {
  const CircleId circle = shared_circle();
  sync(tablet);
  sync(laptop);
  const auto early = storage.backup();
  Device copy(tablet, 21);
  const RecordId first = put_goal(tablet, circle, "Bevestigd voor het terugzetten");
  sync(tablet);
  sync(laptop);
  storage.restore(early);
  relay.open(storage);
  const RecordId second = put_goal(copy, circle, "Als eerste na het terugzetten");
  sync(copy);
  for (int round = 0; round < 3; ++round)
    for (Device* device : {&tablet, &laptop, &copy}) sync(*device);
  EXPECT_EQ(goal_of(tablet, first).statement(), "Bevestigd voor het terugzetten");
  EXPECT_EQ(goal_of(laptop, first).statement(), "Bevestigd voor het terugzetten");
  EXPECT_EQ(goal_of(copy, second).statement(), "Als eerste na het terugzetten");
  // Two truths were confirmed under one number: nobody loses either, and work goes on.
  const RecordId on = put_goal(tablet, circle, "Het werk gaat door");
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, on).statement(), "Het werk gaat door");
}

/// Many copies, many writes, in any order: nothing is lost and all agree.
TEST_F(CopiedVault, AgreesWithItsCopiesWhateverTheOrder) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const CircleId circle = shared_circle();
    std::vector<RecordId> goals{put_goal(tablet, circle, "Begin")};
    sync(tablet);
    sync(laptop);
    if (seed % 2 == 0) goals.push_back(put_goal(tablet, circle, "Nog niet verzonden"));
    Device copy(tablet, 100 + seed);
    testing_support::SeededRandom dice(seed);
    const auto roll = [&](std::uint64_t sides) {
      std::array<std::uint8_t, 1> byte{};
      dice.fill(byte);
      return byte[0] % sides;
    };
    for (int step = 0; step < 24; ++step) {
      Device& device = *std::array{&tablet, &copy, &laptop}[roll(3)];
      for (FakeClock* time : {&clock, &tablet.clock, &copy.clock, &laptop.clock}) time->advance(1000);
      switch (roll(4)) {
        case 0:
          goals.push_back(put_goal(device, circle, "Doel " + std::to_string(step)));
          break;
        case 1:
        case 2: {
          const RecordId& id = goals[roll(goals.size())];
          if (device.vault.get(kGoal, id)) edit_why(device, id, "Stap " + std::to_string(step));
          break;
        }
        default:
          sync(device);
      }
    }
    sync_all(copy);
    for (const RecordId& id : goals) EXPECT_TRUE(laptop.vault.get(kGoal, id)) << id.text();
    expect_all_same(copy, circle);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace thuisbasis
