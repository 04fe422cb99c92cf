// SPDX-License-Identifier: EUPL-1.2
// A vault that was restored from a backup, or copied to a second tablet, shares its author with another state
// of itself (PROTOCOL.md P-119).
#include "tests/sync/client/copied_vault.h"

namespace thuisbasis {
namespace {

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

/// A lying relay shows the copy's third change alone: it waits, until the relay signed for another third.
TEST_F(CopiedVault, WritesNothingMoreUnderNumbersThatTurnOutToBeForked) {
  const CircleId circle = shared_circle();
  sync(tablet);
  Device copy(tablet, 21);
  const MemoryRelayStorage::Backup before = storage.backup();
  for (const char* statement : {"Kopie een", "Kopie twee", "Kopie drie"}) {
    put_goal(copy, circle, statement);
    sync(copy);
  }
  const Bytes third = log_of(circle).bodies.back();
  storage.restore(before);
  const std::uint64_t next = tablet.vault.sync().positions()->front().sequence + 1;
  ASSERT_TRUE(tablet.vault.sync().arrived({{circle, next, false, third}}));
  ASSERT_EQ(tablet.vault.status()->quarantined, 1U);
  const Author author = tablet.vault.self();

  for (const char* statement : {"Hier een", "Hier twee", "Hier drie"}) put_goal(tablet, circle, statement);
  for (int round = 0; round < 2; ++round) sync(tablet);
  EXPECT_NE(tablet.vault.self(), author);
  const RecordId after = put_goal(tablet, circle, "Daarna");
  for (int round = 0; round < 2; ++round)
    for (Device* device : {&tablet, &laptop}) sync(*device);
  EXPECT_EQ(goal_of(laptop, after).statement(), "Daarna");
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
}

/// Written again it names what the new author has seen, and is larger.
TEST_F(CopiedVault, WritesTheLargestChangeThereIsAgain) {
  const CircleId circle = shared_circle();
  sync(tablet);
  sync(laptop);
  put_goal(laptop, circle, "Van de laptop");
  sync(laptop);
  Device copy(tablet, 21);
  put_goal(tablet, circle, "Op de tablet");
  sync_all(copy);
  const Record record = copy.vault.prepare(testing_support::kVisitNote, circle).value();
  records::VisitNote note;
  Result<WriteId> written = Error(Code::kTooLarge, "");
  Device second(copy, 22);
  constexpr std::size_t kAroundTheTextMax = 400;
  for (const std::size_t most : {kChangeBytesMax, kSavedBytesMax}) {
    for (std::size_t around = 0; !written && around < kAroundTheTextMax; ++around) {
      note.set_body(std::string(most - around, 'a'));
      written = copy.vault.save(record, note);
    }
  }
  ASSERT_TRUE(written) << written.error().message();
  put_goal(second, circle, "Op de tweede kopie");
  sync(second);
  for (int round = 0; round < 3; ++round) sync(copy);
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(copy.vault.status()->pending + copy.vault.status()->sent, 0U);
  EXPECT_TRUE(copy.vault.get(testing_support::kVisitNote, record.id()));
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

/// The original's work came damaged, what others built on it did not: they saw other work under these numbers
/// than the copy holds, which is no fork but a copy that does not know yet that it is one.
TEST_F(CopiedVault, RaisesNoAlarmOverNumbersThatItUsedItself) {
  const CircleId circle = shared_circle();
  for (Device* device : {&tablet, &laptop}) sync(*device);
  Device copy(tablet, 21);
  const std::uint64_t read_to = copy.vault.sync().positions()->front().sequence;
  const RecordId goal = put_goal(tablet, circle, "Van de tablet");
  sync(tablet);
  sync(laptop);
  edit_why(laptop, goal, "Van school");
  sync(laptop);
  put_goal(copy, circle, "Van de kopie");
  ASSERT_EQ(copy.vault.sync().outgoing(kAnySize, 0)->bundles.size(), 1U);
  Log log = log_of(circle);
  log.arrivals.erase(log.arrivals.begin(), log.arrivals.begin() + static_cast<std::ptrdiff_t>(read_to));
  ASSERT_EQ(log.arrivals.size(), 2U);
  log.bodies.at(log.bodies.size() - 2).back() ^= Byte{1};
  ASSERT_TRUE(copy.vault.sync().arrived(log.arrivals));
  EXPECT_EQ(copy.vault.status()->quarantined, 1U);
  EXPECT_TRUE(copy.vault.examine()->damage.empty());
  sync_all(copy);
  expect_all_same(copy, circle);
}

/// The first of the original's works waits for what it builds on, while the copy's own stands under its
/// number: the second waits for the first, and is no fork.
TEST_F(CopiedVault, TakesItsOwnPastBackThoughTheBeginningHadToWait) {
  const CircleId circle = shared_circle();
  for (Device* device : {&tablet, &laptop}) sync(*device);
  Device copy(tablet, 21);
  const std::uint64_t read_to = copy.vault.sync().positions()->front().sequence;
  const RecordId goal = put_goal(laptop, circle, "Van school");
  sync(laptop);
  sync(tablet);
  for (const char* why : {"Van de tablet", "Nog eens van de tablet"}) {
    edit_why(tablet, goal, why);
    sync(tablet);
  }
  put_goal(copy, circle, "Van de kopie");
  ASSERT_EQ(copy.vault.sync().outgoing(kAnySize, 0)->bundles.size(), 1U);
  Log log = log_of(circle);
  log.arrivals.erase(log.arrivals.begin(), log.arrivals.begin() + static_cast<std::ptrdiff_t>(read_to));
  ASSERT_EQ(log.arrivals.size(), 3U);
  Bytes& cause = log.bodies.at(log.bodies.size() - 3);
  cause.back() ^= Byte{1};
  ASSERT_TRUE(copy.vault.sync().arrived(log.arrivals));
  EXPECT_EQ(copy.vault.status()->quarantined, 3U);
  cause.back() ^= Byte{1};
  ASSERT_TRUE(copy.vault.sync().arrived({log.arrivals.front()}));
  EXPECT_EQ(copy.vault.status()->quarantined, 0U);
  EXPECT_EQ(goal_of(copy, goal).why(), "Nog eens van de tablet");
  sync_all(copy);
  expect_all_same(copy, circle);
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
  const Refused refusal{Refused::Reason::kMalformed, circle, header.author, header.first, header.last, 0, 0};
  for (const bool again : {true, false}) {
    ASSERT_EQ(copy.vault.sync().refused({refusal}, clock.wall_ms()).value(), again);
    ASSERT_TRUE(copy.vault.sync().outgoing(kAnySize, 0));
  }
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
