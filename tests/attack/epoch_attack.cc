// SPDX-License-Identifier: EUPL-1.2
#include "tests/attack/epoch_attack.h"

#include <algorithm>

namespace thuisbasis::attack {

EpochRecord EpochAttack::record_of(const NewEntry& entry) const {
  MembershipLog log = insider.circle().log();
  EXPECT_TRUE(log.apply(entry.signed_entry));
  return *log.newest_epoch();
}

EpochKey EpochAttack::key_in(const NewEntry& entry) const {
  const membership::Entry rotated = circle_test::entry_in(entry.signed_entry);
  for (const membership::Wrap& wrap : rotated.rotate().wraps()) {
    if (as_text(insider.device().view()) != wrap.recipient()) continue;
    const KeyWrap own{insider.device(), to_bytes(as_bytes(wrap.enc())),
                      to_bytes(as_bytes(wrap.ciphertext()))};
    return *open_wrap(circle, record_of(entry), own, insider.identity().agreement());
  }
  ADD_FAILURE() << "no wrap for its own author";
  return insider.key().clone();
}

void EpochAttack::set_wrap(membership::EpochRecord& record, const KeyWrap& wrap) {
  for (membership::Wrap& one : *record.mutable_wraps()) {
    if (as_text(wrap.recipient.view()) != one.recipient()) continue;
    one.set_enc(field_of(wrap.enc));
    one.set_ciphertext(field_of(wrap.ciphertext));
  }
}

void EpochAttack::set_recipients(membership::EpochRecord& record) {
  std::sort(record.mutable_wraps()->begin(), record.mutable_wraps()->end(),
            [](const auto& one, const auto& other) { return one.recipient() < other.recipient(); });
  std::vector<DeviceId> devices;
  for (const membership::Wrap& wrap : record.wraps())
    devices.push_back(*DeviceId::from(as_bytes(wrap.recipient())));
  std::sort(devices.begin(), devices.end());
  record.set_recipients_hash(field_of(recipients_hash(devices).view()));
}

void EpochAttack::sync_with_entries_changed(Device& device,
                                            const std::function<void(membership::Entry&)>& change) {
  std::size_t changed = 0;
  sync_with(device, [&](std::vector<SyncFrame>& frames) {
    for (SyncFrame& frame : frames) {
      auto* carried = std::get_if<EntryFrame>(&frame);
      if (carried == nullptr) continue;
      membership::SignedEntry envelope;
      envelope.ParseFromArray(carried->signed_entry.data(), static_cast<int>(carried->signed_entry.size()));
      membership::Entry entry = circle_test::entry_in(carried->signed_entry);
      change(entry);
      envelope.set_entry(entry.SerializeAsString());
      carried->signed_entry = encode_message(envelope);
      ++changed;
    }
  });
  EXPECT_NE(changed, 0U);
}

void EpochAttack::expect_refused_by_all(const Bytes& entry) {
  for (Device* device : {&tablet, &colleague, &laptop}) {
    const std::uint32_t epoch = device->vault.circle(circle)->epoch;
    const std::uint64_t before = device->vault.status()->quarantined;
    sync_and_put_in_entry(*device, entry);
    EXPECT_EQ(device->vault.circle(circle)->epoch, epoch);
    EXPECT_EQ(members_at(*device), 4U);
    EXPECT_GT(device->vault.status()->quarantined, before);
  }
}

void EpochAttack::expect_taken_by_the_relay_only(const Bytes& entry, const Bytes& archive_wrap) {
  ASSERT_EQ(pushed(entry, archive_wrap), RefusalReason::kUnspecified);
  const std::size_t from = overheard.size();
  for (Device* device : {&tablet, &colleague, &laptop}) sync(*device);
  for (Device* device : {&tablet, &colleague, &laptop}) {
    put_goal(*device, circle, "Niet onder een valse sleutel");
    sync(*device);
    EXPECT_EQ(device->vault.circle(circle)->epoch, 1U);
    EXPECT_NE(device->vault.status()->quarantined, 0U) << "an alarm";
    EXPECT_EQ(wait_of(*device), SealingWait::kLogIsShort);
    EXPECT_EQ(device->vault.account()->pending, 1U) << "and nothing is lost";
  }
  EXPECT_EQ(overheard.size(), from) << "nothing left";
}

}  // namespace thuisbasis::attack
