// SPDX-License-Identifier: EUPL-1.2
// A device is taken out of a circle: what it still reads, what of its work counts, what becomes of the rest.
#include "tests/sync/client/two_devices.h"

namespace thuisbasis::testing_support {
namespace {

/// A coach's tablet, a school's laptop, and a colleague of the coach.
struct Removal : TwoDevices {
  Device colleague{emmen, "Marieke op de tablet", 13};
  CircleId circle;

  void SetUp() override {
    circle = shared_circle();
    ASSERT_TRUE(tablet.vault.admit(circle, colleague.answer_of_registrar, {}));
    sync_all();
  }
  void sync_all() {
    for (int round = 0; round < 2; ++round)
      for (Device* device : {&tablet, &laptop, &colleague}) sync(*device);
  }
  void remove_school() {
    const Status removed = tablet.vault.remove(circle, {laptop.vault.self().device});
    ASSERT_TRUE(removed) << removed.error().message();
  }
  bool shows(Device& device, const RecordId& id) { return device.vault.get(kGoal, id).has_value(); }
  SealingWait wait_of(Device& device) { return device.vault.circle(circle)->sealing_waits; }
  WriteState state_of(Device& device, const WriteId& write) { return *device.vault.status(write); }
};

TEST_F(Removal, PutsWhatIsWrittenFromThenOnOutOfReach) {
  const RecordId before = put_goal(tablet, circle, "Voor de zomer");
  sync_all();
  EXPECT_TRUE(shows(laptop, before));
  remove_school();
  const RecordId after = put_goal(tablet, circle, "Na de zomer");
  sync_all();
  EXPECT_TRUE(shows(colleague, after));
  EXPECT_FALSE(shows(laptop, after));
  EXPECT_TRUE(shows(laptop, before)) << "what it had it has";
  EXPECT_EQ(wait_of(laptop), SealingWait::kNotMember);
  EXPECT_EQ(wait_of(tablet), SealingWait::kNone);
  EXPECT_EQ(tablet.vault.circle(circle)->epoch, 2U);
  EXPECT_EQ(tablet.vault.digest(circle).value(), colleague.vault.digest(circle).value());
  EXPECT_EQ(tablet.vault.status()->pending, 0U);
}

TEST_F(Removal, TellsTheRemovedDeviceOnceAndItsOtherCirclesGoOn) {
  const CircleId other = shared_circle("kern");
  sync_all();
  remove_school();
  sync(tablet);
  sync(laptop);
  const std::uint64_t requests = relay.requests;
  sync(laptop);
  EXPECT_EQ(relay.requests - requests, 1U) << "nothing is asked for again";
  const RecordId there = put_goal(laptop, other, "In de andere kring");
  sync_all();
  EXPECT_TRUE(shows(tablet, there));
}

TEST_F(Removal, ReturnsWhatTheRemovedDeviceHadNotSent) {
  const RecordId record = put_goal(laptop, circle, "Op school besproken");
  remove_school();
  sync(tablet);
  sync(laptop);
  const auto returned = laptop.vault.returned();
  ASSERT_EQ(returned->size(), 1U);
  EXPECT_EQ(returned->front().reason, ReturnReason::kNotMember);
  EXPECT_FALSE(returned->front().change.empty());
  EXPECT_FALSE(shows(laptop, record));
  EXPECT_EQ(laptop.vault.account()->pending, 0U);
  EXPECT_EQ(laptop.vault.account()->returned, 1U);
  sync_all();
  EXPECT_FALSE(shows(tablet, record));
  EXPECT_TRUE(laptop.vault.examine()->damage.empty());
}

TEST_F(Removal, CountsWhatTheRelayHadWhenItCame) {
  const RecordId late = put_goal(laptop, circle, "Nog net verstuurd");
  sync(laptop);
  remove_school();  // the tablet has not read it yet
  sync_all();
  EXPECT_TRUE(shows(tablet, late));
  EXPECT_TRUE(shows(colleague, late));
  EXPECT_EQ(tablet.vault.members(circle)->size(), 2U);
  EXPECT_EQ(tablet.vault.digest(circle).value(), colleague.vault.digest(circle).value());
  EXPECT_TRUE(laptop.vault.returned()->empty());
}

TEST_F(Removal, OfOneselfLetsThoseWhoStayBeginTheNextKey) {
  ASSERT_TRUE(laptop.vault.leave(circle));
  sync(laptop);
  sync(tablet);
  const RecordId after = put_goal(tablet, circle, "Zonder de school");
  sync_all();
  EXPECT_TRUE(shows(colleague, after));
  EXPECT_FALSE(shows(laptop, after));
  EXPECT_EQ(tablet.vault.circle(circle)->epoch, 2U);
}

TEST_F(Removal, OfOneselfAndAnAdmissionBeforeAnyoneSealed) {
  ASSERT_TRUE(laptop.vault.leave(circle));
  sync(laptop);
  sync(tablet);
  Device school(emmen, "De school", 14);
  ASSERT_TRUE(tablet.vault.admit(circle, school.answer_of_registrar, {}));
  const RecordId after = put_goal(tablet, circle, "Met de nieuwe");
  sync_all();
  sync(school);
  EXPECT_TRUE(shows(school, after));
  EXPECT_FALSE(shows(laptop, after));
}

/// It was sealed, and perhaps at the relay: whether it arrived, only the relay knows.
TEST_F(Removal, OfOneselfStillBringsWhatWasOnItsWay) {
  const RecordId late = put_goal(laptop, circle, "Onderweg");
  (void)laptop.vault.sync().outgoing(std::size_t{1} << 20, 0).value();  // the request was lost
  ASSERT_TRUE(laptop.vault.leave(circle));
  sync_all();
  EXPECT_TRUE(shows(tablet, late));
  EXPECT_EQ(laptop.vault.account()->sent, 0U);
  EXPECT_EQ(laptop.vault.account()->returned, 0U);
  const std::uint64_t requests = relay.requests;
  sync(laptop);
  EXPECT_EQ(relay.requests - requests, 1U) << "what it brought lies beyond where it reads, and it knows why";
  EXPECT_TRUE(laptop.vault.examine()->damage.empty());
}

/// The entry that says so lies beyond where it reads.
TEST_F(Removal, LimitedLaterReturnsWhatHadNotArrived) {
  const RecordId late = put_goal(laptop, circle, "Nooit aangekomen");
  (void)laptop.vault.sync().outgoing(std::size_t{1} << 20, 0).value();  // sealed, and lost on its way
  ASSERT_TRUE(laptop.vault.leave(circle));
  relay.on_answer = [&](HttpResponse&) { relay.lose_requests = 1000; };
  EXPECT_FALSE(laptop.sync(relay, {.push_bytes_max = 1})) << "only that it leaves arrives";
  relay.on_answer = nullptr;
  relay.lose_requests = 0;
  sync(tablet);
  ASSERT_EQ(tablet.vault.members(circle)->size(), 2U);
  remove_school();  // of its work counts what the tablet knows
  sync(tablet);
  for (int round = 0; round < 2; ++round) sync_all();
  EXPECT_FALSE(shows(tablet, late));
  EXPECT_FALSE(shows(laptop, late));
  EXPECT_EQ(laptop.vault.account()->sent, 0U);
  EXPECT_EQ(laptop.vault.account()->returned, 1U);
}

TEST_F(Removal, TellsTheRemovedDeviceWhatOfItsWorkArrived) {
  const RecordId late = put_goal(laptop, circle, "De bevestiging ging verloren");
  relay.on_answer = [](HttpResponse& answer) { answer.status = 503; };
  EXPECT_FALSE(laptop.sync(relay));
  relay.on_answer = nullptr;
  sync(tablet);
  remove_school();
  sync_all();
  EXPECT_TRUE(shows(colleague, late));
  EXPECT_EQ(laptop.vault.account()->sent, 0U);
  EXPECT_EQ(laptop.vault.account()->returned, 0U);
}

/// Nobody had it yet; who is out still corrects its time.
TEST_F(Removal, OfOneselfStillBringsWhatWasSealedUnderAClockThatIsAhead) {
  laptop.clock.advance(30LL * 24 * 60 * 60 * 1000);
  const RecordId late = put_goal(laptop, circle, "Met een klok die voorloopt");
  relay.on_answer = [](HttpResponse& answer) { answer.status = 503; };
  EXPECT_FALSE(laptop.sync(relay));
  relay.on_answer = nullptr;
  ASSERT_EQ(laptop.vault.account()->sent, 1U);
  ASSERT_TRUE(laptop.vault.leave(circle));
  for (int round = 0; round < 2; ++round) sync_all();
  EXPECT_TRUE(shows(tablet, late));
  EXPECT_EQ(laptop.vault.account()->sent, 0U);
  EXPECT_EQ(laptop.vault.account()->returned, 0U);
}

/// And where it had sealed that work again, for a relay that was put back, before it heard of its removal.
TEST_F(Removal, TellsTheRemovedDeviceWhatArrivedInAnotherSealing) {
  const auto before = storage.backup();
  const RecordId late = put_goal(laptop, circle, "Onder de eerste sleutel");
  sync(laptop);
  sync_all();
  ASSERT_TRUE(tablet.vault.rotate(circle, EpochReason::kAge));
  sync_all();
  storage.restore(before);
  relay.open(storage);
  bool was_sent = false;
  relay.on_request = [&](const HttpRequest& request) {
    const auto content = decode_sync_request(request.body);
    if (!content || content->bundles.empty()) return;
    relay.lose_requests = 1;
    was_sent = true;
  };
  EXPECT_FALSE(laptop.sync(relay));
  relay.on_request = nullptr;
  ASSERT_TRUE(was_sent);
  remove_school();
  sync(tablet);
  sync_all();
  EXPECT_TRUE(shows(colleague, late));
  EXPECT_EQ(laptop.vault.account()->sent, 0U);
  EXPECT_EQ(laptop.vault.account()->returned, 0U);
}

TEST_F(Removal, EndsWhenTheDeviceIsAdmittedAgain) {
  remove_school();
  const RecordId meanwhile = put_goal(tablet, circle, "Intussen");
  sync_all();
  ASSERT_TRUE(tablet.vault.admit(circle, laptop.answer_of_registrar, {}));
  sync_all();
  EXPECT_TRUE(shows(laptop, meanwhile));
  const RecordId again = put_goal(laptop, circle, "Weer terug");
  sync_all();
  EXPECT_TRUE(shows(tablet, again));
  EXPECT_TRUE(shows(colleague, again));
  expect_same(circle);
}

TEST_F(Removal, GivesNoNumberTwiceToADeviceThatComesBack) {
  const RecordId lost = put_goal(laptop, circle, "Niet verstuurd");
  remove_school();
  sync_all();
  ASSERT_EQ(laptop.vault.returned()->size(), 1U);
  ASSERT_TRUE(tablet.vault.admit(circle, laptop.answer_of_registrar, {}));
  sync_all();
  const RecordId again = put_goal(laptop, circle, "Weer terug");
  sync_all();
  EXPECT_TRUE(shows(tablet, again));
  EXPECT_FALSE(shows(tablet, lost));
  EXPECT_EQ(laptop.vault.returned()->size(), 1U) << "the tray keeps what came back";
  EXPECT_EQ(laptop.vault.account()->confirmed, 1U);
  expect_same(circle);
}

TEST_F(Removal, IsHeldByEveryVaultThatIsOpenedAgain) {
  remove_school();
  sync_all();
  for (Device* device : {&tablet, &laptop, &colleague}) device->reopen();
  const RecordId after = put_goal(colleague, circle, "Later");
  sync_all();
  EXPECT_TRUE(shows(tablet, after));
  EXPECT_FALSE(shows(laptop, after));
}

TEST_F(Removal, SealsNothingBeforeTheRelayHasTakenTheNewKey) {
  remove_school();
  put_goal(tablet, circle, "Pas daarna");
  EXPECT_EQ(wait_of(tablet), SealingWait::kEpochIsNew);
  const Outgoing first = tablet.vault.sync().outgoing(std::size_t{1} << 20, 0).value();
  EXPECT_EQ(first.entries.size(), 1U);
  EXPECT_TRUE(first.bundles.empty());
  EXPECT_TRUE(first.more);
  sync(tablet);
  EXPECT_EQ(tablet.vault.status()->pending, 0U);
}

TEST_F(Removal, LeavesNothingToBeWrittenWhereNobodyWouldGetIt) {
  const RecordId before = put_goal(tablet, circle, "Voor de zomer");
  sync_all();
  remove_school();
  sync_all();
  const auto record = laptop.vault.get(kGoal, before).value();
  auto goal = laptop.vault.read_as<records::Goal>(record).value();
  goal.set_why("toch nog");
  const auto written = laptop.vault.save(record, goal);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kNotMember);
}

/// The relay showed the school's work to the colleague alone, and took the removal without it: it lies, or
/// was put back. What the colleague built on it stays; what nobody built on goes.
TEST_F(Removal, LetsCountWhatAMemberHadBuiltOnBeforeItKnew) {
  const auto before = storage.backup();
  const RecordId shown_to_one = put_goal(laptop, circle, "Van school");
  sync(laptop);
  sync(colleague);
  edit_why(colleague, shown_to_one, "omdat");
  storage.restore(before);
  relay.open(storage);
  remove_school();
  for (int round = 0; round < 3; ++round)
    for (Device* device : {&tablet, &colleague}) sync(*device);
  EXPECT_EQ(goal_of(tablet, shown_to_one).why(), "omdat");
  EXPECT_EQ(goal_of(tablet, shown_to_one).statement(), "Van school");
  EXPECT_EQ(tablet.vault.digest(circle).value(), colleague.vault.digest(circle).value());
}

TEST_F(Removal, TakesOutWhatNobodyHadBuiltOn) {
  const auto before = storage.backup();
  const RecordId shown_to_one = put_goal(laptop, circle, "Van school");
  sync(laptop);
  sync(colleague);
  EXPECT_TRUE(shows(colleague, shown_to_one));
  storage.restore(before);
  relay.open(storage);
  remove_school();
  for (int round = 0; round < 3; ++round)
    for (Device* device : {&tablet, &colleague}) sync(*device);
  EXPECT_FALSE(shows(tablet, shown_to_one));
  EXPECT_FALSE(shows(colleague, shown_to_one));
  EXPECT_EQ(tablet.vault.digest(circle).value(), colleague.vault.digest(circle).value());
  EXPECT_EQ(colleague.vault.status()->quarantined, 1U) << "kept for review, byte for byte";
  EXPECT_TRUE(colleague.vault.examine()->damage.empty());
}

/// The relay was put back to before the removal, and a colleague began an epoch meanwhile: the removal takes
/// effect all the same (DESIGN 9.5).
TEST_F(Removal, OutlivesARelayThatWasPutBackBeforeIt) {
  const auto before = storage.backup();
  remove_school();
  sync(tablet);
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(colleague.vault.rotate(circle, EpochReason::kSuspicion));
  sync(colleague);
  for (int round = 0; round < 3; ++round)
    for (Device* device : {&tablet, &colleague, &laptop}) sync(*device);
  const RecordId after = put_goal(colleague, circle, "Niet voor school");
  for (int round = 0; round < 2; ++round)
    for (Device* device : {&colleague, &tablet, &laptop}) sync(*device);
  EXPECT_TRUE(shows(tablet, after));
  EXPECT_FALSE(shows(laptop, after));
  EXPECT_EQ(tablet.vault.members(circle)->size(), 2U);
  EXPECT_EQ(colleague.vault.members(circle)->size(), 2U);
}

/// Work that was sealed under a key which lost its place to another one of the same number can still be read.
TEST_F(Removal, KeepsWorkUnderAKeyThatLostItsPlace) {
  const auto before = storage.backup();
  ASSERT_TRUE(tablet.vault.rotate(circle, EpochReason::kAge));
  sync(tablet);
  const RecordId under_lost_key = put_goal(tablet, circle, "Onder de verloren sleutel");
  sync(tablet);
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(colleague.vault.rotate(circle, EpochReason::kAge));
  sync(colleague);
  for (int round = 0; round < 3; ++round) sync_all();
  EXPECT_TRUE(shows(colleague, under_lost_key));
  EXPECT_TRUE(shows(laptop, under_lost_key));
  expect_same(circle);
}

/// The same where the author of that work never comes back: who has read it offers it, and tells the key.
TEST_F(Removal, KeepsWorkOfALostDeviceUnderAKeyThatLostItsPlace) {
  const auto before = storage.backup();
  ASSERT_TRUE(tablet.vault.rotate(circle, EpochReason::kAge));
  const RecordId under_lost_key = put_goal(tablet, circle, "Onder de verloren sleutel");
  sync(tablet);
  sync(laptop);
  ASSERT_TRUE(shows(laptop, under_lost_key));
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(colleague.vault.rotate(circle, EpochReason::kAge));
  sync(colleague);
  for (int round = 0; round < 4; ++round)
    for (Device* device : {&laptop, &colleague}) sync(*device);
  EXPECT_TRUE(shows(colleague, under_lost_key));
  EXPECT_EQ(laptop.vault.digest(circle).value(), colleague.vault.digest(circle).value());
  EXPECT_EQ(colleague.vault.status()->quarantined, 0U);
}

/// The school, removed, gets the relay back to before it was, and takes whom removed it out first. Nobody who
/// knows seals anything for the school, and the lead puts it right.
TEST_F(Removal, IsNotUndoneByWhoWasRemoved) {
  const auto before = storage.backup();
  ASSERT_TRUE(colleague.vault.remove(circle, {laptop.vault.self().device}));
  sync(colleague);
  sync(tablet);
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(laptop.vault.remove(circle, {colleague.vault.self().device}));
  sync(laptop);
  for (int round = 0; round < 3; ++round)
    for (Device* device : {&tablet, &colleague, &laptop}) sync(*device);
  EXPECT_EQ(wait_of(tablet), SealingWait::kRemovalOpen);
  const RecordId kept = put_goal(tablet, circle, "Niet voor school");
  tablet.reopen();
  for (int round = 0; round < 2; ++round)
    for (Device* device : {&tablet, &colleague, &laptop}) sync(*device);
  EXPECT_FALSE(shows(laptop, kept));
  EXPECT_EQ(tablet.vault.account()->pending, 1U);
  EXPECT_FALSE(tablet.vault.examine()->damage.empty()) << "a person hears of it";

  ASSERT_TRUE(tablet.vault.remove(circle, {laptop.vault.self().device}));
  ASSERT_TRUE(tablet.vault.admit(circle, colleague.answer_of_registrar, {}));
  for (int round = 0; round < 2; ++round)
    for (Device* device : {&tablet, &colleague, &laptop}) sync(*device);
  EXPECT_EQ(wait_of(tablet), SealingWait::kNone);
  EXPECT_EQ(tablet.vault.account()->pending, 0U);
  EXPECT_TRUE(shows(colleague, kept));
  EXPECT_FALSE(shows(laptop, kept));
}

/// A relay that was put back to before the admission of a device that was removed since: letting it in is not
/// repeated, whoever offers it.
TEST_F(Removal, OutlivesARelayThatWasPutBackBeforeTheAdmission) {
  Device school(emmen, "De school", 14);
  sync_all();
  const auto before = storage.backup();
  ASSERT_TRUE(tablet.vault.admit(circle, school.answer_of_registrar, {}));
  sync(tablet);
  sync(school);
  ASSERT_TRUE(tablet.vault.remove(circle, {school.vault.self().device}));
  sync(tablet);
  storage.restore(before);
  relay.open(storage);
  ASSERT_TRUE(colleague.vault.rotate(circle, EpochReason::kAge));
  sync(colleague);
  for (int round = 0; round < 2; ++round) sync(tablet);
  EXPECT_EQ(tablet.vault.members(circle)->size(), 3U) << "the school is not among them";
  // A colleague that did not hear of it lets the school in.
  ASSERT_TRUE(colleague.vault.admit(circle, school.answer_of_registrar, {}));
  sync(colleague);
  sync(tablet);
  const RecordId after = put_goal(tablet, circle, "Niet voor school");
  for (int round = 0; round < 2; ++round)
    for (Device* device : {&tablet, &colleague, &school}) sync(*device);
  EXPECT_TRUE(shows(colleague, after));
  EXPECT_FALSE(shows(school, after));
  EXPECT_EQ(colleague.vault.members(circle)->size(), 3U);
}

/// What a person here has not let in yet, the relay has all the same: its author is no less removed for that.
TEST_F(Removal, OfADeviceWhoseWorkWaitsForAPerson) {
  std::vector<RecordId> goals;
  for (int i = 0; i < 40; ++i) goals.push_back(put_goal(tablet, circle, "Doel " + std::to_string(i)));
  sync_all();
  for (FakeClock* time : {&clock, &tablet.clock, &laptop.clock, &colleague.clock}) time->advance(1000);
  for (const RecordId& goal : goals) ASSERT_TRUE(laptop.vault.erase(laptop.vault.get(kGoal, goal).value()));
  ASSERT_TRUE(laptop.vault.allow_mass_changes(circle));
  sync(laptop);
  sync(tablet);
  ASSERT_EQ(tablet.vault.mass_changes()->size(), 1U);
  remove_school();
  sync_all();
  EXPECT_EQ(colleague.vault.members(circle)->size(), 2U);
  EXPECT_EQ(wait_of(laptop), SealingWait::kNotMember);
  EXPECT_TRUE(shows(tablet, goals.front())) << "a person is still to be asked";
}

TEST_F(Removal, TellsWhoWasAMember) {
  EXPECT_TRUE(tablet.vault.former_members(circle)->empty());
  remove_school();
  sync_all();
  const auto former = colleague.vault.former_members(circle);
  ASSERT_EQ(former->size(), 1U);
  EXPECT_EQ(former->front().device, laptop.vault.self().device);
  EXPECT_EQ(former->front().display_name, "Ilse op school");
  EXPECT_TRUE(former->front().until_index);
  ASSERT_TRUE(tablet.vault.admit(circle, laptop.answer_of_registrar, {}));
  EXPECT_TRUE(tablet.vault.former_members(circle)->empty());
}

TEST_F(Removal, IsRefusedToWhoHasNoRankForIt) {
  const auto removed = laptop.vault.remove(circle, {tablet.vault.self().device});
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code(), Code::kNotPermitted);
  EXPECT_EQ(laptop.vault.circle(circle)->epoch, 1U);
}

}  // namespace
}  // namespace thuisbasis::testing_support
