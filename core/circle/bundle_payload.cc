// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/bundle_payload.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>

#include "core/base/wire_bytes.h"
#include "core/circle/labelled.h"
#include "core/circle/labels.h"
#include "core/crypto/kdf.h"
#include "core/verify/messages.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis {
namespace {

/// Changes, authors and the few single fields.
constexpr std::uint64_t kPayloadItemsMax = 2 * kBundleChangesMax;
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

/// Parsing takes far more memory than an empty change has bytes, so what is in a payload is counted first.
Status check_counts(ByteView bytes) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream input(bytes.data(), static_cast<int>(bytes.size()));
  std::uint64_t items = 0;
  for (std::uint32_t tag = input.ReadTag(); tag != 0; tag = input.ReadTag()) {
    if (WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED &&
        ++items > kPayloadItemsMax)
      return Error(Code::kTooLarge, "bundle holds too many items");
    if (!WireFormatLite::SkipField(&input, tag))
      return Error(Code::kMalformed, "bundle's content is not a message");
  }
  return {};
}

Status check_whole(const BundleHeader& header, const change::BundlePayload& payload) {
  if (header.context != 0 || !payload.context_hash().empty())
    return Error(Code::kSchemaTooNew, "bundle with a compression context");
  if (static_cast<std::uint64_t>(payload.changes_size()) != header.last - header.first + 1)
    return Error(Code::kMalformed, "bundle holds another number of changes than its header says");
  return {};
}

Result<ChangeCommitment> commitment_in(const change::SealedChange& change, std::uint64_t number,
                                       const std::optional<SaltSeed>& seed, SaltSource& salts) {
  if (change.content_case() == change::SealedChange::kCommitment)
    return fixed_field<ChangeCommitment>(change.commitment(), "withheld change");
  if (change.content_case() != change::SealedChange::kChange)
    return Error(Code::kMalformed, "bundle with an empty change");
  if (!change.salt().empty()) {
    TB_TRY(const auto salt, fixed_field<ChangeSalt>(change.salt(), "change's salt"));
    return commit_change(salt, number, as_bytes(change.change()));
  }
  if (!seed) return Error(Code::kMalformed, "bundle without a salt seed");
  return commit_change(salts.salt(*seed, number), number, as_bytes(change.change()));
}

}  // namespace

const ChainValue& ChainRun::step(const ChangeCommitment& commitment) {
  chain_ = chain_step(chain_, commitment);
  ++number_;
  return chain_;
}

ChangeSalt SaltSource::salt(const SaltSeed& seed, std::uint64_t number) {
  if (key_.empty() || seed != seed_) {
    seed_ = seed;
    key_ = Secret::copy_of(seed.view());
  }
  ByteWriter message = labelled(label::kSalt);
  message.u64(number);
  return *ChangeSalt::from(hmac_sha256(key_, message.view()).view().first(ChangeSalt::kSize));
}

ChangeSalt derive_salt(const SaltSeed& seed, std::uint64_t number) { return SaltSource().salt(seed, number); }

std::vector<ChangeCommitment> commitments_of(const SealRequest& request) {
  std::vector<ChangeCommitment> commitments;
  commitments.reserve(request.changes.size());
  SaltSource salts;
  std::uint64_t number = request.first;
  for (const FrozenChange& change : request.changes) {
    commitments.push_back(change.withheld
                              ? *change.withheld
                              : commit_change(salts.salt(change.seed, number), number, change.bytes));
    ++number;
  }
  return commitments;
}

Bytes encode_payload(const SealRequest& request, std::size_t count) {
  change::BundlePayload payload;
  SaltSource salts;
  std::optional<SaltSeed> seed;
  for (std::size_t i = 0; i < count; ++i) {
    const FrozenChange& frozen = request.changes[i];
    change::SealedChange& sealed = *payload.add_changes();
    if (frozen.withheld) {
      sealed.set_commitment(field_of(frozen.withheld->view()));
      continue;
    }
    if (!seed) seed = frozen.seed;
    sealed.set_change(field_of(frozen.bytes));
    if (frozen.seed != *seed) sealed.set_salt(field_of(salts.salt(frozen.seed, request.first + i).view()));
  }
  if (seed) payload.set_salt_seed(field_of(seed->view()));
  set_seen(payload, request.seen);
  if (request.digest) payload.set_state_digest(field_of(request.digest->view()));
  return encode_message(payload);
}

Result<OpenedBundle> decode_payload(const BundleHeader& header, ByteView bytes, const ChainValue& previous) {
  TB_CHECK(check_counts(bytes));
  TB_TRY(auto payload, parse_message<change::BundlePayload>(bytes, kPayloadBytesMax, "bundle's content"));
  TB_CHECK(check_whole(header, payload));
  std::optional<SaltSeed> seed;
  if (!payload.salt_seed().empty()) {
    TB_TRY(seed, fixed_field<SaltSeed>(payload.salt_seed(), "bundle's salt seed"));
  }
  OpenedBundle opened;
  opened.salt_seed = seed;
  opened.changes.reserve(static_cast<std::size_t>(payload.changes_size()));
  ChainRun run(previous, header.first);
  SaltSource salts;
  for (change::SealedChange& change : *payload.mutable_changes()) {
    const std::uint64_t number = run.next_number();
    TB_TRY(const ChangeCommitment commitment, commitment_in(change, number, seed, salts));
    const bool withheld = change.content_case() == change::SealedChange::kCommitment;
    opened.changes.push_back({number, withheld ? std::string() : std::move(*change.mutable_change()),
                              withheld, withheld ? std::optional(commitment) : std::nullopt,
                              run.step(commitment)});
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
