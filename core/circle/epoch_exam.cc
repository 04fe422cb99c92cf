// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/epoch_exam.h"

#include <algorithm>

#include "core/verify/messages.h"

namespace thuisbasis {
namespace {

KeyWrap to_wrap(const membership::Wrap& message, const DeviceId& recipient) {
  return {recipient, to_bytes(as_bytes(message.enc())), to_bytes(as_bytes(message.ciphertext()))};
}

bool is_for(const membership::Wrap& wrap, const DeviceId& device) {
  return std::ranges::equal(as_bytes(wrap.recipient()), device.view());
}

/// Null for an entry that begins no epoch.
const membership::EpochRecord* epoch_of(const membership::Entry& entry) {
  if (entry.has_rotate()) return &entry.rotate();
  return entry.has_remove() && entry.remove().has_epoch() ? &entry.remove().epoch() : nullptr;
}

}  // namespace

const EpochKey* EpochExam::key(std::uint32_t epoch) const {
  if (const auto found = keys_.find(epoch); found != keys_.end()) return &found->second;
  return circle_.key(epoch);
}

Status EpochExam::take(const membership::Entry& entry, ByteView entry_bytes) {
  if (!entry.has_admit() && epoch_of(entry) == nullptr) return {};  // holds nothing for members alone
  const std::uint32_t epoch = next_.newest_epoch()->number;
  if (const EpochKey* held = key(epoch)) return examine(entry, *held);
  waiting_.emplace(epoch, to_bytes(entry_bytes));
  TB_TRY(std::optional<EpochKey> opened, key_in(entry));
  return opened ? open_epoch(std::move(*opened)) : Status();
}

Result<std::optional<EpochKey>> EpochExam::key_in(const membership::Entry& entry) const {
  const DeviceIdentity& me = circle_.me();
  const membership::Wrap* mine = nullptr;
  if (entry.has_admit()) {
    if (is_for(entry.admit().wrap(), me.device())) mine = &entry.admit().wrap();
  } else {
    for (const membership::Wrap& wrap : epoch_of(entry)->wraps()) {
      if (is_for(wrap, me.device())) mine = &wrap;
    }
  }
  if (mine == nullptr) return std::optional<EpochKey>();
  TB_TRY(EpochKey opened,
         open_wrap(next_.circle(), *next_.newest_epoch(), to_wrap(*mine, me.device()), me.agreement()));
  return std::optional<EpochKey>(std::move(opened));
}

Status EpochExam::open_epoch(EpochKey epoch_key) {
  const std::uint32_t epoch = epoch_key.epoch();
  const EpochKey& held = keys_.emplace(epoch, std::move(epoch_key)).first->second;
  std::vector<Bytes> entries;
  if (const auto found = circle_.unopened_.find(epoch); found != circle_.unopened_.end())
    entries = found->second;
  if (waiting_ && waiting_->first == epoch) {
    entries.push_back(std::move(waiting_->second));
    waiting_.reset();
  }
  for (const Bytes& bytes : entries) {
    TB_TRY(const auto entry, parse_message<membership::Entry>(bytes, kEntryBytesMax, "membership entry"));
    TB_CHECK(examine(entry, held));
  }
  return {};
}

Status EpochExam::follow_history(const EpochKey& from) {
  const EpochRecord& here = record(from.epoch());
  if (here.history_link.empty()) return {};
  TB_TRY(EpochKey former, from.follow_link(here.history_link, here.header_hash));
  if (former.commitment() != record(former.epoch()).commitment)
    return Error(Code::kDecryptFailed, "epoch's history link holds another key than the epoch before had");
  return key(former.epoch()) == nullptr ? open_epoch(std::move(former)) : Status();
}

Status EpochExam::examine(const membership::Entry& entry, const EpochKey& epoch_key) {
  if (entry.has_admit()) return examine_admit(entry.admit(), epoch_key);
  TB_CHECK(examine_epoch(*epoch_of(entry), epoch_key));
  return follow_history(epoch_key);
}

Status EpochExam::check_wrap(const membership::Wrap& wrap, const EpochKey& epoch_key) const {
  if (proof_ == Proof::kGivenBefore) return {};
  TB_TRY(const auto device, fixed_field<DeviceId>(wrap.recipient(), "wrap's recipient"));
  // Of today's members or of former ones: that an epoch was for its members alone, the log has proven.
  const DeviceCertificate* certificate = next_.certificate_of(device);
  if (certificate == nullptr) return Error(Code::kNotPermitted, "wrap for a device that is no member");
  TB_TRY(const KeyWrap made,
         epoch_key.wrap_for(device, certificate->agreement_key, record(epoch_key.epoch()).header_hash));
  if (made != to_wrap(wrap, device))
    return Error(Code::kNotPermitted, "a member's wrap does not hold the epoch's key");
  return {};
}

Status EpochExam::check_wraps(const membership::EpochRecord& body, const EpochKey& epoch_key) const {
  if (proof_ == Proof::kGivenBefore) return {};
  const EpochRecord& here = record(epoch_key.epoch());
  for (const membership::Wrap& wrap : body.wraps()) TB_CHECK(check_wrap(wrap, epoch_key));
  TB_TRY(const KeyWrap archive,
         epoch_key.wrap_for(archive_recipient(next_.archive_key()), next_.archive_key(), here.header_hash));
  if (archive_wrap_hash(archive) != here.archive_wrap_hash)
    return Error(Code::kNotPermitted, "epoch's archive wrap does not hold the epoch's key");
  return {};
}

Status EpochExam::examine_epoch(const membership::EpochRecord& body, const EpochKey& epoch_key) {
  const EpochRecord& here = record(epoch_key.epoch());
  TB_CHECK(check_wraps(body, epoch_key));
  TB_TRY(Roster roster, open_roster(as_bytes(body.sealed_metadata()), epoch_key, here.header_hash));
  if (dossier_commitment(roster.metadata.dossier_salt.view(), roster.metadata.dossier) !=
      next_.dossier_commitment())
    return Error(Code::kNotPermitted, "circle's dossier is not the one that genesis committed to");
  if (epoch_key.epoch() > std::max(metadata_epoch_, circle_.metadata_epoch_)) {
    metadata_ = std::move(roster.metadata);
    metadata_epoch_ = epoch_key.epoch();
  }
  for (auto& [device, attributes] : roster.attributes) learn_attributes(device, std::move(attributes));
  for (const membership::RetiredKey& one : body.retired()) {
    auto retired = epoch_key.open_retired(one.epoch(), as_bytes(one.sealed()), here.header_hash);
    if (retired) retired_.push_back(std::move(*retired));  // one that does not open opens no bundle either
  }
  return {};
}

Status EpochExam::examine_admit(const membership::Admit& body, const EpochKey& epoch_key) {
  TB_CHECK(check_wrap(body.wrap(), epoch_key));
  TB_TRY(const auto device, fixed_field<DeviceId>(body.wrap().recipient(), "wrap's recipient"));
  auto attributes = open_attributes(as_bytes(body.sealed_attributes()), device, epoch_key,
                                    record(epoch_key.epoch()).header_hash);
  // Names that do not open stay unknown; they are no reason to stop the circle.
  if (attributes) learn_attributes(device, std::move(*attributes));
  return {};
}

void EpochExam::learn_attributes(const DeviceId& device, Bytes attributes) {
  const DeviceCertificate* certificate = next_.certificate_of(device);
  if (certificate != nullptr && verify_attributes(attributes, *certificate))
    attributes_[device] = std::move(attributes);
}

void EpochExam::commit() {
  if (waiting_) circle_.unopened_[waiting_->first].push_back(std::move(waiting_->second));
  for (auto& [epoch, epoch_key] : keys_) {
    circle_.unopened_.erase(epoch);
    circle_.keys_.emplace(epoch, std::move(epoch_key));
  }
  for (auto& [device, attributes] : attributes_) circle_.attributes_[device] = std::move(attributes);
  for (EpochKey& retired : retired_) circle_.keep_retired({std::move(retired), true});
  if (metadata_) {
    circle_.metadata_ = std::move(metadata_);
    circle_.metadata_epoch_ = metadata_epoch_;
  }
  circle_.log_ = std::move(next_);
}

}  // namespace thuisbasis
