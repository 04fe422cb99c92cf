// SPDX-License-Identifier: EUPL-1.2
// What the record of a new epoch must be, in a rotate and in a remove entry.
#include <algorithm>

#include "core/verify/entry_check.h"
#include "core/verify/entry_parts.h"
#include "core/verify/messages.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kEncSize = 32;
constexpr std::size_t kWrappedKeySize = 32 + 16;
constexpr std::size_t kHistoryLinkSize = 24 + 32 + 16;

}  // namespace

Status check_wrap_form(const membership::Wrap& wrap) {
  if (wrap.recipient().size() != DeviceId::kSize || wrap.enc().size() != kEncSize ||
      wrap.ciphertext().size() != kWrappedKeySize)
    return Error(Code::kMalformed, "wrap has parts of a wrong size");
  return {};
}

Status EntryCheck::check_recipients(const membership::EpochRecord& body, const Members& members) const {
  std::vector<DeviceId> devices;
  for (const auto& [device, member] : members) devices.push_back(device);
  const auto is_for = [](const membership::Wrap& wrap, const DeviceId& device) {
    return std::ranges::equal(as_bytes(wrap.recipient()), device.view());
  };
  if (!std::equal(body.wraps().begin(), body.wraps().end(), devices.begin(), devices.end(), is_for))
    return Error(Code::kNotPermitted, "epoch's recipients are not exactly the members, in order");
  for (const membership::Wrap& wrap : body.wraps()) TB_CHECK(check_wrap_form(wrap));
  if (!std::ranges::equal(as_bytes(body.recipients_hash()), recipients_hash(devices).view()))
    return Error(Code::kNotPermitted, "epoch's recipients hash is another");
  return {};
}

Status EntryCheck::check_epoch_step(const membership::EpochRecord& body) const {
  const EpochRecord* before = log_.newest_epoch();
  if (body.epoch() != (before == nullptr ? 1 : before->number + 1) || body.epoch() == 0)
    return Error(Code::kNotPermitted,
                 "epoch " + std::to_string(body.epoch()) + " does not follow the newest");
  const Sha256Digest before_hash = before == nullptr ? Sha256Digest{} : before->entry_hash;
  if (!std::ranges::equal(as_bytes(body.previous_epoch_hash()), before_hash.view()))
    return Error(Code::kNotPermitted, "epoch names another epoch before it");
  if (!body.history_link().empty() && (before == nullptr || body.history_link().size() != kHistoryLinkSize))
    return Error(Code::kMalformed, "epoch's history link is impossible");
  if (!membership::EpochReason_IsValid(body.reason()) ||
      (body.reason() == membership::FIRST_EPOCH) != (before == nullptr))
    return Error(Code::kMalformed, "epoch's reason is impossible");
  if (body.retired_size() > static_cast<int>(kRetiredKeysMax))
    return Error(Code::kTooLarge, "epoch tells more retired keys than one may");
  for (const membership::RetiredKey& one : body.retired())
    if (one.epoch() == 0 || one.epoch() >= body.epoch() || one.sealed().size() != kHistoryLinkSize)
      return Error(Code::kMalformed, "epoch's retired key is impossible");
  if (body.reason() == membership::EPOCH_REASON_UNSPECIFIED)
    return Error(Code::kMalformed, "epoch without a reason");
  return {};
}

Result<EpochRecord> EntryCheck::check_epoch(const membership::EpochRecord& body,
                                            const Members& members) const {
  TB_CHECK(check_epoch_step(body));
  TB_CHECK(check_recipients(body, members));
  EpochRecord record;
  TB_TRY(record.commitment, fixed_field<Sha256Digest>(body.commitment(), "epoch's commitment"));
  TB_TRY(record.archive_wrap_hash,
         fixed_field<Sha256Digest>(body.archive_wrap_hash(), "epoch's archive wrap hash"));
  TB_TRY(const auto previous, fixed_field<Sha256Digest>(body.previous_epoch_hash(), "epoch before"));
  TB_TRY(const auto recipients, fixed_field<Sha256Digest>(body.recipients_hash(), "epoch's recipients"));
  if (body.sealed_metadata().empty()) return Error(Code::kMalformed, "epoch without its metadata");
  record.number = body.epoch();
  record.entry_index = place_.index;
  record.entry_hash = place_.hash;
  record.time = place_.time;
  record.header_hash =
      epoch_header_hash(place_.circle, record.number, previous, recipients, record.commitment);
  record.history_link = to_bytes(as_bytes(body.history_link()));
  return record;
}

Status EntryCheck::take_rotate() {
  TB_TRY(EpochRecord record, check_epoch(entry_.rotate(), log_.members_));
  log_.epochs_.push_back(std::move(record));
  return {};
}

}  // namespace thuisbasis
