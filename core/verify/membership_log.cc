// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/membership_log.h"

#include <algorithm>

#include "core/verify/entry_check.h"
#include "core/verify/hash.h"
#include "core/verify/messages.h"

namespace thuisbasis {
namespace {

/// Whether work of a removed device counts by its number, and at the cut-off by what is under it.
bool is_within_cut_offs(const FormerMember& former, const BundleHeader& header) {
  const auto cut_off = former.cut_offs.find(header.author.instance);
  if (cut_off == former.cut_offs.end() || header.last > cut_off->second.number) return false;
  return header.last < cut_off->second.number || header.chain == cut_off->second.chain;
}

struct ParsedEntry {
  membership::SignedEntry envelope;
  membership::Entry entry;
  EntryPlace place;
};

Result<ParsedEntry> parse_entry(ByteView signed_entry) {
  ParsedEntry parsed;
  TB_TRY(parsed.envelope,
         parse_envelope<membership::SignedEntry>(signed_entry, kEntryBytesMax, "membership entry"));
  TB_TRY(parsed.entry, parse_message<membership::Entry>(as_bytes(parsed.envelope.entry()), kEntryBytesMax,
                                                        "membership entry"));
  if (parsed.entry.suite() != kSuite1)
    return Error(Code::kUnknownSuite, "membership entry of suite " + std::to_string(parsed.entry.suite()));
  EntryPlace& place = parsed.place;
  TB_TRY(place.circle, fixed_field<CircleId>(parsed.entry.circle(), "membership entry's circle"));
  TB_TRY(place.predecessor,
         fixed_field<Sha256Digest>(parsed.entry.predecessor(), "membership entry's predecessor"));
  TB_TRY(place.author, fixed_field<DeviceId>(parsed.entry.author(), "membership entry's author"));
  place.index = parsed.entry.index();
  place.type = static_cast<std::uint32_t>(parsed.entry.type());
  place.time = parsed.entry.time();
  if (place.time < 0 || place.time >= WallMs{1} << 48)
    return Error(Code::kMalformed, "membership entry's time is out of range");
  place.hash = Sha256(label::kEntry).add(as_bytes(parsed.envelope.entry())).finish();
  return parsed;
}

}  // namespace

Result<EntryPlace> parse_entry_place(ByteView signed_entry) {
  TB_TRY(const ParsedEntry parsed, parse_entry(signed_entry));
  return parsed.place;
}

Status MembershipLog::apply(ByteView signed_entry) { return take(signed_entry, Proof::kNow); }

Status MembershipLog::reapply(ByteView signed_entry) { return take(signed_entry, Proof::kGivenBefore); }

Status MembershipLog::take(ByteView signed_entry, Proof proof) {
  TB_TRY(const ParsedEntry parsed, parse_entry(signed_entry));
  return EntryCheck(*this, parsed.place, parsed.entry, parsed.envelope, proof).apply();
}

const Sha256Digest* MembershipLog::hash_at(std::uint32_t index) const {
  return index < size() ? &hashes_[index] : nullptr;
}

const Member* MembershipLog::member(const DeviceId& device) const {
  const auto found = members_.find(device);
  return found == members_.end() ? nullptr : &found->second;
}

std::optional<std::uint32_t> MembershipLog::index_of(const Sha256Digest& hash) const {
  const auto found = std::find(hashes_.rbegin(), hashes_.rend(), hash);
  if (found == hashes_.rend()) return std::nullopt;
  return static_cast<std::uint32_t>(hashes_.rend() - found - 1);
}

bool MembershipLog::is_overridden(const Sha256Digest& removal, std::optional<std::uint32_t> signed_after,
                                  const Member& member) const {
  if (member.after_removal == removal) return true;
  return signed_after ? member.admitted_at > *signed_after : !member.after_removal.is_zero();
}

const FormerMember* MembershipLog::former_member(const DeviceId& device) const {
  const auto found = former_.find(device);
  return found == former_.end() ? nullptr : &found->second.back();
}

const DeviceCertificate* MembershipLog::certificate_of(const DeviceId& device) const {
  if (const Member* now = member(device)) return &now->certificate;
  const FormerMember* once = former_member(device);
  return once == nullptr ? nullptr : &once->member.certificate;
}

const VerifyKey* MembershipLog::key_of(const DeviceId& device) const {
  const DeviceCertificate* certificate = certificate_of(device);
  return certificate == nullptr ? nullptr : &certificate->signing_key;
}

bool MembershipLog::epoch_is_open() const { return !epochs_.empty() && !epochs_.back().left_at; }

std::uint32_t MembershipLog::epoch_at(std::uint32_t index) const {
  if (index >= size()) return 0;
  for (auto epoch = epochs_.rbegin(); epoch != epochs_.rend(); ++epoch) {
    if (epoch->entry_index <= index) return epoch->number;
  }
  return 0;
}

Status MembershipLog::check_signer(ByteView signed_entry) const {
  TB_TRY(const ParsedEntry parsed, parse_entry(signed_entry));
  const VerifyKey* key = key_of(parsed.place.author);
  if (key == nullptr) return Error(Code::kNotMember, "an entry of an author who is not known");
  return verify_signature(*key, label::kMembership, as_bytes(parsed.envelope.entry()),
                          as_bytes(parsed.envelope.signature()));
}

Status MembershipLog::check_place(const BundleHeader& header) const {
  if (empty() || header.circle != circle_) return Error(Code::kNotPermitted, "bundle of another circle");
  const FormerMember* once = former_member(header.author.device);
  if (once != nullptr && (member(header.author.device) == nullptr || is_within_cut_offs(*once, header)))
    return check_apart_from_index(header);
  if (header.membership_index >= size())
    return Error(Code::kMissingDependency, "bundle knows membership entry " +
                                               std::to_string(header.membership_index) + ", we have " +
                                               std::to_string(size()));
  if (header.membership_hash != hashes_[header.membership_index]) return check_apart_from_index(header);
  TB_CHECK(check_author(header));
  const std::uint32_t epoch = epoch_at(header.membership_index);
  if (header.epoch != epoch)
    return Error(Code::kStaleEpoch, "bundle under epoch " + std::to_string(header.epoch) + " where " +
                                        std::to_string(epoch) + " stood");
  if (epoch != 0 && epochs_[epoch - 1].left_at && header.membership_index >= *epochs_[epoch - 1].left_at)
    return Error(Code::kStaleEpoch, "bundle under an epoch that one of its recipients has left");
  return {};
}

Status MembershipLog::check_apart_from_index(const BundleHeader& header) const {
  TB_CHECK(check_author(header));
  if (header.epoch == 0) return Error(Code::kStaleEpoch, "bundle under no epoch");
  if (header.epoch > epochs_.size())
    return Error(Code::kMissingDependency, "bundle under epoch " + std::to_string(header.epoch) +
                                               ", we have " + std::to_string(epochs_.size()));
  return {};
}

bool MembershipLog::is_since(const Member& member, const BundleHeader& header) const {
  const Sha256Digest* known = hash_at(header.membership_index);
  if (known != nullptr && *known == header.membership_hash)
    return header.membership_index >= member.admitted_at;
  // It got no key from the epoch on that its removal began, or that followed its leaving, until it was back.
  const FormerMember& once = *former_member(header.author.device);
  return header.epoch >= epoch_at(once.removed_at) + (once.by_itself ? 1 : 0);
}

Status MembershipLog::check_author(const BundleHeader& header) const {
  const Member* now = member(header.author.device);
  const FormerMember* once = former_member(header.author.device);
  if (now == nullptr && once == nullptr)
    return Error(Code::kNotMember, "bundle's author is not admitted to this circle");
  if (once == nullptr || (now != nullptr && is_since(*now, header))) return {};
  if (is_within_cut_offs(*once, header)) return {};
  return Error(Code::kNotMember, "bundle goes beyond the last work of its removed author that counts");
}

Status check_bundle(const MembershipLog& log, const SealedBundle& bundle) {
  TB_CHECK(log.check_place(bundle.header));
  return verify_bundle(bundle, *log.key_of(bundle.header.author.device));
}

}  // namespace thuisbasis
