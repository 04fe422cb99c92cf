// SPDX-License-Identifier: EUPL-1.2
#include "sync/client/answer.h"

#include "core/base/wire_bytes.h"

namespace thuisbasis {
namespace {

/// Committed at once: small enough that a cut loses little, large enough that a new tablet is not all fsync.
constexpr std::size_t kBatchBytes = std::size_t{512} << 10;

/// The proof as it is kept with the receipts it covers: enough to verify them again years later.
Bytes encode_proof(const ReceiptsFrame& frame) {
  ByteWriter writer;
  writer.raw(frame.proof.relay_epoch.view());
  writer.u64(static_cast<std::uint64_t>(frame.proof.time));
  writer.varint(frame.proof.leaf_index);
  writer.varint(frame.proof.leaf_count);
  writer.varint(frame.proof.path.size());
  for (const Sha256Digest& sibling : frame.proof.path) writer.raw(sibling.view());
  writer.raw(frame.proof.signature.view());
  writer.varint(frame.receipts.size());
  for (const Receipt& receipt : frame.receipts) writer.sized(receipt_leaf(receipt));
  return writer.take();
}

std::optional<Refused::Reason> checked(RefusalReason reason) {
  const auto number = static_cast<std::uint32_t>(reason);
  if (number < 1 || number > static_cast<std::uint32_t>(Refused::Reason::kCutOff)) return std::nullopt;
  return static_cast<Refused::Reason>(number);
}

}  // namespace

Status AnswerReader::read(ByteView body, AnswerEffect& effect) {
  FrameReader reader(body);
  std::optional<Error> cut;
  for (;;) {
    auto frame = reader.next();
    if (!frame) {
      cut = std::move(frame.error());
      break;
    }
    if (!*frame) break;
    TB_CHECK(std::visit([&](auto& one) { return take(one, effect); }, **frame));
  }
  TB_CHECK(commit_batch());
  TB_TRY(effect.hear_again, port_.refused(refusals_, relay_time_.now()));
  if (cut) return std::move(*cut);
  if (!relay_epoch_) return Error(Code::kProtocol, "the relay's answer does not begin with a greeting");
  return {};
}

Status AnswerReader::take(HelloFrame& hello, AnswerEffect& effect) {
  effect.new_relay_epoch = known_.epoch.has_value() && *known_.epoch != hello.relay_epoch;
  const bool is_as_known = known_.epoch == hello.relay_epoch && known_.receipt_key == hello.receipt_key;
  if (!is_as_known) TB_CHECK(port_.met_relay(hello.relay_epoch, hello.receipt_key));
  relay_time_.heard(hello.time_ms);
  relay_epoch_ = hello.relay_epoch;
  receipt_key_ = hello.receipt_key;
  effect.need_cursors = hello.need_cursors;
  const bool took_vector = vector_ != nullptr && !effect.new_relay_epoch && !hello.need_cursors;
  return took_vector ? port_.told(*vector_) : Status();
}

Status AnswerReader::take(ReceiptsFrame& receipts, AnswerEffect& effect) {
  if (!receipt_key_) return Error(Code::kProtocol, "receipts before the greeting");
  if (receipts.proof.relay_epoch != relay_epoch_)
    return Error(Code::kProtocol, "receipts of another relay epoch than the greeting's");
  TB_CHECK(verify_receipts(receipts.receipts, receipts.proof, *receipt_key_));
  TB_TRY(const std::size_t known, port_.confirmed(receipts.receipts, encode_proof(receipts)));
  effect.confirmed += known;
  return {};
}

Status AnswerReader::take(RefusalFrame& refusal, AnswerEffect& effect) {
  const auto reason = checked(refusal.reason);
  if (!reason) {  // of a later version: counts, and waits for a program that knows it
    ++effect.refused;
    return {};
  }
  refusals_.push_back({*reason, refusal.circle, refusal.author, refusal.first, refusal.last, refusal.expected,
                       refusal.membership_index});
  if (!effect.first_refusal) effect.first_refusal = refusals_.back();
  ++effect.refused;
  return {};
}

Status AnswerReader::take(EntryFrame& entry, AnswerEffect& effect) {
  return keep(entry.circle, entry.sequence, true, std::move(entry.signed_entry), effect);
}

Status AnswerReader::take(BundleFrame& bundle, AnswerEffect& effect) {
  return keep(bundle.circle, bundle.sequence, false, std::move(bundle.bundle), effect);
}

Status AnswerReader::take(EndFrame& end, AnswerEffect& effect) {
  effect.more = end.more;
  return {};
}

Status AnswerReader::take(PlacesFrame& places, AnswerEffect& effect) {
  if (!relay_epoch_) return Error(Code::kProtocol, "places before the greeting");
  if (effect.new_relay_epoch || places.marks_hash != marks_hash_) return {};  // says nothing about now
  std::vector<LogPlaceAtRelay> at_relay;
  at_relay.reserve(places.places.size());
  for (LogPlace& place : places.places)
    at_relay.push_back({place.circle, place.mark, std::move(place.earlier)});
  TB_TRY(effect.relay_went_back, port_.logs_differ(at_relay));
  marks_hash_.reset();
  return {};
}

Status AnswerReader::keep(const CircleId& circle, std::uint64_t sequence, bool is_entry, Bytes bytes,
                          AnswerEffect& effect) {
  if (!relay_epoch_) return Error(Code::kProtocol, "news before the greeting");
  if (sequence == 0) return Error(Code::kProtocol, "news without a place");
  batch_bytes_ += bytes.size();
  batch_.push_back({circle, sequence, is_entry, std::move(bytes)});
  ++effect.arrived;
  return batch_bytes_ >= kBatchBytes ? commit_batch() : Status();
}

Status AnswerReader::commit_batch() {
  std::vector<Arrival> arrivals;
  arrivals.reserve(batch_.size());
  for (const Kept& kept : batch_) arrivals.push_back({kept.circle, kept.sequence, kept.is_entry, kept.bytes});
  TB_CHECK(port_.arrived(arrivals));
  batch_.clear();
  batch_bytes_ = 0;
  return {};
}

}  // namespace thuisbasis
