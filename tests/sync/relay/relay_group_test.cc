// SPDX-License-Identifier: EUPL-1.2
#include "tests/sync/relay/relay_world.h"

namespace thuisbasis::relay_test {
namespace {

class RelayGroup : public RelayWorld {
 protected:
  RelayGroup() {
    for (TestDevice* device : {&coach, &school, &nurse}) enrol(*device);
    circle_ = found(coach, {&school, &nurse});
    circle = circle_->circle.log().circle();
    for (TestDevice* device : {&coach, &school, &nurse}) apply(*device, pull(*device));
  }
  Bytes bundle_of(const TestDevice& device, std::uint64_t number) {
    BundlePlan plan{.first = number, .last = number, .epoch = 1, .index = 3};
    return bundle(device, circle, plan);
  }
  Call begin_push(const TestDevice& device, std::vector<Bytes> bundles) {
    return submit(sync(device, push_of(device, std::move(bundles))));
  }

  TestDevice coach{world, "coach"};
  TestDevice school{world, "school"};
  TestDevice nurse{world, "nurse"};
  std::unique_ptr<circle_test::Founded> circle_;
  CircleId circle;
};

TEST_F(RelayGroup, CommitsAllThatWaitsAtOnceAndProvesEachPartOfIt) {
  const std::uint64_t commits = storage.commits();
  const Call one = begin_push(coach, {bundle_of(coach, 1), bundle_of(coach, 2)});
  const Call two = begin_push(school, {bundle_of(school, 1)});
  const Call three = begin_push(nurse, {bundle_of(nurse, 1)});
  EXPECT_FALSE(one.answered() || two.answered() || three.answered())
      << "nothing is receipted before the commit";
  relay->flush();
  EXPECT_EQ(storage.commits(), commits + 1);
  const Answer first = one.answer(), second = two.answer(), third = three.answer();
  EXPECT_EQ(first.proof->signature, second.proof->signature);
  EXPECT_EQ(first.proof->leaf_count, 3u);
  EXPECT_EQ(second.proof->leaf_index, 1u);
  EXPECT_EQ(third.sequence(), 8u);
  EXPECT_EQ(first.sequence(1), 6u);
}

TEST_F(RelayGroup, CountsOnlyRequestsWithReceiptsInTheProof) {
  const Call bad = begin_push(coach, {Bytes(5, 1)});
  const Call good = begin_push(school, {bundle_of(school, 1)});
  relay->flush();
  EXPECT_TRUE(bad.answer().receipts.empty());
  EXPECT_EQ(good.answer().proof->leaf_count, 1u);
}

TEST_F(RelayGroup, HandsEachSenderWhatTheOthersOfTheGroupPushedButNotItsOwn) {
  const Call one = begin_push(coach, {bundle_of(coach, 1)});
  const Call two = begin_push(school, {bundle_of(school, 1)});
  relay->flush();
  const Answer to_coach = one.answer(), to_school = two.answer();
  ASSERT_EQ(to_coach.bundles.size(), 1u);
  EXPECT_EQ(to_coach.bundles[0].sequence, 6u);
  ASSERT_EQ(to_school.bundles.size(), 1u);
  EXPECT_EQ(to_school.bundles[0].sequence, 5u);
  apply(coach, to_coach);
  EXPECT_EQ(coach.cursors.at(circle), 6u);
  EXPECT_TRUE(pull(coach).bundles.empty());
}

/// Each is compared with what its own request named, though a later one of the same device names another
/// place.
TEST_F(RelayGroup, TellsPlacesForTheRequestThatTheyAnswer) {
  const auto mark = [&](std::uint64_t place) { return *storage.mark_at(circle, place).value(); };
  push(school, {bundle_of(school, 1)});
  apply(coach, pull(coach));
  const MarksHash other = random_id<MarksHash>(world.random);
  SyncRequest earlier = push_of(coach, {bundle_of(coach, 1)});
  earlier.marks_hash = other;
  earlier.wants_earlier = true;
  const Call one = submit(sync(coach, earlier));
  coach.cursors.set(circle, 3);
  SyncRequest later = push_of(coach, {bundle_of(coach, 2)});
  later.marks_hash = other;
  later.wants_earlier = true;
  const Call two = submit(sync(coach, later));
  relay->flush();
  EXPECT_EQ(one.answer().places,
            (PlacesFrame{other, {{circle, mark(5), {{4, mark(4)}, {3, mark(3)}, {1, mark(1)}}}}}));
  EXPECT_EQ(two.answer().places, (PlacesFrame{other, {{circle, mark(3), {{2, mark(2)}, {1, mark(1)}}}}}));
}

/// T06, T07: no number is handed out twice or left out, whatever commits fail.
TEST_F(RelayGroup, AFailedCommitReceiptsNothingAndLeavesNoGap) {
  const Bytes lost = bundle_of(coach, 1);
  storage.fail_commits(Code::kDiskFull);
  const Answer failed = push(coach, {lost});
  EXPECT_EQ(failed.status, 507);
  EXPECT_TRUE(failed.receipts.empty());
  EXPECT_FALSE(relay->broken());
  storage.fail_commits(std::nullopt);
  EXPECT_EQ(push(school, {bundle_of(school, 1)}).sequence(), 5u);
  EXPECT_EQ(push(coach, {lost}).sequence(), 6u);
}

TEST_F(RelayGroup, ForgetsEntriesOfAFailedCommit) {
  const circle_test::Founded second(world, coach.identity);
  storage.fail_commits(Code::kDiskFull);
  push_entries(coach, second.log);
  storage.fail_commits(std::nullopt);
  EXPECT_EQ(push(coach, {bundle(coach, second.circle.log().circle(), 1, 1)}).refusal(),
            RefusalReason::kUnknownCircle);
  EXPECT_EQ(push_entries(coach, second.log).receipts.size(), 2u);
}

TEST_F(RelayGroup, IsBrokenAfterAnInputOutputErrorAndTakesNoMorePushes) {
  storage.fail_commits(Code::kIo);
  EXPECT_EQ(push(coach, {bundle_of(coach, 1)}).status, 500);
  ASSERT_TRUE(relay->broken());
  storage.fail_commits(std::nullopt);
  EXPECT_EQ(push(coach, {bundle_of(coach, 1)}).status, 503);
}

/// T08: the commit is done, the reply is lost; the device repeats, and edits go on.
TEST_F(RelayGroup, ALostReplyIsMadeGoodByRepeating) {
  const Bytes once = bundle_of(coach, 1);
  begin_push(coach, {once});
  relay->flush();
  const Answer again = push(coach, {once, bundle_of(coach, 2)});
  EXPECT_EQ(again.sequence(0), 5u);
  EXPECT_EQ(again.sequence(1), 6u);
  EXPECT_TRUE(again.bundles.empty());
}

TEST_F(RelayGroup, GivesEveryDeviceADenseSequenceThatNeverStepsBack) {
  std::uint64_t numbers[3] = {0, 0, 0};
  TestDevice* devices[3] = {&coach, &school, &nurse};
  for (int round = 0; round < 60; ++round) {
    storage.fail_commits(round % 7 == 3 ? std::optional(Code::kDiskFull) : std::nullopt);
    std::vector<Call> calls;
    for (int who = 0; who < 3; ++who)
      if ((round + who) % 2 == 0)
        calls.push_back(begin_push(*devices[who], {bundle_of(*devices[who], numbers[who] + 1)}));
    relay->flush();
    std::size_t call = 0;
    for (int who = 0; who < 3; ++who) {
      if ((round + who) % 2 != 0) continue;
      const Answer answer = calls[call++].answer();
      if (answer.status == 200) ++numbers[who];
      apply(*devices[who], answer);
    }
  }
  storage.fail_commits(std::nullopt);
  const std::uint64_t head = 4 + numbers[0] + numbers[1] + numbers[2];
  for (TestDevice* device : devices) {
    apply(*device, pull(*device));
    EXPECT_EQ(device->cursors.at(circle), head);
  }
  TestDevice fresh_eyes = std::move(nurse);
  fresh_eyes.cursors = {};
  std::uint64_t expected = 5;
  const Answer all = pull(fresh_eyes);
  EXPECT_EQ(all.entries.size(), 4u);
  for (const BundleFrame& frame : all.bundles) EXPECT_EQ(frame.sequence, expected++);
  EXPECT_EQ(expected, head + 1);
}

// ---- Held requests
// ------------------------------------------------------------------------------------------------

TEST_F(RelayGroup, WakesAHeldRequestWithTheBundleItselfAndOnlyAfterTheCommit) {
  const Call held = submit(live(school));
  EXPECT_FALSE(held.answered());
  EXPECT_EQ(relay->held_requests(), 1u);
  bool answered_before_commit = true;
  storage.on_commit = [&] { answered_before_commit = held.answered(); };
  begin_push(coach, {bundle_of(coach, 1)});
  EXPECT_FALSE(held.answered());
  relay->flush();
  EXPECT_FALSE(answered_before_commit);
  const Answer answer = held.answer();
  ASSERT_EQ(answer.bundles.size(), 1u);
  EXPECT_EQ(answer.bundles[0].sequence, 5u);
  EXPECT_EQ(relay->held_requests(), 0u);
}

/// Notes when it is answered whether somebody else was answered before.
class Latecomer final : public RelayResponder {
 public:
  Latecomer(const Call& other, bool& other_was_first) : other_(other), other_was_first_(other_was_first) {}
  void answer(HttpResponse) override { other_was_first_ = other_.answered(); }
  bool is_gone() const override { return false; }

 private:
  Call other_;
  bool& other_was_first_;
};

TEST_F(RelayGroup, TellsWhoWaitsForNewsBeforeItReceiptsTheSender) {
  const Call held = submit(live(school));
  bool held_was_first = false;
  relay->submit(sync(coach, push_of(coach, {bundle_of(coach, 1)})),
                std::make_unique<Latecomer>(held, held_was_first));
  relay->flush();
  EXPECT_TRUE(held_was_first);
}

TEST_F(RelayGroup, SavesAcknowledgedVectorsWithOneGroupASecond) {
  const auto acknowledge = [&](std::uint64_t sequence, std::uint64_t number) {
    school.cursors.set(circle, sequence);
    push(school, {bundle_of(school, number)});
    return storage.cursors(school.device())->value_or(CursorVector()).at(circle);
  };
  clock.advance(kAcknowledgementsEveryMs);
  EXPECT_EQ(acknowledge(3, 1), 3u);
  EXPECT_EQ(acknowledge(4, 2), 3u) << "a group must not write what the last one wrote a moment ago";
  clock.advance(kAcknowledgementsEveryMs);
  EXPECT_EQ(acknowledge(5, 3), 5u);
}

TEST_F(RelayGroup, FollowsAHeldRequestWithAnotherWithoutNamingACircle) {
  for (std::uint64_t number = 1; number <= 3; ++number) {
    const Call held = submit(live(school));
    ASSERT_FALSE(held.answered()) << number;
    push(coach, {bundle_of(coach, number)});
    const Answer answer = held.answer();
    EXPECT_FALSE(answer.hello->need_cursors);
    ASSERT_EQ(answer.bundles.size(), 1u);
    apply(school, answer);
  }
}

TEST_F(RelayGroup, DoesNotWakeADeviceForWhatItPushedItself) {
  const Call held = submit(live(coach));
  push(coach, {bundle_of(coach, 1)});
  EXPECT_FALSE(held.answered());
  push(school, {bundle_of(school, 1)});
  EXPECT_TRUE(held.answered());
}

TEST_F(RelayGroup, DoesNotWakeForACommitThatFailed) {
  const Call held = submit(live(school));
  storage.fail_commits(Code::kDiskFull);
  push(coach, {bundle_of(coach, 1)});
  EXPECT_FALSE(held.answered());
}

TEST_F(RelayGroup, AnswersAHeldRequestEmptyAtItsDeadline) {
  const Call held = submit(live(school));
  clock.advance(kHeldMsMax - 1);
  relay->tick();
  EXPECT_FALSE(held.answered());
  clock.advance(kHeldJitterMs + 1);
  relay->tick();
  EXPECT_EQ(held.answer().status, 200);
  EXPECT_TRUE(held.answer().bundles.empty());
}

TEST_F(RelayGroup, AnswersAtOnceWhenThereIsNewsAlready) {
  push(coach, {bundle_of(coach, 1)});
  EXPECT_EQ(send(live(school)).bundles.size(), 1u);
}

TEST_F(RelayGroup, HoldsOneRequestADevice) {
  const Call first = submit(live(school));
  const Call second = submit(live(school));
  EXPECT_TRUE(first.answered());
  EXPECT_FALSE(second.answered());
  EXPECT_EQ(relay->held_requests(), 1u);
}

TEST_F(RelayGroup, LetsGoOfADeviceThatHungUp) {
  Call held = submit(live(school));
  held.hang_up();
  relay->tick();
  EXPECT_EQ(relay->held_requests(), 0u);
}

TEST_F(RelayGroup, HoldsOnlySoManyRequests) {
  limits.held_requests_max = 1;
  restart();
  for (const TestDevice* device : {&school, &nurse}) pull(*device);
  submit(live(school));
  EXPECT_EQ(send(live(nurse)).status, 503);
}

TEST_F(RelayGroup, AnswersHeldRequestsOneAfterAnotherWhenItDrains) {
  const Call one = submit(live(school));
  const Call two = submit(live(nurse));
  relay->drain(1'000);
  relay->tick();
  EXPECT_NE(one.answered(), two.answered());
  clock.advance(500);
  relay->tick();
  EXPECT_TRUE(one.answered() && two.answered());
  EXPECT_TRUE(submit(live(coach)).answered()) << "and holds no new ones";
}

}  // namespace
}  // namespace thuisbasis::relay_test
