// SPDX-License-Identifier: EUPL-1.2
// Entries that members sign but never should have written, on top of a circle's genuine first two. The fuzzer
// writes their bodies; what it cannot guess (hashes, certificates, signatures) is filled in.
//
// An input is a list of entries: a byte that says what to fill in (see the constants) and a part, a
// serialized membership.Entry.
#include <algorithm>
#include <map>
#include <optional>

#include "core/circle/circle_writer.h"
#include "core/verify/messages.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/town.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis::fuzzing {
namespace {

constexpr Byte kFillPlace = 1;         ///< suite, circle, index, predecessor
constexpr Byte kFillAuthor = 2;        ///< the founder, or with kSecondDevice that one
constexpr Byte kSecondDevice = 4;      ///< signs, instead of the founder
constexpr Byte kFillCertificates = 8;  ///< signed by the registrar, their parts of a right size
constexpr Byte kFillEpoch = 16;        ///< hashes and recipients of an epoch
constexpr Byte kFillDevices = 32;      ///< who is removed or handed over to: those of the circle
constexpr std::size_t kEntriesMax = 6;

struct World {
  Town town;
  DeviceIdentity founder = town.device(1);
  DeviceIdentity second = town.device(2);
  CircleId circle = *CircleId::from(Bytes(16, 0x51));
  MembershipLog log{town.roots()};
  std::vector<Bytes> first_entries;

  World() {
    CircleMetadata metadata;
    metadata.circle_kind = "kern";
    const auto entries = found_circle(founder, town.roots(), circle, metadata, kNow, town.random);
    for (const NewEntry& entry : *entries) {
      expect(log.apply(entry.signed_entry).has_value(), "a founded circle's log holds");
      first_entries.push_back(entry.signed_entry);
    }
  }
};

void fill_certificate(const World& world, membership::SignedCertificate& certificate) {
  membership::DeviceCertificate body;
  if (!body.ParseFromString(certificate.certificate())) return;
  body.set_issuer_key(field_of(world.town.registrar.public_key().view()));
  const Bytes bytes = encode_message(body);
  certificate.set_certificate(field_of(bytes));
  certificate.set_signature(field_of(world.town.registrar.sign(label::kCertificate, bytes).view()));
}

/// The founder or the second device, as the first byte that was there says.
void fill_device(const World& world, std::string& device) {
  const bool is_second = !device.empty() && (device.front() & 1) != 0;
  device = field_of((is_second ? world.second : world.founder).device().view());
}

void fill_removed(const World& world, membership::RemovedDevice& removed) {
  fill_device(world, *removed.mutable_device());
  for (membership::CutOff& one : *removed.mutable_cut_offs()) {
    one.mutable_instance()->resize(InstanceId::kSize);
    one.mutable_chain()->resize(ChainValue::kSize);
  }
}

void fill_devices(const World& world, const MembershipLog& log, membership::Entry& entry) {
  if (entry.has_remove())
    for (membership::RemovedDevice& removed : *entry.mutable_remove()->mutable_devices())
      fill_removed(world, removed);
  if (entry.has_extend()) fill_removed(world, *entry.mutable_extend()->mutable_device());
  if (entry.has_handover()) fill_device(world, *entry.mutable_handover()->mutable_lead());
  const FormerMember* former = log.former_member(world.second.device());
  if (entry.has_admit() && former != nullptr)
    entry.mutable_admit()->set_after_removal(field_of(former->removal.view()));
}

/// For the members but those that the entry removes.
void fill_epoch(const MembershipLog& log, const membership::Remove& removal, membership::EpochRecord& epoch) {
  const EpochRecord* before = log.newest_epoch();
  epoch.set_epoch(before == nullptr ? 1 : before->number + 1);
  epoch.set_previous_epoch_hash(
      field_of(before == nullptr ? Sha256Digest().view() : before->entry_hash.view()));
  std::vector<DeviceId> members;
  const auto is_removed = [&](const DeviceId& device) {
    return std::any_of(removal.devices().begin(), removal.devices().end(),
                       [&](const auto& one) { return one.device() == field_of(device.view()); });
  };
  for (const auto& [device, member] : log.members()) {
    if (is_removed(device)) continue;
    const int at = static_cast<int>(members.size());
    members.push_back(device);
    membership::Wrap& wrap = at < epoch.wraps_size() ? *epoch.mutable_wraps(at) : *epoch.add_wraps();
    wrap.set_recipient(field_of(device.view()));
  }
  epoch.set_recipients_hash(field_of(recipients_hash(members).view()));
}

Bytes signed_entry(const World& world, const MembershipLog& log, Byte fill, ByteView body) {
  membership::Entry entry;
  Bytes bytes = to_bytes(body);
  const DeviceIdentity& author = (fill & kSecondDevice) != 0 ? world.second : world.founder;
  if (entry.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    if ((fill & kFillPlace) != 0) {
      entry.set_suite(kSuite1);
      entry.set_circle(field_of(world.circle.view()));
      entry.set_index(log.size());
      entry.set_predecessor(field_of(log.head().view()));
    }
    if ((fill & kFillAuthor) != 0) entry.set_author(field_of(author.device().view()));
    if ((fill & kFillCertificates) != 0) {
      if (entry.has_genesis()) fill_certificate(world, *entry.mutable_genesis()->mutable_founder());
      if (entry.has_admit()) fill_certificate(world, *entry.mutable_admit()->mutable_certificate());
      if (entry.has_certify()) fill_certificate(world, *entry.mutable_certify()->mutable_certificate());
    }
    if ((fill & kFillDevices) != 0) fill_devices(world, log, entry);
    if ((fill & kFillEpoch) != 0 && entry.has_rotate()) fill_epoch(log, {}, *entry.mutable_rotate());
    if ((fill & kFillEpoch) != 0 && entry.has_remove() && entry.remove().has_epoch())
      fill_epoch(log, entry.remove(), *entry.mutable_remove()->mutable_epoch());
    bytes = encode_message(entry);
  }
  membership::SignedEntry envelope;
  envelope.set_entry(field_of(bytes));
  envelope.set_signature(field_of(author.signing().sign(label::kMembership, bytes).view()));
  return encode_message(envelope);
}

/// A member also opens what the relay only counts. Whatever it meets, it never takes what the relay refuses.
void show_to_a_member(const World& world, const std::vector<Bytes>& entries) {
  MemberCircle circle(world.founder, world.town.roots());
  for (const Bytes& entry : world.first_entries)
    expect(circle.apply(entry).has_value(), "the founder reads its circle");
  for (const Bytes& entry : entries) {
    const Sha256Digest head = circle.log().head();
    const bool taken = circle.apply(entry).has_value();
    expect(taken || circle.log().head() == head, "a refused entry changes nothing for a member");
    if (!taken) return;
  }
}

}  // namespace

void fuzz(ByteView input) {
  static auto& world = *new World;
  MembershipLog log = world.log;
  std::vector<Bytes> taken;
  Input parts(input);
  for (std::size_t i = 0; i < kEntriesMax && !parts.empty(); ++i) {
    const Byte fill = parts.byte();
    const Bytes entry = signed_entry(world, log, fill, parts.part());
    const auto place = parse_entry_place(entry);
    const MembershipLog before = log;
    const Status applied = log.apply(entry);
    if (applied) {
      expect(place && log.size() == before.size() + 1 && log.head() == place->hash,
             "an entry takes its place");
      expect(log.members().size() <= kCircleMembersMax, "a circle stays within its limit");
      expect(!log.members().empty(), "a circle has members");
      expect(log.newest_epoch() == nullptr || log.epoch_at(log.size() - 1) == log.newest_epoch()->number,
             "the newest epoch stands at the newest entry");
      taken.push_back(entry);
    } else {
      expect(log.size() == before.size() && log.head() == before.head() &&
                 log.members().size() == before.members().size() &&
                 log.former_members().size() == before.former_members().size() &&
                 log.policy() == before.policy() && log.epoch_is_open() == before.epoch_is_open() &&
                 log.epochs().size() == before.epochs().size(),
             "a refused entry changes nothing");
    }
  }
  if (!taken.empty()) show_to_a_member(world, taken);
}

}  // namespace thuisbasis::fuzzing
