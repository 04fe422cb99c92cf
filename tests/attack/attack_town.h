// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <set>

#include "core/vault/vault_state.h"
#include "tests/attack/insider.h"
#include "tests/support/answer_frames.h"
#include "tests/support/found_vault.h"
#include "tests/sync/client/two_devices.h"

namespace thuisbasis::attack {

using namespace testing_support;

/// A circle of a coach's tablet, which leads it, a school's laptop and a colleague, at a relay that does what
/// the test wants: it keeps everything that was ever sent to it, hides from one device what it shows another,
/// puts in what it likes, and goes back to older states of itself without a word.
struct AttackTown : TwoDevices {
  Device colleague{emmen, "Marieke op de tablet", 13};
  CircleId circle;
  /// Means harm and holds all that a coach holds, once it was let in.
  TrustRoots roots{emmen.registrar_key(), emmen.archive().public_key()};
  Insider insider{emmen.certified_device("Wie van binnen komt"), roots, random};

  void SetUp() override;
  void sync_all();

  /// An answer to one device, before it leaves the relay.
  using Change = std::function<void(std::vector<SyncFrame>&)>;
  void sync_with(Device& device, const Change& change);
  /// As if these had never come to the relay.
  void sync_without(Device& device, const std::function<bool(const SyncFrame&)>& hidden);
  /// Puts a bundle at the end of what the device is told, as if it had just come.
  void sync_and_put_in(Device& device, const Bytes& bundle);
  /// The same of a membership entry.
  void sync_and_put_in_entry(Device& device, const Bytes& entry);
  /// The same of what is neither, or stands at a place of its own.
  void sync_and_put_in_frame(Device& device, const SyncFrame& frame);

  /// Whether a frame brings a bundle of this device.
  static std::function<bool(const SyncFrame&)> is_of(Device& author);
  /// The bundles that a device sends now; no relay gets them.
  static std::vector<Bytes> sealed_by(Device& device);
  bool shows(Device& device, const RecordId& id) { return device.vault.get(kGoal, id).has_value(); }
  SealingWait wait_of(Device& device) { return device.vault.circle(circle)->sealing_waits; }
  std::size_t members_at(Device& device) { return device.vault.members(circle)->size(); }
  static DeviceId id_of(Device& device) { return device.vault.self().device; }
  std::uint64_t head_at_relay() { return storage.circle(circle)->value().head; }

  /// The newest membership entry that the device made and no relay has taken.
  static Bytes newest_entry_of(Device& device);
  /// Whom the key is wrapped for that the entry begins.
  static std::set<DeviceId> recipients_of(ByteView signed_entry);
  /// What went wrong that a person should hear of, by the code of it.
  std::set<Alarm> alarms_of(Device& device);
  /// Without an attack again: everyone hears of everything, at one key, and nothing waits.
  void expect_peace();
  /// The same after the coach began a key. An entry that a member signed holds up the sealing, also where it
  /// does not hold, until another takes its place (PROTOCOL.md P-67, P-134).
  void expect_peace_by_a_new_key();

  /// What a relay has of the circle's bundles, the newest last.
  std::vector<Bytes> bundles_at_relay();
  void let_insider_in();
  /// What the relay says to the insider's one entry, or bundle; kUnspecified where it takes it.
  RefusalReason pushed(const Bytes& entry, const Bytes& archive_wrap = {});
  RefusalReason pushed_bundle(const Bytes& bundle);
  /// Honest entries of the insider, to be taken as they are or changed.
  NewEntry rotation(bool keep_history = true);
  NewEntry admission(const DeviceIdentity& device, bool with_history = true);

  /// What was ever pushed, in order, with the epoch that it is sealed under.
  std::vector<Bytes> overheard;
  /// How many of the overheard bundles from this one on the device's keys open.
  std::size_t readable_by(Device& device, std::size_t from);
  /// Whether any of those from this one on is sealed under this epoch by the device.
  bool sealed_under(Device& device, std::uint32_t epoch, std::size_t from);
  /// The device's vault as it is now, in other hands.
  FoundVault found(Device& device);
};

/// The town after a coach was let in who means harm.
struct AttackFromWithin : AttackTown {
  void SetUp() override {
    AttackTown::SetUp();
    let_insider_in();
  }
};

inline bool is_entry(const SyncFrame& frame) { return std::holds_alternative<EntryFrame>(frame); }
inline bool is_bundle(const SyncFrame& frame) { return std::holds_alternative<BundleFrame>(frame); }

}  // namespace thuisbasis::attack
