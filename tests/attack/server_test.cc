// SPDX-License-Identifier: EUPL-1.2
// Row G of the checklist: who may read, what answers tell, and who may fill it; against the whole relay.
#include "tests/attack/relay_attack.h"

namespace thuisbasis::attack {
namespace {

/// Named as ctest shall list it.
using attack_G = RelayAttack;

bool holds(const Bytes& where, ByteView what) {
  return std::search(where.begin(), where.end(), what.begin(), what.end()) != where.end();
}

/// The raw answer to a request.
class Heard final : public RelayResponder {
 public:
  explicit Heard(HttpResponse& response) : response_(response) {}
  void answer(HttpResponse response) override { response_ = std::move(response); }
  bool is_gone() const override { return false; }

 private:
  HttpResponse& response_;
};

HttpResponse heard(Relay& relay, HttpRequest request) {
  HttpResponse response;
  response.status = 0;
  relay.submit(std::move(request), std::make_unique<Heard>(response));
  while (relay.has_pending()) relay.flush();
  return response;
}

/// A circle's ciphertext goes to its members: not to who brings no signature, another's, one over something
/// else, or only its own.
TEST_F(attack_G, G_NobodyReadsACircleThatIsNotTheirs) {
  const Bytes sealed = bundle(coach, circle, 1, 1);
  ASSERT_EQ(push(coach, {sealed}).receipts.size(), 1U);
  const ByteView ciphertext = parse_bundle(sealed)->ciphertext;
  SyncRequest wanted = request_of(stranger);
  wanted.cursors = {{circle, 1}};
  stranger.cursors.set(circle, 1);
  wanted.cursor_hash = stranger.cursors.hash();
  const HttpRequest plain = sync_request_message("POST", std::string(kSyncPath), encode_sync_request(wanted));
  const TestDevice nobody(world, "nobody");
  struct AsCoach final : RequestSigner {
    AsCoach(const TestDevice& its_keys, const DeviceId& its_id) : keys(its_keys), id(its_id) {}
    DeviceId device() const override { return id; }
    Signature sign_raw(ByteView message) const override { return keys.sign_raw(message); }
    const TestDevice& keys;
    DeviceId id;
  };
  HttpRequest as_coach = plain;
  sign_request(as_coach, AsCoach(stranger, coach.device()), clock.wall_ms(),
               random_id<RequestNonce>(world.random));
  HttpRequest other_body = sync(coach, request_of(coach));
  other_body.body = plain.body;
  HttpRequest other_digest = other_body;
  other_digest.headers.set("content-digest", content_digest(plain.body));
  HttpRequest other_path = live(coach, 0);
  other_path.target = kSyncPath;
  other_path.method = "POST";
  struct Attempt {
    const char* what;
    HttpRequest request;
    bool is_own_name = false;  ///< answered, with what is its own
  };
  const std::vector<Attempt> attempts{
      {"unsigned", plain},
      {"not registered", signed_request(nobody, plain)},
      {"no member", signed_request(stranger, plain), true},
      {"another's name", as_coach},
      {"another body", other_body},
      {"another body and digest", other_digest},
      {"another path", other_path},
      {"no member, live", live(stranger, 0), true},
  };
  for (const Attempt& attempt : attempts) {
    SCOPED_TRACE(attempt.what);
    const HttpResponse response = heard(*relay, attempt.request);
    EXPECT_EQ(response.status == 200, attempt.is_own_name) << response.status;
    EXPECT_FALSE(holds(response.body, ciphertext));
    EXPECT_FALSE(holds(response.body, founded->log[0].signed_entry));
  }
  EXPECT_TRUE(holds(heard(*relay, sync(school, request_of(school))).body, ciphertext)) << "the control";
}

/// What is not there and what is not yours are told in the same bytes. (Founding a circle under an id that is
/// taken fails, so the id is 16 random bytes; and who brings an entry byte for byte knows it already.)
TEST_F(attack_G, G_NoSuchCircleAndNotYoursSoundAlike) {
  ASSERT_EQ(push(coach, {bundle(coach, circle, 1, 1)}).receipts.size(), 1U);
  const CircleId nowhere = random_id<CircleId>(world.random);
  const Bytes admission =
      admit_device(
          founded->circle,
          {stranger.identity.signed_certificate(), stranger.identity.attributes(), true, {}, Rank::kMember},
          clock.wall_ms(), world.random)
          ->signed_entry;
  const auto without_id = [&](HttpResponse response, const CircleId& id) {
    const ByteView what = id.view();
    for (auto at = response.body.begin();
         (at = std::search(at, response.body.end(), what.begin(), what.end())) != response.body.end();)
      std::fill(at, at + 16, Byte{0});
    return std::pair(response.status, response.body);
  };
  const auto told = [&](const CircleId& id, const std::function<void(SyncRequest&, const CircleId&)>& ask) {
    SyncRequest request = request_of(stranger);
    ask(request, id);
    CursorVector cursors;
    for (const CircleCursor& one : request.cursors) cursors.set(one.circle, one.sequence);
    request.cursor_hash = cursors.hash();
    return without_id(heard(*relay, sync(stranger, request)), id);
  };
  const auto forged_at = [&](std::uint32_t index, const CircleId& id) {
    return circle_test::forged(admission, stranger.identity.signing(), [&](membership::Entry& entry) {
      entry.set_index(index);
      entry.set_circle(field_of(id.view()));
      entry.set_author(field_of(stranger.device().view()));
    });
  };
  MarksHash marks = random_id<MarksHash>(world.random);
  const std::vector<std::function<void(SyncRequest&, const CircleId&)>> questions{
      [](SyncRequest& request, const CircleId& id) {
        request.cursors = {{id, 2}};
      },
      [&](SyncRequest& request, const CircleId& id) {
        request.cursors = {{id, 2}};
        request.marks_hash = marks;
        request.wants_earlier = true;
      },
      [&](SyncRequest& request, const CircleId& id) {
        BundlePlan plan;
        plan.entry = Sha256Digest{};
        request.bundles = {bundle(stranger, id, plan)};
      },
      [&](SyncRequest& request, const CircleId& id) {  // in a member's name
        TestDevice thief(world, "thief");
        thief.author = coach.author;
        BundlePlan plan;
        plan.entry = Sha256Digest{};
        request.bundles = {bundle(thief, id, plan)};
      },
      [&](SyncRequest& request, const CircleId& id) {
        request.membership = {{forged_at(1, id), {}, false}};
      },
      [&](SyncRequest& request, const CircleId& id) {
        request.membership = {{forged_at(3, id), {}, false}};
      },
      [&](SyncRequest& request, const CircleId& id) {
        request.membership = {{forged_at(9, id), {}, true}};
      },
  };
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto not_yours = told(circle, questions[i]);
    const auto not_there = told(nowhere, questions[i]);
    EXPECT_EQ(not_yours.first, not_there.first) << i;
    EXPECT_EQ(not_yours.second, not_there.second) << i;
    EXPECT_EQ(not_yours.first, 200) << i;
  }
  SyncRequest mine = request_of(stranger);
  mine.membership = {{forged_at(3, circle), {}, false}};
  EXPECT_EQ(send(sync(stranger, mine)).refusal(), RefusalReason::kUnknownCircle);
}

/// One member fills its circle. Others of that circle may still take it out, and no other circle is touched.
TEST_F(attack_G, G_WhoFillsACircleFillsThatCircleOnly) {
  const auto other = found(coach, {});
  limits.circle_bytes_max = storage.circle(circle)->value().bytes + 40'000;
  restart();
  std::uint64_t number = 0;
  RefusalReason refusal = RefusalReason::kUnspecified;
  while (refusal == RefusalReason::kUnspecified && number < 1'000) {
    ++number;
    BundlePlan plan{.first = number, .last = number, .index = 2};
    plan.ciphertext = 4'000;
    refusal = push(school, {bundle(school, circle, plan)}).refusal();
  }
  EXPECT_EQ(refusal, RefusalReason::kQuota);
  EXPECT_LE(storage.circle(circle)->value().bytes, limits.circle_bytes_max);
  const CircleId untouched = other->circle.log().circle();
  EXPECT_EQ(push(coach, {bundle(coach, untouched, 1, 1)}).receipts.size(), 1U);
  EXPECT_EQ(push(coach, {bundle(coach, circle, BundlePlan{.index = 2, .ciphertext = 9'000})}).refusal(),
            RefusalReason::kQuota)
      << "nobody's turn is kept free";
  const ChainPoint end{number - 1, test_chain(circle, school.author, number - 1)};
  const Removal removal{{{school.device(), {{school.author.instance, end}}}}};
  const NewEntry out = *remove_devices(founded->circle, removal, clock.wall_ms(), world.random);
  EXPECT_EQ(push_entries(coach, {out}).receipts.size(), 1U);
}

/// One device that asks without end is slowed down, and nobody else; nor can it take all instances or
/// circles.
TEST_F(attack_G, G_WhoAsksWithoutEndSlowsItselfDownOnly) {
  limits.requests_per_second = 10;
  limits.requests_burst = 20;
  limits.circles_per_device_max = 3;
  restart();
  int refused = 0;
  for (int i = 0; i < 100; ++i)
    if (pull(school).status == 429) ++refused;
  EXPECT_EQ(refused, 80);
  EXPECT_EQ(pull(coach).status, 200);
  clock.advance(60'000);
  std::size_t founded_by_stranger = 0;
  for (int i = 0; i < 5; ++i) {
    const circle_test::Founded own(world, stranger.identity);
    founded_by_stranger += push_entries(stranger, own.log).receipts.size() / 2;
  }
  EXPECT_EQ(founded_by_stranger, 3U);
  clock.advance(60'000);
  std::vector<Bytes> first_ones;
  for (std::size_t i = 0; i < kCutOffsMax + 5; ++i) {
    school.author.instance = random_id<InstanceId>(world.random);
    first_ones.push_back(bundle(school, circle, BundlePlan{.index = 2}));
  }
  const Answer answer = push(school, first_ones);
  EXPECT_EQ(answer.receipts.size(), kCutOffsMax);
  EXPECT_EQ(answer.refusals.size(), 5U);
  EXPECT_EQ(answer.refusal(), RefusalReason::kQuota);
}

}  // namespace
}  // namespace thuisbasis::attack
