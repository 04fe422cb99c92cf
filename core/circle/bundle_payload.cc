// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/bundle_payload.h"

#include "core/base/wire_bytes.h"
#include "core/circle/labelled.h"
#include "core/circle/labels.h"
#include "core/crypto/kdf.h"
#include "core/verify/messages.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kAuthorSize = DeviceId::kSize + InstanceId::kSize;

void set_seen(change::BundlePayload& payload, const Frontier& seen) {
  std::uint64_t index = 0;
  for (const auto& [author, number] : seen.numbers()) {
    std::string* bytes = payload.add_authors();
    bytes->append(as_text(author.device.view()));
    bytes->append(as_text(author.instance.view()));
    payload.add_seen(++index);
    payload.add_seen(number);
  }
}

Result<Frontier> read_seen(const change::BundlePayload& payload) {
  std::vector<Author> authors;
  for (const std::string& bytes : payload.authors()) {
    if (bytes.size() != kAuthorSize) return Error(Code::kMalformed, "bundle's author table");
    ByteReader reader(as_bytes(bytes));
    Author author;
    TB_TRY(author.device, reader.id<DeviceId>());
    TB_TRY(author.instance, reader.id<InstanceId>());
    authors.push_back(author);
  }
  if (payload.seen_size() % 2 != 0) return Error(Code::kMalformed, "bundle's frontier is not in pairs");
  Frontier seen;
  for (int i = 0; i < payload.seen_size(); i += 2) {
    const std::uint64_t index = payload.seen(i);
    if (index == 0 || index > authors.size())
      return Error(Code::kMalformed, "bundle's frontier names no author");
    seen.raise(authors[index - 1], payload.seen(i + 1));
  }
  return seen;
}

Status check_form(const BundleHeader& header, const change::BundlePayload& payload) {
  if (header.context != 0 || !payload.context_hash().empty())
    return Error(Code::kSchemaTooNew, "bundle with a compression context");
  if (payload.form() > kPackForm)
    return Error(Code::kSchemaTooNew, "bundle packed in form " + std::to_string(payload.form()));
  if (payload.form() != kPackForm)
    return Error(Code::kMalformed, "bundle that does not say how it is packed");
  return {};
}

Result<std::vector<UnpackedChange>> unpack(const BundleHeader& header, const change::BundlePayload& payload,
                                           TextExpander& expander) {
  TB_TRY(Bytes texts, expander.expand(as_bytes(payload.texts())));
  auto changes = unpack_changes(header.first, header.last - header.first + 1, as_bytes(payload.outline()),
                                as_bytes(payload.loose()), texts);
  wipe(texts);
  return changes;
}

Result<ChangeCommitment> commitment_of(const UnpackedChange& change, std::uint64_t number,
                                       const std::optional<SaltSeed>& seed) {
  if (change.commitment) return *change.commitment;
  if (change.salt) return commit_change(*change.salt, number, as_bytes(change.content));
  if (!seed) return Error(Code::kMalformed, "bundle without a salt seed");
  return commit_change(derive_salt(*seed, number), number, as_bytes(change.content));
}

}  // namespace

const ChainValue& ChainRun::step(const ChangeCommitment& commitment) {
  chain_ = chain_step(chain_, commitment);
  ++number_;
  return chain_;
}

ChangeSalt derive_salt(const SaltSeed& seed, std::uint64_t number) {
  const Wiped<SaltSeed::kSize> key(seed.view());
  ByteWriter message = labelled(label::kSalt);
  message.u64(number);
  return *ChangeSalt::from(hmac_sha256(key, message.view()).view().first(ChangeSalt::kSize));
}

std::vector<ChangeCommitment> commitments_of(const SealRequest& request) {
  std::vector<ChangeCommitment> commitments;
  commitments.reserve(request.changes.size());
  std::uint64_t number = request.first;
  for (const FrozenChange& change : request.changes) {
    commitments.push_back(change.withheld
                              ? *change.withheld
                              : commit_change(derive_salt(change.seed, number), number, change.bytes));
    ++number;
  }
  return commitments;
}

Result<Bytes> encode_payload(const SealRequest& request, std::size_t count, Outlines outlines,
                             TextCompressor& compressor) {
  std::optional<SaltSeed> seed;
  std::vector<CarriedChange> changes;
  changes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const FrozenChange& frozen = request.changes[i];
    CarriedChange& carried = changes.emplace_back();
    if (frozen.withheld) {
      carried.commitment = frozen.withheld;
      continue;
    }
    if (!seed) seed = frozen.seed;
    carried.bytes = frozen.bytes;
    if (frozen.seed != *seed) carried.salt = derive_salt(frozen.seed, request.first + i);
  }
  PackedChanges packed = pack_changes(request.first, changes, outlines);
  auto texts = compressor.compress(packed.texts);
  wipe(packed.texts);
  TB_TRY(Bytes frame, std::move(texts));
  change::BundlePayload payload;
  if (seed) payload.set_salt_seed(field_of(seed->view()));
  payload.set_form(kPackForm);
  payload.set_outline(field_of(packed.outline));
  payload.set_loose(field_of(packed.loose));
  payload.set_texts(field_of(frame));
  set_seen(payload, request.seen);
  if (request.digest) payload.set_state_digest(field_of(request.digest->view()));
  wipe(frame);
  return encode_message(payload);
}

Result<OpenedBundle> decode_payload(const BundleHeader& header, ByteView bytes, const ChainValue& previous,
                                    TextExpander& expander) {
  TB_TRY(const auto payload,
         parse_message<change::BundlePayload>(bytes, kBundleCiphertextMax, "bundle's content"));
  TB_CHECK(check_form(header, payload));
  OpenedBundle opened;
  if (!payload.salt_seed().empty()) {
    TB_TRY(opened.salt_seed, fixed_field<SaltSeed>(payload.salt_seed(), "bundle's salt seed"));
  }
  TB_TRY(std::vector<UnpackedChange> changes, unpack(header, payload, expander));
  opened.changes.reserve(changes.size());
  ChainRun run(previous, header.first);
  for (UnpackedChange& change : changes) {
    const std::uint64_t number = run.next_number();
    TB_TRY(const ChangeCommitment commitment, commitment_of(change, number, opened.salt_seed));
    opened.changes.push_back({number, std::move(change.content), change.commitment.has_value(),
                              change.commitment, run.step(commitment)});
  }
  if (run.value() != header.chain)
    return Error(Code::kBrokenChain, "bundle's changes do not lead to its chain value");
  TB_TRY(opened.seen, read_seen(payload));
  if (!payload.state_digest().empty()) {
    TB_TRY(opened.digest, fixed_field<StateDigest>(payload.state_digest(), "bundle's state digest"));
  }
  return opened;
}

}  // namespace thuisbasis
