// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/member_circle.h"

#include <algorithm>

#include "core/circle/epoch_exam.h"
#include "core/verify/messages.h"

namespace thuisbasis {

Status MemberCircle::apply(ByteView signed_entry) {
  MembershipLog next = log_;
  TB_CHECK(next.apply(signed_entry));
  return take(std::move(next), signed_entry, Proof::kNow);
}

Status MemberCircle::reapply(ByteView signed_entry) {
  MembershipLog next = log_;
  TB_CHECK(next.reapply(signed_entry));
  return take(std::move(next), signed_entry, Proof::kGivenBefore);
}

Status MemberCircle::take(MembershipLog next, ByteView signed_entry, Proof proof) {
  TB_TRY(const auto envelope,
         parse_message<membership::SignedEntry>(signed_entry, kEntryBytesMax, "membership entry"));
  const ByteView entry_bytes = as_bytes(envelope.entry());
  TB_TRY(const auto entry, parse_message<membership::Entry>(entry_bytes, kEntryBytesMax, "membership entry"));
  EpochExam exam(*this, std::move(next), proof);
  TB_CHECK(exam.take(entry, entry_bytes));
  exam.commit();
  return {};
}

const EpochKey* MemberCircle::key(std::uint32_t epoch) const {
  const auto found = keys_.find(epoch);
  return found == keys_.end() ? nullptr : &found->second;
}

std::vector<const EpochKey*> MemberCircle::keys_of(std::uint32_t epoch) const {
  std::vector<const EpochKey*> keys;
  if (const EpochKey* own = key(epoch)) keys.push_back(own);
  for (const RetiredKey& one : retired_)
    if (one.key.epoch() == epoch) keys.push_back(&one.key);
  return keys;
}

void MemberCircle::keep_retired(EpochKey key, std::set<DeviceId> hidden_from) {
  keep_retired({std::move(key), false, true, std::move(hidden_from)});
}

void MemberCircle::keep_retired(RetiredKey retired) {
  const Sha256Digest commitment = retired.key.commitment();
  for (RetiredKey& known : retired_) {
    if (known.key.epoch() != retired.key.epoch() || known.key.commitment() != commitment) continue;
    known.told = known.told || retired.told;
    known.kept = known.kept || retired.kept;
    return;
  }
  retired_.push_back(std::move(retired));
}

std::vector<const EpochKey*> MemberCircle::untold_keys(const std::map<DeviceId, Member>& recipients) const {
  std::vector<const EpochKey*> untold;
  for (const RetiredKey& one : retired_)
    if (!one.told && !one.is_hidden_from_some(recipients)) untold.push_back(&one.key);
  return untold;
}

bool MemberCircle::has_hidden_key(std::uint32_t epoch) const {
  return std::any_of(retired_.begin(), retired_.end(), [&](const RetiredKey& one) {
    return one.key.epoch() == epoch && !one.told && one.is_hidden_from_some(log_.members());
  });
}

bool MemberCircle::RetiredKey::is_hidden_from_some(const std::map<DeviceId, Member>& members) const {
  return std::any_of(hidden_from.begin(), hidden_from.end(),
                     [&](const DeviceId& device) { return members.contains(device); });
}

std::vector<const EpochKey*> MemberCircle::keys_only_told() const {
  std::vector<const EpochKey*> keys;
  for (const RetiredKey& one : retired_)
    if (one.told && !one.kept) keys.push_back(&one.key);
  return keys;
}

const EpochKey* MemberCircle::newest_key() const {
  const EpochRecord* epoch = log_.newest_epoch();
  return epoch == nullptr ? nullptr : key(epoch->number);
}

const Bytes* MemberCircle::attributes_of(const DeviceId& device) const {
  const auto found = attributes_.find(device);
  return found == attributes_.end() ? nullptr : &found->second;
}

}  // namespace thuisbasis
