// SPDX-License-Identifier: EUPL-1.2
// Two vaults and the relay's own logic, without sockets.
#include <gtest/gtest.h>

#include <set>

#include "core/verify/membership_log.h"
#include "tests/sync/client/two_devices.h"

namespace thuisbasis {
namespace {

using testing_support::Device;
using testing_support::kGoal;
using testing_support::kVisitNote;
using testing_support::MemoryRelayStorage;
using testing_support::SeededRandom;
using testing_support::TwoDevices;

TEST_F(TwoDevices, ExchangeAGoalThroughTheRelay) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Toeslagen aanvragen");
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, goal).statement(), "Toeslagen aanvragen");
  expect_same(circle);
}

TEST_F(TwoDevices, TellTheirPlacesOnceAlsoAcrossTheEndOfTheProcess) {
  const CircleId circle = shared_circle();
  put_goal(tablet, circle, "Toeslagen aanvragen");
  sync(tablet);
  sync(laptop);
  sync(laptop);  // tells what the first brought
  const auto told = decode_sync_request(relay.last_request->body).value();
  EXPECT_EQ(told.cursors.size(), 1U);
  laptop.reopen();
  sync(laptop);
  EXPECT_EQ(laptop.report.requests, 1U);
  EXPECT_TRUE(decode_sync_request(relay.last_request->body).value().cursors.empty());
}

TEST_F(TwoDevices, ReadWhatWasWrittenBeforeTheAdmission) {
  const auto circle =
      tablet.vault.create_circle({random_id<DossierId>(random), "school", "Gezin Brouwer", {}});
  ASSERT_TRUE(circle) << circle.error().message();
  std::vector<RecordId> goals;
  for (int i = 0; i < 20; ++i) {
    goals.push_back(put_goal(tablet, *circle, "Doel " + std::to_string(i)));
    sync(tablet);
  }
  ASSERT_TRUE(tablet.vault.admit(*circle, laptop.answer_of_registrar, {}));
  sync(tablet);
  // Small answers: the admission comes long after the first bundles.
  SyncRound::Options small;
  small.pull_bytes_max = 2000;
  ASSERT_TRUE(laptop.sync(relay, small));
  EXPECT_GT(laptop.report.requests, 3U);
  for (const RecordId& goal : goals) EXPECT_TRUE(laptop.vault.get(kGoal, goal));
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
  expect_same(*circle);
}

/// Whoever stands before the relay, and has no time.
class BusyFront final : public Exchange {
 public:
  Result<HttpResponse> exchange(const HttpRequest&, bool) override {
    HttpResponse response;
    response.status = 429;
    response.headers.add("retry-after", "7");
    return response;
  }
  std::string_view host() const override { return "front.example"; }
};

TEST_F(TwoDevices, HearHowLongTheyAreToWait) {
  BusyFront front;
  const Status refused = tablet.sync(front);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kTooOften);
  EXPECT_EQ(tablet.report.retry_after, std::chrono::seconds(7));
}

TEST_F(TwoDevices, SeeAWriteGoThroughItsStates) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Toeslagen aanvragen");
  EXPECT_EQ(tablet.vault.status(goal).value(), WriteState::kPending);
  relay.lose_answers = 1;
  ASSERT_FALSE(tablet.sync(relay));  // the registration's answer
  relay.lose_answers = 0;
  relay.on_request = [&](const HttpRequest& request) {
    if (request.target == kSyncPath) relay.lose_answers = 1;
  };
  ASSERT_FALSE(tablet.sync(relay));
  EXPECT_EQ(tablet.vault.status(goal).value(), WriteState::kSent);
  relay.on_request = {};
  relay.lose_answers = 0;
  sync(tablet);
  EXPECT_EQ(tablet.vault.status(goal).value(), WriteState::kConfirmed);
  EXPECT_EQ(tablet.vault.status()->sent, 0U);
  sync(laptop);
  EXPECT_FALSE(laptop.vault.status(goal).value()) << "nothing of it was written there";
  edit_why(laptop, goal, "Rust in huis");
  EXPECT_EQ(laptop.vault.status(goal).value(), WriteState::kPending);
}

/// What brings a record back leaves nothing in it that says who did.
TEST_F(TwoDevices, SeeThatARestoringIsStillHere) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Toeslagen aanvragen");
  sync(tablet);
  ASSERT_TRUE(tablet.vault.erase(tablet.vault.get(kGoal, goal).value()));
  sync(tablet);
  sync(laptop);
  ASSERT_TRUE(laptop.vault.restore(laptop.vault.get(kGoal, goal, true).value()));
  EXPECT_EQ(laptop.vault.status(goal).value(), WriteState::kPending);
  relay.on_request = [&](const HttpRequest& request) {
    if (request.target == kSyncPath) relay.lose_answers = 1;
  };
  ASSERT_FALSE(laptop.sync(relay));
  EXPECT_EQ(laptop.vault.status(goal).value(), WriteState::kSent);
}

TEST_F(TwoDevices, KeepBothValuesOfAFieldThatBothChanged) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Vaste bedtijd");
  sync(tablet);
  sync(laptop);
  edit_why(tablet, goal, "Rust in huis");
  laptop.clock.advance(1000);
  edit_why(laptop, goal, "Op tijd op school");
  sync(tablet);
  sync(laptop);
  sync(tablet);
  expect_same(circle);
  for (Device* device : {&tablet, &laptop}) {
    EXPECT_EQ(goal_of(*device, goal).why(), "Op tijd op school");
    const auto conflicts = device->vault.conflicts().value();
    ASSERT_EQ(conflicts.size(), 1U);
    ASSERT_EQ(conflicts[0].candidates.size(), 2U);
    EXPECT_EQ(conflicts[0].candidates[0].author, "Ilse op school");
    EXPECT_EQ(conflicts[0].candidates[1].author, "Anneke op de tablet");
  }
  ASSERT_TRUE(laptop.vault.settle(goal, KeepCandidate{5, 1}));
  sync(laptop);
  sync(tablet);
  expect_same(circle);
  EXPECT_EQ(goal_of(tablet, goal).why(), "Rust in huis");
  EXPECT_TRUE(tablet.vault.conflicts()->empty());
}

TEST_F(TwoDevices, BringBackWhatOneDeletedWhileTheOtherEdited) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Vaste bedtijd");
  sync(tablet);
  sync(laptop);
  ASSERT_TRUE(tablet.vault.erase(tablet.vault.get(kGoal, goal).value()));
  edit_why(laptop, goal, "Op tijd op school");
  sync(tablet);
  sync(laptop);
  sync(tablet);
  expect_same(circle);
  const Record record = tablet.vault.get(kGoal, goal).value();
  EXPECT_EQ(record.presence(), Presence::kDeletedWhileEdited);
  EXPECT_EQ(goal_of(tablet, goal).statement(), "Vaste bedtijd");
  ASSERT_TRUE(tablet.vault.settle(goal, KeepRecord{}));
  sync(tablet);
  sync(laptop);
  expect_same(circle);
  EXPECT_EQ(laptop.vault.get(kGoal, goal)->presence(), Presence::kPresent);
}

TEST_F(TwoDevices, SurviveALostAnswerWithoutADuplicate) {
  const CircleId circle = shared_circle();
  sync(tablet);
  const RecordId goal = put_goal(tablet, circle, "Toeslagen aanvragen");
  relay.lose_answers = 1;
  ASSERT_FALSE(tablet.sync(relay));
  edit_why(tablet, goal, "Meer rust");
  sync(tablet);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, goal).why(), "Meer rust");
  EXPECT_TRUE(laptop.vault.conflicts()->empty());
  expect_same(circle);
}

TEST_F(TwoDevices, ResumeAnAnswerThatWasCut) {
  const CircleId circle = shared_circle();
  for (int i = 0; i < 20; ++i) {
    put_goal(tablet, circle, "Doel " + std::to_string(i));
    sync(tablet);
  }
  relay.cut_answers_at = 3000;
  std::uint64_t rounds = 0;
  while (!laptop.sync(relay)) {
    ASSERT_LT(++rounds, 100U);
  }
  EXPECT_GT(rounds, 1U);
  EXPECT_EQ(laptop.vault.list({kGoal, {}, false, 0})->size(), 20U);
  expect_same(circle);
}

TEST_F(TwoDevices, NeverPassAGapInTheOrderOfACircle) {
  const CircleId circle = shared_circle();
  const CircleId other = shared_circle("thuis");
  sync(tablet);
  sync(laptop);
  const RecordId goal = put_goal(tablet, circle, "Komt aan");
  const RecordId elsewhere = put_goal(tablet, other, "Ook");
  sync(tablet);
  const auto before = laptop.vault.sync().positions().value();
  const Bytes far_ahead(300, 0x55);
  ASSERT_TRUE(laptop.vault.sync().arrived({{circle, std::uint64_t{1} << 40, false, far_ahead}}));
  EXPECT_EQ(laptop.vault.sync().positions().value(), before);
  sync(laptop);
  EXPECT_EQ(goal_of(laptop, goal).statement(), "Komt aan");
  EXPECT_EQ(goal_of(laptop, elsewhere).statement(), "Ook");
  EXPECT_EQ(laptop.vault.status()->quarantined, 0U);
}

TEST_F(TwoDevices, NeedOneSmallRequestWhenNothingIsNew) {
  for (int i = 0; i < 50; ++i) shared_circle();
  sync(tablet);
  sync(laptop);
  sync(tablet);
  relay.requests = relay.bytes_up = relay.bytes_down = 0;
  sync(tablet);
  EXPECT_EQ(relay.requests, 1U);
  EXPECT_LT(relay.bytes_up, 200U);
  EXPECT_LT(relay.bytes_down, 200U);
}

TEST_F(TwoDevices, FillAnEmptiedRelayAgain) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Toeslagen aanvragen");
  sync(tablet);
  sync(laptop);
  edit_why(laptop, goal, "Meer rust");
  sync(laptop);
  MemoryRelayStorage empty(random_id<RelayEpoch>(random));
  relay.open(empty);
  sync(laptop);  // brings back the tablet's work too
  EXPECT_EQ(laptop.vault.status(goal).value(), WriteState::kConfirmed);
  sync(tablet);
  EXPECT_EQ(goal_of(tablet, goal).why(), "Meer rust");
  expect_same(circle);
  relay.open(storage);
}

TEST_F(TwoDevices, WorkWithAClockThatIsYearsOff) {
  const CircleId circle = shared_circle();
  laptop.clock.set_wall(0);
  const RecordId goal = put_goal(tablet, circle, "Toeslagen aanvragen");
  sync(tablet);
  sync(laptop);
  edit_why(laptop, goal, "Meer rust");
  sync(laptop);
  sync(tablet);
  EXPECT_EQ(goal_of(tablet, goal).why(), "Meer rust");
  expect_same(circle);
}

TEST_F(TwoDevices, SealWorkOfAClockThatStandsBefore1970) {
  const CircleId circle = shared_circle();
  sync(tablet);
  sync(laptop);
  laptop.clock.set_wall(-WallMs{365} * 24 * 3600 * 1000);
  const RecordId goal = put_goal(laptop, circle, "Meer rust");
  sync(laptop);
  sync(tablet);
  EXPECT_EQ(goal_of(tablet, goal).statement(), "Meer rust");
  expect_same(circle);
}

TEST_F(TwoDevices, ForgetNothingWhenAProcessEndsBetweenTheSteps) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Toeslagen aanvragen");
  tablet.reopen();
  sync(tablet);
  tablet.reopen();
  edit_why(tablet, goal, "Meer rust");
  tablet.reopen();
  sync(tablet);
  sync(laptop);
  laptop.reopen();
  EXPECT_EQ(goal_of(laptop, goal).why(), "Meer rust");
  expect_same(circle);
}

TEST_F(TwoDevices, ShareACopyWithItsOriginAndNeverTheNote) {
  const auto kern = tablet.vault.create_circle({random_id<DossierId>(random), "kern", "Gezin Brouwer", {}});
  ASSERT_TRUE(kern);
  const CircleId school = shared_circle();
  const RecordId goal = put_goal(tablet, *kern, "Elke dag naar school");
  const auto copy = tablet.vault.share(tablet.vault.get(kGoal, goal).value(), school);
  ASSERT_TRUE(copy) << copy.error().message();
  const auto note = tablet.vault.prepare(kVisitNote, *kern).value();
  records::VisitNote body;
  body.set_body("Alleen voor het gezin");
  ASSERT_TRUE(tablet.vault.save(note, body));
  sync(tablet);
  sync(laptop);
  const auto goals = laptop.vault.list({kGoal, {}, false, 0}).value();
  ASSERT_EQ(goals.size(), 1U);
  EXPECT_EQ(goals[0].id(), copy->id());
  ASSERT_TRUE(goals[0].base().origin);
  EXPECT_EQ(goals[0].base().origin->record, goal);
  EXPECT_TRUE(laptop.vault.list({kVisitNote, {}, false, 0})->empty());
  EXPECT_FALSE(laptop.vault.circle(*kern));
}

/// One byte of a signed entry's own bytes is another; it still parses, and its signature does not hold.
Bytes forged(Bytes signed_entry, std::size_t from_the_end_of_the_entry) {
  constexpr std::size_t kSignatureField = 66;
  signed_entry.at(signed_entry.size() - kSignatureField - from_the_end_of_the_entry) ^= 1;
  return signed_entry;
}

TEST_F(TwoDevices, KeepTheirMembershipLogWhateverTheRelayPutsInItsPlace) {
  const CircleId circle = shared_circle();
  sync(tablet);
  sync(laptop);
  // An empty relay makes every entry count as unconfirmed; then it sends others in their places.
  meet_new_relay(laptop);
  const Outgoing offered = laptop.vault.sync().outgoing(1 << 20, 0).value();
  ASSERT_EQ(offered.entries.size(), 3U);                               // genesis, rotate, admit
  const Bytes beginning = forged(offered.entries[0].signed_entry, 5);  // in its dossier commitment
  const Bytes admission = forged(offered.entries[2].signed_entry, 1);  // in its sealed attributes
  for (const Bytes& entry : {beginning, admission})
    ASSERT_NE(parse_entry_place(entry)->hash, Sha256Digest{}) << "it must parse to be of any danger";
  ASSERT_TRUE(laptop.vault.sync().arrived({{circle, 1, true, beginning}, {circle, 2, true, admission}}));
  EXPECT_EQ(laptop.vault.status()->quarantined, 2U);
  EXPECT_EQ(laptop.vault.members(circle)->size(), 2U);
  laptop.reopen();
  EXPECT_EQ(laptop.vault.members(circle)->size(), 2U);
  put_goal(laptop, circle, "Nog steeds lid");
}

TEST_F(TwoDevices, TellWhoIsInACircle) {
  const CircleId circle = shared_circle();
  sync(tablet);
  sync(laptop);
  for (Device* device : {&tablet, &laptop}) {
    const auto members = device->vault.members(circle).value();
    ASSERT_EQ(members.size(), 2U);
    std::set<std::string> names;
    for (const CircleMember& member : members) names.insert(member.display_name);
    EXPECT_EQ(names, (std::set<std::string>{"Anneke op de tablet", "Ilse op school"}));
  }
}

TEST_F(TwoDevices, KeepAHistoryOfWhoDidWhat) {
  const CircleId circle = shared_circle();
  const RecordId goal = put_goal(tablet, circle, "Vaste bedtijd");
  sync(tablet);
  sync(laptop);
  edit_why(laptop, goal, "Op tijd op school");
  sync(laptop);
  sync(tablet);
  const auto history = tablet.vault.history(goal).value();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_TRUE(history[0].created);
  EXPECT_TRUE(history[0].self);
  EXPECT_EQ(history[1].author, "Ilse op school");
}

}  // namespace
}  // namespace thuisbasis
