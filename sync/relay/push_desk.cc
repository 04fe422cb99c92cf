// SPDX-License-Identifier: EUPL-1.2
#include "sync/relay/push_desk.h"

#include <algorithm>

#include "core/base/planted_bug.h"

namespace thuisbasis {
namespace {

/// What a device is told about an item that failed a check of core/verify.
RefusalReason reason_of(Code code, RefusalReason otherwise) {
  switch (code) {
    case Code::kTooLarge:
      return RefusalReason::kTooLarge;
    case Code::kMalformed:
      return RefusalReason::kMalformed;
    case Code::kUnknownSuite:
      return RefusalReason::kUnknownSuite;
    case Code::kBadSignature:
      return RefusalReason::kBadSignature;
    case Code::kNotMember:
      return RefusalReason::kNotMember;
    case Code::kStaleEpoch:
      return RefusalReason::kStaleEpoch;
    case Code::kStaleLog:
    case Code::kMissingDependency:
      return RefusalReason::kStaleLog;
    default:
      return otherwise;
  }
}

PushOutcome refused(RefusalFrame refusal, RefusalReason reason) {
  refusal.reason = reason;
  return {.answer = refusal, .stored = false};
}

PushOutcome receipted(Receipt receipt, bool stored) {
  return {.answer = std::move(receipt), .stored = stored};
}

RefusalFrame refusal_of(const EntryPlace& place) {
  RefusalFrame refusal;
  refusal.circle = place.circle;
  refusal.membership_index = place.index;
  return refusal;
}

RefusalFrame refusal_of(const BundleHeader& header) {
  RefusalFrame refusal;
  refusal.circle = header.circle;
  refusal.author = header.author;
  refusal.first = header.first;
  refusal.last = header.last;
  refusal.membership_index = header.membership_index;
  return refusal;
}

/// A full circle still removes a member, and begins the key of those who stay when one has left.
bool is_always_wanted(const EntryPlace& place, const MembershipLog* log) {
  const auto type = static_cast<EntryType>(place.type);
  return type == EntryType::kRemove ||
         (type == EntryType::kRotate && log != nullptr && !log->epoch_is_open());
}
/// Of a circle's room, beyond it: for such entries.
constexpr std::uint64_t kReserveShare = 16;

BundleReceipt receipt_for(const BundleHeader& header, const RelayedBundle& stored, ByteView body) {
  return {header.circle, stored.sequence, header.author,    stored.first,
          stored.last,   stored.chain,    bundle_hash(body)};
}

/// An entry that begins an epoch comes with the archive's wrap; every other entry without.
bool has_right_wrap(const MembershipLog& log, const EntryPlace& place, ByteView archive_wrap) {
  if (log.newest_epoch() == nullptr || log.newest_epoch()->entry_index != place.index)
    return archive_wrap.empty();
  const auto wrap = parse_wrap(archive_wrap);
  return wrap && archive_wrap_hash(*wrap) == log.newest_epoch()->archive_wrap_hash;
}

}  // namespace

Result<PushOutcome> PushDesk::take_entry(RelayWrite& write, const DeviceId& sender,
                                         const MembershipPush& push) {
  const auto place = parse_entry_place(push.signed_entry);
  if (!place) return refused({}, reason_of(place.error().code(), RefusalReason::kMalformed));
  const RefusalFrame refusal = refusal_of(*place);

  TB_TRY(const MembershipLog* known, logs_.find(place->circle));
  if (known == nullptr && place->index != 0) return refused(refusal, RefusalReason::kUnknownCircle);
  // A former member knows of the circle; whoever never was one learns nothing of it.
  const bool is_outsider = known != nullptr && known->certificate_of(sender) == nullptr;
  if (known != nullptr && place->index < known->size()) {
    if (*known->hash_at(place->index) != place->hash)
      return refused(refusal, is_outsider ? RefusalReason::kUnknownCircle : RefusalReason::kStaleLog);
    TB_TRY(const auto stored, storage_.entry(place->circle, place->index));
    if (!stored) return Error(Code::kDamaged, "membership log with a hole");
    return receipted(MembershipReceipt{place->circle, stored->sequence, place->index, place->hash}, false);
  }

  MembershipLog next = known != nullptr ? *known : MembershipLog(logs_.roots());
  if (const auto applied = next.apply(push.signed_entry); !applied) {
    const RefusalReason reason = reason_of(applied.error().code(), RefusalReason::kBadEntry);
    return refused(refusal, is_outsider ? RefusalReason::kUnknownCircle : reason);
  }
  if (!has_right_wrap(next, *place, push.archive_wrap)) return refused(refusal, RefusalReason::kBadEntry);
  if (!push.offered_again) {
    TB_TRY(const auto left_out, left_out_by(known, next, *place));
    if (left_out) return refused(*left_out, RefusalReason::kCutOff);
  }
  TB_TRY(const auto no_room,
         check_entry_room(sender, *place, push.signed_entry.size() + push.archive_wrap.size(),
                          is_always_wanted(*place, known)));
  if (no_room) return refused(refusal, *no_room);
  return store_entry(write, *place, push, std::move(next));
}

Result<std::optional<RefusalFrame>> PushDesk::left_out_by(const MembershipLog* before,
                                                          const MembershipLog& log, const EntryPlace& place) {
  for (const auto& [device, ended] : log.former_members()) {
    if (ended.back().removal_index != place.index || before == nullptr) continue;
    TB_TRY(const std::vector<InstanceHead> heads, storage_.heads_of(place.circle, device));
    for (const InstanceHead& one : heads) {
      const Author author{device, one.instance};
      TB_TRY(const std::uint64_t counts, last_that_counts(*before, author, one.head));
      const auto cut_off = ended.back().cut_offs.find(one.instance);
      if (counts == 0 || (cut_off != ended.back().cut_offs.end() && cut_off->second.number >= counts))
        continue;
      RefusalFrame refusal = refusal_of(place);
      refusal.author = author;
      refusal.expected = counts;
      return std::optional(refusal);
    }
  }
  return std::optional<RefusalFrame>();
}

Result<std::uint64_t> PushDesk::last_that_counts(const MembershipLog& log, const Author& author,
                                                 const RelayedHead& head) {
  const FormerMember* once = log.former_member(author.device);
  if (once == nullptr) return head.number;
  TB_TRY(const auto stored, storage_.bundle_ending_at(log.circle(), author, head.number));
  if (!stored) return Error(Code::kDamaged, "an author's last bundle is missing");
  TB_TRY(const Bytes body, body_of(log.circle(), *stored));
  TB_TRY(const SealedBundle bundle, parse_bundle(body));
  if (log.check_author(bundle.header)) return head.number;
  const auto cut_off = once->cut_offs.find(author.instance);
  return cut_off == once->cut_offs.end() ? 0 : std::min(cut_off->second.number, head.number);
}

Result<std::optional<RefusalReason>> PushDesk::check_entry_room(const DeviceId& sender,
                                                                const EntryPlace& place, std::size_t bytes,
                                                                bool may_use_reserve) {
  TB_TRY(const auto summary, storage_.circle(place.circle));
  const std::uint64_t used = summary ? summary->bytes : 0;
  const std::uint64_t reserve = may_use_reserve ? limits_.circle_bytes_max / kReserveShare : 0;
  if (used + bytes > limits_.circle_bytes_max + reserve) return std::optional(RefusalReason::kQuota);
  if (place.index != 0) return std::optional<RefusalReason>();
  TB_TRY(const auto circles, storage_.circles_of(sender));
  if (circles.size() >= limits_.circles_per_device_max) return std::optional(RefusalReason::kQuota);
  return std::optional<RefusalReason>();
}

Result<PushOutcome> PushDesk::store_entry(RelayWrite& write, const EntryPlace& place,
                                          const MembershipPush& push, MembershipLog log) {
  TB_TRY(const std::uint64_t sequence,
         write.append_entry({place.circle, place.index, place.hash, push.signed_entry}));
  for (const auto& [device, member] : log.members())
    if (member.admitted_at == place.index) TB_CHECK(write.put_member(place.circle, device));
  for (const auto& [device, ended] : log.former_members())
    if (ended.back().removed_at == place.index) TB_CHECK(write.end_member(place.circle, device));
  if (!push.archive_wrap.empty())
    TB_CHECK(write.put_archive_wrap(place.circle, log.newest_epoch()->number, push.archive_wrap));
  logs_.put(std::move(log));
  return receipted(MembershipReceipt{place.circle, sequence, place.index, place.hash}, true);
}

Result<PushDesk::Standing> PushDesk::standing(const BundleHeader& header) {
  TB_TRY(const auto stored, storage_.author_head(header.circle, header.author));
  const ChainPoint head = stored ? ChainPoint{stored->number, stored->chain}
                                 : ChainPoint{0, chain_start(header.circle, header.author)};
  return Standing{head, continuation(header, head)};
}

Result<PushOutcome> PushDesk::take_bundle(RelayWrite& write, const DeviceId& sender, ByteView bytes,
                                          WallMs now) {
  const auto bundle = parse_bundle(bytes);
  if (!bundle) return refused({}, reason_of(bundle.error().code(), RefusalReason::kMalformed));
  const BundleHeader& header = bundle->header;
  const RefusalFrame refusal = refusal_of(header);

  TB_TRY(const MembershipLog* log, logs_.find(header.circle));
  if (log == nullptr || log->certificate_of(sender) == nullptr)
    return refused(refusal, RefusalReason::kUnknownCircle);
  // Of its own work a former member still brings what counts, and hears what is here. Of others, who may well
  // be members, it hears nothing.
  const bool is_former = log->member(sender) == nullptr;
  if (is_former && header.author.device != sender) return refused(refusal, RefusalReason::kUnknownCircle);
  TB_TRY(const Standing standing, this->standing(header));
  if (standing.how == Continuation::kDuplicate || standing.how == Continuation::kOld) {
    // Devices that refill a relay together offer much that is here by then: it was checked when it came.
    TB_TRY(std::optional<BundleReceipt> receipt, receipt_of(header, bytes));
    if (receipt && is_planted(PlantedBug::kRepeatIsFork)) return refused(refusal, RefusalReason::kFork);
    if (receipt) return receipted(std::move(*receipt), false);
  }
  if (const auto checked = check_bundle(*log, *bundle); !checked)
    return refused(refusal, reason_of(checked.error().code(), RefusalReason::kBadSignature));
  const DeviceCertificate* author = log->certificate_of(header.author.device);
  // Valid now, or when it was sealed (work offered again after a restore). The signed time alone is the
  // author's clock, and a wrong clock is no reason to refuse.
  if (author != nullptr && !check_validity(*author, now) && !check_validity(*author, header.signed_time))
    return refused(refusal, RefusalReason::kNotMember);
  if (is_former) {
    TB_TRY(std::optional<BundleReceipt> receipt, receipt_beyond_end(sender, header));
    if (receipt) return receipted(std::move(*receipt), false);
  }
  const bool may_seal_again = !is_former && header.author.device == sender;
  const Sha256Digest* entry = log->hash_at(header.membership_index);
  if (may_seal_again && standing.how == Continuation::kNext && entry != nullptr &&
      *entry != header.membership_hash)
    return refused(refusal, RefusalReason::kStaleLog);
  const bool is_current =
      !may_seal_again || (log->newest_epoch() != nullptr && header.epoch == log->newest_epoch()->number);
  return place_bundle(write, header, bytes, standing, is_current, now);
}

Result<std::optional<BundleReceipt>> PushDesk::receipt_of(const BundleHeader& header, ByteView bytes) {
  TB_TRY(const auto known, storage_.bundle_ending_at(header.circle, header.author, header.last));
  // The size first: what only claims to be here is not worth reading a body for.
  if (!known || known->chain != header.chain || known->size != bytes.size())
    return std::optional<BundleReceipt>();
  TB_TRY(const Bytes body, body_of(header.circle, *known));
  if (!std::equal(body.begin(), body.end(), bytes.begin(), bytes.end()))
    return std::optional<BundleReceipt>();
  return std::optional(receipt_for(header, *known, body));
}

Result<std::optional<BundleReceipt>> PushDesk::receipt_beyond_end(const DeviceId& former,
                                                                  const BundleHeader& header) {
  TB_TRY(const auto known, storage_.bundle_ending_at(header.circle, header.author, header.last));
  if (!known || known->chain != header.chain || known->first != header.first)
    return std::optional<BundleReceipt>();
  TB_TRY(const std::vector<CircleHead> heads, storage_.circles_of(former));
  const auto end = std::find_if(heads.begin(), heads.end(),
                                [&](const CircleHead& one) { return one.circle == header.circle; });
  if (end == heads.end() || known->sequence <= end->sequence) return std::optional<BundleReceipt>();
  TB_TRY(const Bytes body, body_of(header.circle, *known));
  return std::optional(receipt_for(header, *known, body));
}

Result<Bytes> PushDesk::body_of(const CircleId& circle, const RelayedBundle& stored) {
  std::optional<Bytes> body;
  TB_CHECK(storage_.read_since(circle, stored.sequence - 1, [&](const LogItem& item) {
    body = to_bytes(item.body);
    return false;
  }));
  if (!body) return Error(Code::kDamaged, "a stored bundle cannot be read");
  return std::move(*body);
}

Result<PushOutcome> PushDesk::answer_other_sealing(const BundleHeader& header, const RefusalFrame& refusal) {
  TB_TRY(const auto known, storage_.bundle_ending_at(header.circle, header.author, header.last));
  if (!known) return refused(refusal, RefusalReason::kNumberGap);
  if (known->chain != header.chain) return refused(refusal, RefusalReason::kFork);
  return PushOutcome{SealedOtherwise{header.circle, header.author}, false};
}

Result<PushOutcome> PushDesk::place_bundle(RelayWrite& write, const BundleHeader& header, ByteView bytes,
                                           const Standing& standing, bool is_current, WallMs now) {
  RefusalFrame refusal = refusal_of(header);
  refusal.expected = standing.head.number + 1;

  switch (standing.how) {
    case Continuation::kNext:
      break;
    case Continuation::kFork:
      return refused(refusal, RefusalReason::kFork);
    case Continuation::kDuplicate:
    case Continuation::kOld:
      return answer_other_sealing(header, refusal);
    case Continuation::kOverlap:
    case Continuation::kGap:
      return refused(refusal, is_current ? RefusalReason::kNumberGap : RefusalReason::kStaleEpoch);
  }
  if (!is_current) return refused(refusal, RefusalReason::kStaleEpoch);
  if (header.signed_time > now + kSignedTimeAheadMsMax) return refused(refusal, RefusalReason::kClock);
  TB_TRY(const auto circle, storage_.circle(header.circle));
  if (!circle) return Error(Code::kDamaged, "circle without a row");
  if (circle->bytes + bytes.size() > limits_.circle_bytes_max) return refused(refusal, RefusalReason::kQuota);
  if (header.first == 1) {
    TB_TRY(const std::vector<InstanceHead> heads, storage_.heads_of(header.circle, header.author.device));
    // No removal could name more of them.
    if (heads.size() >= kCutOffsMax) return refused(refusal, RefusalReason::kQuota);
  }

  TB_TRY(const std::uint64_t sequence,
         write.append_bundle({header.circle, header.author, header.first, header.last, header.chain, bytes}));
  return receipted(BundleReceipt{header.circle, sequence, header.author, header.first, header.last,
                                 header.chain, bundle_hash(bytes)},
                   true);
}

}  // namespace thuisbasis
