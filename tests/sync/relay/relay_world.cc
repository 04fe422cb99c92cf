// SPDX-License-Identifier: EUPL-1.2
#include "tests/sync/relay/relay_world.h"

#include "core/verify/hash.h"
#include "sync/wire/device_registration.h"

namespace thuisbasis::relay_test {
namespace {

class TestSigner final : public ReceiptSigner {
 public:
  explicit TestSigner(Random& random) : key_(SigningKey::generate(random)) {}
  VerifyKey public_key() const override { return key_.public_key(); }
  Signature sign(std::string_view label, ByteView message) const override {
    return key_.sign(label, message);
  }

 private:
  SigningKey key_;
};

void take(Answer& answer, SyncFrame frame) {
  if (auto* hello = std::get_if<HelloFrame>(&frame)) answer.hello = *hello;
  if (auto* refusal = std::get_if<RefusalFrame>(&frame)) answer.refusals.push_back(*refusal);
  if (auto* entry = std::get_if<EntryFrame>(&frame)) answer.entries.push_back(*entry);
  if (auto* bundle = std::get_if<BundleFrame>(&frame)) answer.bundles.push_back(*bundle);
  if (auto* places = std::get_if<PlacesFrame>(&frame)) answer.places = *places;
  if (auto* end = std::get_if<EndFrame>(&frame)) answer.end = *end;
  if (auto* receipts = std::get_if<ReceiptsFrame>(&frame)) {
    EXPECT_TRUE(answer.hello.has_value());
    EXPECT_TRUE(verify_receipts(receipts->receipts, receipts->proof, answer.hello->receipt_key));
    answer.receipts = receipts->receipts;
    answer.proof = receipts->proof;
  }
}

}  // namespace

class Call::Slot final : public RelayResponder {
 public:
  explicit Slot(std::shared_ptr<State> state) : state_(std::move(state)) {}
  void answer(HttpResponse response) override {
    EXPECT_EQ(++state_->answers, 1) << "a request is answered once";
    state_->answer = std::move(response);
  }
  bool is_gone() const override { return state_->gone; }

 private:
  std::shared_ptr<State> state_;
};

std::unique_ptr<RelayResponder> Call::responder() const { return std::make_unique<Slot>(state_); }

Answer Call::answer() const {
  Answer answer;
  EXPECT_TRUE(answered());
  if (!answered()) return answer;
  answer.status = state_->answer->status;
  answer.problem = read_problem(*state_->answer);
  answer.retry_after = thuisbasis::retry_after(state_->answer->headers);
  if (answer.status != 200) return answer;
  FrameReader reader(state_->answer->body);
  for (;;) {
    auto frame = reader.next();
    EXPECT_TRUE(frame);
    if (!frame || !*frame) break;
    take(answer, std::move(**frame));
  }
  EXPECT_TRUE(answer.hello && answer.end) << "an answer is whole";
  return answer;
}

RelayWorld::RelayWorld()
    : storage(random_id<RelayEpoch>(world.random)), signer(std::make_unique<TestSigner>(world.random)) {
  restart();
}

void RelayWorld::restart() {
  relay.reset();
  relay = std::move(
      Relay::open({storage, *signer, clock, world.random}, world.registrar.public_key(), limits).value());
}

HttpRequest RelayWorld::signed_request(const TestDevice& device, HttpRequest request) {
  sign_request(request, device, clock.wall_ms(), random_id<RequestNonce>(world.random));
  return request;
}

Call RelayWorld::submit(HttpRequest request) {
  Call call;
  relay->submit(std::move(request), call.responder());
  return call;
}

Answer RelayWorld::send(HttpRequest request) {
  const Call call = submit(std::move(request));
  relay->flush();
  return call.answer();
}

HttpRequest RelayWorld::registration(const TestDevice& device) {
  const Bytes body = encode_device_registration(device.identity.signed_certificate());
  return signed_request(device, sync_request_message("POST", std::string(kDevicePath), body));
}

void RelayWorld::enrol(const TestDevice& device) { ASSERT_EQ(send(registration(device)).status, 200); }

HttpRequest RelayWorld::sync(const TestDevice& device, const SyncRequest& request) {
  return signed_request(device,
                        sync_request_message("POST", std::string(kSyncPath), encode_sync_request(request)));
}

SyncRequest RelayWorld::request_of(const TestDevice& device) const {
  SyncRequest request;
  request.relay_epoch = relay->epoch();
  request.all_cursors = true;
  request.cursors = device.cursors.items();
  request.cursor_hash = device.cursors.hash();
  return request;
}

SyncRequest RelayWorld::push_of(const TestDevice& device, std::vector<Bytes> bundles) const {
  SyncRequest request = request_of(device);
  request.bundles = std::move(bundles);
  return request;
}

HttpRequest RelayWorld::live(const TestDevice& device, std::uint32_t wait_ms) {
  const LiveQuery query{relay->epoch(), device.cursors.hash(), wait_ms};
  return signed_request(device, sync_request_message("GET", live_target(query), {}));
}

std::unique_ptr<circle_test::Founded> RelayWorld::found(const TestDevice& founder,
                                                        std::vector<const TestDevice*> others) {
  auto circle = std::make_unique<circle_test::Founded>(world, founder.identity);
  for (const TestDevice* other : others) circle->admit(world, other->identity);
  const Answer answer = push_entries(founder, circle->log);
  EXPECT_EQ(answer.receipts.size(), circle->log.size());
  return circle;
}

Answer RelayWorld::push_entries(const TestDevice& device, const std::vector<NewEntry>& entries) {
  SyncRequest request = request_of(device);
  for (const NewEntry& entry : entries)
    request.membership.push_back({entry.signed_entry, entry.archive_wrap});
  return send(sync(device, request));
}

ChainValue RelayWorld::test_chain(const CircleId& circle, const Author& author, std::uint64_t number) {
  if (number == 0) return chain_start(circle, author);
  const Sha256Digest digest = Sha256("test-chain").add(author.instance.view()).add_u64(number).finish();
  return *ChainValue::from(digest.view());
}

Bytes RelayWorld::bundle(const TestDevice& device, const CircleId& circle, const BundlePlan& plan) {
  Bytes ciphertext(plan.ciphertext);
  world.random.fill(ciphertext);
  BundleHeader header;
  header.circle = circle;
  header.epoch = plan.epoch;
  header.author = device.author;
  header.first = plan.first;
  header.last = plan.last;
  header.previous = plan.previous.value_or(test_chain(circle, device.author, plan.first - 1));
  header.chain = plan.chain.value_or(test_chain(circle, device.author, plan.last));
  header.membership_index = plan.index;
  const auto stored = storage.entry(circle, plan.index).value();
  if (stored) header.membership_hash = parse_entry_place(stored->signed_entry)->hash;
  if (plan.entry) header.membership_hash = *plan.entry;
  header.signed_time = plan.signed_time;
  header.nonce = random_id<BundleNonce>(world.random);
  header.ciphertext_size = static_cast<std::uint32_t>(ciphertext.size());
  const auto header_bytes = encode_bundle_header(header);
  Bytes bytes = to_bytes(header_bytes);
  append(bytes, ciphertext);
  append(bytes, device.identity.signing()
                    .sign(label::kBundle, bundle_signature_message(header_bytes, ciphertext))
                    .view());
  return bytes;
}

void RelayWorld::apply(TestDevice& device, const Answer& answer) {
  const auto raise = [&](const CircleId& circle, std::uint64_t sequence) {
    if (sequence > device.cursors.at(circle)) device.cursors.set(circle, sequence);
  };
  for (const Receipt& receipt : answer.receipts)
    std::visit([&](const auto& what) { raise(what.circle, what.sequence); }, receipt);
  for (const EntryFrame& entry : answer.entries) raise(entry.circle, entry.sequence);
  for (const BundleFrame& bundle : answer.bundles) raise(bundle.circle, bundle.sequence);
}

}  // namespace thuisbasis::relay_test
