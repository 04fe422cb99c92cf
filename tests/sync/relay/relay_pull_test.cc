// SPDX-License-Identifier: EUPL-1.2
#include "tests/sync/relay/relay_world.h"

namespace thuisbasis::relay_test {
namespace {

class RelayPull : public RelayWorld {
 protected:
  RelayPull() {
    enrol(coach);
    enrol(school);
    circle_ = found(coach, {&school});
    circle = circle_->circle.log().circle();
  }
  void push_many(std::uint64_t from, std::uint64_t to, std::size_t ciphertext = kBundleCiphertextMin) {
    for (std::uint64_t number = from; number <= to; ++number) {
      BundlePlan plan{.first = number, .last = number, .epoch = 1, .index = 2};
      plan.ciphertext = ciphertext;
      ASSERT_EQ(push(coach, {bundle(coach, circle, plan)}).receipts.size(), 1u);
    }
  }

  TestDevice coach{world, "coach"};
  TestDevice school{world, "school"};
  std::unique_ptr<circle_test::Founded> circle_;
  CircleId circle;
};

TEST_F(RelayPull, GivesANewDeviceItsCirclesAtFirstContact) {
  push_many(1, 2);
  SyncRequest first;  // knows no epoch, has no cursors
  first.cursors = {{circle, 0}};
  const Answer answer = send(sync(school, first));
  EXPECT_FALSE(answer.hello->need_cursors);
  EXPECT_EQ(answer.entries.size(), 3u);
  EXPECT_EQ(answer.bundles.size(), 2u);
  EXPECT_FALSE(answer.end->more);
  EXPECT_TRUE(answer.end->heads.empty());
}

TEST_F(RelayPull, GivesNothingOfCirclesThatAreNotTheDevices) {
  TestDevice stranger(world, "stranger");
  enrol(stranger);
  push_many(1, 2);
  stranger.cursors.set(circle, 1);  // naming a circle opens nothing
  const Answer answer = pull(stranger);
  EXPECT_TRUE(answer.entries.empty() && answer.bundles.empty() && answer.end->heads.empty());
  EXPECT_FALSE(submit(live(stranger)).answered());
}

TEST_F(RelayPull, NeedsOnlyTheHashWhenNothingChanged) {
  apply(school, pull(school));
  SyncRequest idle;
  idle.relay_epoch = relay->epoch();
  idle.cursor_hash = school.cursors.hash();
  const Answer answer = send(sync(school, idle));
  EXPECT_FALSE(answer.hello->need_cursors);
  EXPECT_TRUE(answer.entries.empty() && answer.bundles.empty());
}

TEST_F(RelayPull, TakesCursorsThatChangedAndRemembersThemOverARestart) {
  pull(school);
  SyncRequest delta;
  delta.relay_epoch = relay->epoch();
  school.cursors.set(circle, 2);
  delta.cursors = {{circle, 2}};
  delta.cursor_hash = school.cursors.hash();
  EXPECT_EQ(send(sync(school, delta)).entries.size(), 1u);
  relay->tick();
  restart();
  delta.cursors.clear();
  EXPECT_EQ(send(sync(school, delta)).entries.size(), 1u);
}

TEST_F(RelayPull, AsksForAllCursorsWhenTheHashIsAnother) {
  SyncRequest wrong;
  wrong.relay_epoch = relay->epoch();
  wrong.cursor_hash = random_id<Sha256Digest>(world.random);
  wrong.bundles = {bundle(school, circle, BundlePlan{.index = 2})};
  const Answer answer = send(sync(school, wrong));
  EXPECT_TRUE(answer.hello->need_cursors);
  EXPECT_TRUE(answer.entries.empty()) << "nothing is read for a vector that is not known";
  EXPECT_EQ(answer.receipts.size(), 1u) << "but what was pushed is stored";
  EXPECT_FALSE(pull(school).hello->need_cursors);
}

TEST_F(RelayPull, AsksForAllCursorsUnderAnotherRelayEpoch) {
  SyncRequest other = request_of(school);
  other.relay_epoch = random_id<RelayEpoch>(world.random);
  const Answer answer = send(sync(school, other));
  EXPECT_TRUE(answer.hello->need_cursors);
  EXPECT_EQ(answer.hello->relay_epoch, relay->epoch());
}

TEST_F(RelayPull, CutsAnAnswerAtTheLimitAndSaysThatThereIsMore) {
  push_many(1, 6, 10'000);
  SyncRequest request = request_of(school);
  request.limit_bytes = 15'000;
  std::uint64_t expected = 1;
  int rounds = 0;
  for (bool more = true; more; ++rounds) {
    ASSERT_LT(rounds, 10);
    const Answer answer = send(sync(school, request));
    for (const EntryFrame& frame : answer.entries) EXPECT_EQ(frame.sequence, expected++);
    for (const BundleFrame& frame : answer.bundles) EXPECT_EQ(frame.sequence, expected++);
    more = answer.end->more;
    EXPECT_EQ(answer.end->heads,
              more ? (std::vector<CircleCursor>{{circle, 9}}) : std::vector<CircleCursor>());
    apply(school, answer);
    request.cursors = school.cursors.items();
    request.cursor_hash = school.cursors.hash();
  }
  EXPECT_EQ(expected, 10u);
  EXPECT_GT(rounds, 2);
}

TEST_F(RelayPull, AlwaysDeliversOneItemHoweverSmallTheLimit) {
  SyncRequest request = request_of(school);
  request.limit_bytes = 1;
  EXPECT_EQ(send(sync(school, request)).entries.size(), 1u);
}

TEST_F(RelayPull, ShowsADeviceThatTheRelayStandsBeforeIt) {
  school.cursors.set(circle, 40);
  EXPECT_EQ(pull(school).end->heads, (std::vector<CircleCursor>{{circle, 3}}));
}

TEST_F(RelayPull, ShowsADeviceWhatStandsInItsLogWhereTheDeviceRemembersSomethingElse) {
  const auto marks = [&](std::initializer_list<std::uint64_t> places) {
    std::vector<MarkedPlace> marked;
    for (const std::uint64_t place : places)
      marked.push_back({place, *storage.mark_at(circle, place).value()});
    return marked;
  };
  push_many(1, 3);
  apply(school, pull(school));
  SyncRequest request = request_of(school);
  MarksHasher remembered;
  remembered.add(circle, *storage.mark_at(circle, 6).value());
  request.marks_hash = remembered.finish();
  EXPECT_FALSE(send(sync(school, request)).places) << "the same log";

  const MarksHash other = random_id<MarksHash>(world.random);
  request.marks_hash = other;
  request.wants_earlier = true;
  EXPECT_EQ(send(sync(school, request)).places,
            (PlacesFrame{other, {{circle, *storage.mark_at(circle, 6).value(), marks({5, 4, 2})}}}));
  school.cursors.set(circle, 5);
  request = request_of(school);
  request.marks_hash = other;
  request.wants_earlier = true;
  EXPECT_EQ(send(sync(school, request)).places,
            (PlacesFrame{other, {{circle, *storage.mark_at(circle, 5).value(), marks({4, 3, 1})}}}));
  school.cursors.set(circle, 7);
  request = request_of(school);
  request.marks_hash = other;
  request.wants_earlier = true;
  EXPECT_EQ(send(sync(school, request)).places, (PlacesFrame{other, {{circle, {}, marks({6, 5, 3})}}}));
  EXPECT_EQ(relay->counters().logs_differed, 3u);
  EXPECT_FALSE(pull(school).places) << "it did not ask";
}

TEST_F(RelayPull, ShowsNobodyWhatStandsInALogThatIsNotTheirs) {
  push_many(1, 3);
  TestDevice stranger(world, "stranger");
  enrol(stranger);
  stranger.cursors.set(circle, 5);
  SyncRequest request = request_of(stranger);
  request.marks_hash = random_id<MarksHash>(world.random);
  request.wants_earlier = true;
  EXPECT_EQ(send(sync(stranger, request)).places, (PlacesFrame{*request.marks_hash, {{circle, {}, {}}}}));
}

// ---- Who may ask
// ----------------------------------------------------------------------------------------------------

TEST_F(RelayPull, RefusesADeviceItDoesNotKnow) {
  TestDevice unknown(world, "unknown");
  const Answer answer = pull(unknown);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.problem->reason, "unknown_device");
  enrol(unknown);
  EXPECT_EQ(pull(unknown).status, 200);
}

TEST_F(RelayPull, TellsTheTimeToADeviceWhoseClockIsWrong) {
  HttpRequest request =
      sync_request_message("POST", std::string(kSyncPath), encode_sync_request(request_of(school)));
  sign_request(request, school, clock.wall_ms() - 301'000, random_id<RequestNonce>(world.random));
  const Answer answer = send(request);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.problem->reason, "clock");
  EXPECT_EQ(answer.problem->time_ms, clock.wall_ms());
}

TEST_F(RelayPull, RefusesARequestThatWasSeenBefore) {
  const HttpRequest request = sync(school, request_of(school));
  EXPECT_EQ(send(request).status, 200);
  EXPECT_EQ(send(request).problem->reason, "replayed");
}

TEST_F(RelayPull, RefusesABodyThatWasChangedOnTheWay) {
  HttpRequest request = sync(school, request_of(school));
  request.body.push_back(0);
  EXPECT_EQ(send(request).problem->reason, "bad_signature");
}

TEST_F(RelayPull, RefusesABodyThatIsNoSyncRequest) {
  EXPECT_EQ(
      send(signed_request(school, sync_request_message("POST", std::string(kSyncPath), Bytes(20, 0xff))))
          .status,
      400);
}

TEST_F(RelayPull, RefusesAnExpiredCertificate) {
  clock.set_wall(circle_test::kNow + circle_test::kYearMs + 1000);
  EXPECT_EQ(pull(school).problem->reason, "expired");
}

TEST_F(RelayPull, RefusesACertificateOfAnotherRegistrarAndOneThatAnotherDeviceOffers) {
  circle_test::World elsewhere(99);
  const TestDevice foreign(elsewhere, "foreign");
  EXPECT_EQ(send(registration(foreign)).status, 403);
  TestDevice victim(world, "victim");
  HttpRequest stolen = registration(victim);
  sign_request(stolen, school, clock.wall_ms(), random_id<RequestNonce>(world.random));
  EXPECT_EQ(send(stolen).problem->reason, "bad_signature");
}

TEST_F(RelayPull, SlowsADeviceThatAsksTooOften) {
  limits.requests_burst = 3;
  limits.requests_per_second = 1;
  restart();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pull(school).status, 200);
  const Answer refused = pull(school);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.problem->reason, "too_often");
  ASSERT_TRUE(refused.retry_after);
  EXPECT_EQ(pull(coach).status, 200) << "others are not slowed";
  clock.advance(*refused.retry_after / std::chrono::milliseconds(1));
  EXPECT_EQ(pull(school).status, 200);
  EXPECT_EQ(relay->counters().rate_limited, 1u);
}

TEST_F(RelayPull, KnowsNoOtherRoutes) {
  EXPECT_EQ(send(signed_request(school, sync_request_message("POST", "/v1/other", {}))).status, 404);
  EXPECT_EQ(send(signed_request(school, sync_request_message("GET", std::string(kSyncPath), {}))).status,
            404);
}

// ---- A restored relay
// ------------------------------------------------------------------------------------------------

TEST_F(RelayPull, OffersNothingTwiceAndTakesBackWhatItLostAfterARestore) {
  const Bytes lost = bundle(coach, circle, 1, 1);
  testing_support::MemoryRelayStorage backup = std::move(storage);  // as it stood before the bundle
  {
    auto write = backup.begin();
    ASSERT_TRUE((*write)->renew_epoch(random_id<RelayEpoch>(world.random)));
    ASSERT_TRUE((*write)->commit());
  }
  const RelayEpoch before = relay->epoch();
  relay =
      std::move(*Relay::open({backup, *signer, clock, world.random}, world.registrar.public_key(), limits));
  EXPECT_NE(relay->epoch(), before);

  coach.cursors.set(circle, 4);  // has seen its receipt for the lost bundle
  SyncRequest old = request_of(coach);
  old.relay_epoch = before;
  EXPECT_TRUE(send(sync(coach, old)).hello->need_cursors);
  coach.cursors = {};
  const Answer refilled = push(coach, {lost});
  EXPECT_EQ(refilled.sequence(), 4u);
  EXPECT_EQ(refilled.proof->relay_epoch, relay->epoch());
  relay.reset();
}

}  // namespace
}  // namespace thuisbasis::relay_test
