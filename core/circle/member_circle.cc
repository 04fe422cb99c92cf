// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/member_circle.h"

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

const EpochKey* MemberCircle::newest_key() const {
  const EpochRecord* epoch = log_.newest_epoch();
  return epoch == nullptr ? nullptr : key(epoch->number);
}

const Bytes* MemberCircle::attributes_of(const DeviceId& device) const {
  const auto found = attributes_.find(device);
  return found == attributes_.end() ? nullptr : &found->second;
}

}  // namespace thuisbasis
