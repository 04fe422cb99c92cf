// SPDX-License-Identifier: EUPL-1.2
#include "tests/attack/insider.h"

#include "core/crypto/aead.h"
#include "sync/wire/device_registration.h"
#include "thuisbasis/change.pb.h"
#include "thuisbasis/records.pb.h"

namespace thuisbasis::attack {

Bytes signed_bundle(BundleHeader header, ByteView ciphertext, const SigningKey& signing) {
  header.ciphertext_size = static_cast<std::uint32_t>(ciphertext.size());
  const auto header_bytes = encode_bundle_header(header);
  Bytes bundle = to_bytes(header_bytes);
  append(bundle, ciphertext);
  append(bundle, signing.sign(label::kBundle, bundle_signature_message(header_bytes, ciphertext)).view());
  return bundle;
}

Insider::Insider(DeviceIdentity identity, const TrustRoots& roots, Random& random)
    : random_(random),
      identity_(std::move(identity)),
      roots_(roots),
      circle_(identity_, roots),
      author_{identity_.device(), random_id<InstanceId>(random)},
      sealer_(random) {}

Bytes Insider::answer() const {
  return encode_enrolment_answer(
      {to_bytes(identity_.signed_certificate()), to_bytes(identity_.attributes())});
}

void Insider::read(RelayStorage& storage, const CircleId& circle) {
  circle_ = MemberCircle(identity_, roots_);
  ASSERT_TRUE(storage.read_since(circle, 0, [&](const LogItem& item) {
    if (item.kind == LogItem::Kind::kEntry) {
      EXPECT_TRUE(circle_.apply(item.body));
    }
    return true;
  }));
  if (head_.number == 0) head_ = {0, chain_start(circle, author_)};
}

std::string Insider::change_of(const RecordId& id, bool created, std::uint32_t field, const std::string& text,
                               WallMs at) const {
  change::Change change;
  change.set_number(head_.number + 1);
  change.set_time(static_cast<std::uint64_t>(at) << 16);
  change::RecordChange& record = *change.add_records();
  record.set_record(field_of(id.view()));
  record.set_kind(records::Goal::descriptor()->options().GetExtension(rules::kind));
  record.set_created(created);
  change::Operation& operation = *record.add_operations();
  const auto* its_field = records::Goal::descriptor()->FindFieldByNumber(static_cast<int>(field));
  const rules::MergeRule rule = its_field->options().GetExtension(rules::rule);
  operation.set_field(field);
  operation.set_rule(rule == rules::MERGE_RULE_UNSPECIFIED ? rules::REGISTER : rule);
  operation.set_data(text);
  return change.SerializeAsString();
}

std::string Insider::goal(const RecordId& id, const std::string& statement, WallMs at) {
  return change_of(id, true, records::Goal::kStatementFieldNumber, statement, at);
}

std::string Insider::reason(const RecordId& id, const std::string& why, WallMs at) {
  return change_of(id, false, records::Goal::kWhyFieldNumber, why, at);
}

Bytes Insider::seal(const std::vector<std::string>& changes, const SealPlan& plan) {
  const SaltSeed seed = random_id<SaltSeed>(random_);
  std::vector<FrozenChange> frozen;
  for (const std::string& change : changes) frozen.push_back({as_bytes(change), seed, {}});
  SealRequest request;
  request.author = author_;
  request.first = plan.first.value_or(head_.number + 1);
  request.previous = plan.previous.value_or(head_.chain);
  request.changes = frozen;
  request.membership_index = circle_.log().size() - 1;
  request.membership_hash = circle_.log().head();
  request.signed_time = plan.signed_time.value_or(circle_test::kNow);
  const SealedRange range = *sealer_.seal(request, key(), signing());
  head_ = {range.last, range.chain};
  return range.bundle;
}

Bytes Insider::told_otherwise(const Bytes& bundle, const std::function<void(BundleHeader&)>& change) const {
  const SealedBundle parts = *parse_bundle(bundle);
  const Bytes plaintext =
      *Xaes(key().sender_key(parts.header.author))
           .open(*XaesNonce::from(parts.header.nonce.view()), parts.ciphertext, parts.header_bytes);
  BundleHeader header = parts.header;
  change(header);
  const Bytes ciphertext =
      *Xaes(key().sender_key(header.author))
           .seal(*XaesNonce::from(header.nonce.view()), plaintext, encode_bundle_header(header));
  return signed_bundle(header, ciphertext, signing());
}

void Insider::begin_instance() {
  author_.instance = random_id<InstanceId>(random_);
  head_ = {0, chain_start(circle_.log().circle(), author_)};
}

HttpRequest Insider::signed_request(std::string_view path, Bytes body, WallMs now) const {
  HttpRequest request = sync_request_message("POST", std::string(path), std::move(body));
  sign_request(request, *this, now, random_id<RequestNonce>(random_));
  return request;
}

std::vector<SyncFrame> Insider::push(LoopbackRelay& relay, Clock& clock, std::vector<MembershipPush> entries,
                                     std::vector<Bytes> bundles) {
  if (!std::exchange(registered_, true)) {
    const Bytes body = encode_device_registration(identity_.signed_certificate());
    EXPECT_EQ(relay.exchange(signed_request(kDevicePath, body, clock.wall_ms()), false)->status, 200);
  }
  SyncRequest request;
  request.relay_epoch = relay.relay().epoch();
  request.all_cursors = true;
  request.cursor_hash = CursorVector().hash();
  request.membership = std::move(entries);
  request.bundles = std::move(bundles);
  const auto answer =
      relay.exchange(signed_request(kSyncPath, encode_sync_request(request), clock.wall_ms()), false);
  EXPECT_TRUE(answer);
  return answer ? frames_of(answer->body) : std::vector<SyncFrame>();
}

}  // namespace thuisbasis::attack
