// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/open_removals.h"

#include <algorithm>

#include "core/base/wire_bytes.h"
#include "core/circle/entry_wish.h"

namespace thuisbasis {
namespace {

std::string name_of(const CircleId& circle) { return std::string(kRemovalsPrefix) + circle.text(); }

/// `since` is how long the log was left when the entry lost its place.
struct Remembered {
  std::uint32_t since = 0;
  Bytes entry;
};

Result<std::vector<Remembered>> remembered(const VaultState& state, const CircleId& circle) {
  std::vector<Remembered> entries;
  TB_TRY(const auto kept, state.store.values.get(name_of(circle)));
  if (!kept) return entries;
  for (ByteReader reader(*kept); reader.remaining() > 0;) {
    TB_TRY(const std::uint32_t since, reader.u32());
    TB_TRY(const std::uint32_t size, reader.u32());
    TB_TRY(const ByteView entry, reader.raw(size));
    entries.push_back({since, to_bytes(entry)});
  }
  return entries;
}

Status keep(VaultState& state, const CircleId& circle, const std::vector<Remembered>& entries) {
  ByteWriter writer;
  for (const Remembered& one : entries) {
    writer.u32(one.since);
    writer.u32(static_cast<std::uint32_t>(one.entry.size()));
    writer.raw(one.entry);
  }
  return state.store.values.put(name_of(circle), writer.take());
}

/// What one remembered removal is about.
struct Removed {
  Sha256Digest hash;
  Sha256Digest predecessor;
  std::vector<DeviceId> devices;
  std::uint32_t since = 0;
};

Result<Removed> read(const VaultState& state, const Remembered& one) {
  TB_TRY(const EntryPlace place, parse_entry_place(one.entry));
  TB_TRY(const auto wish, read_wish(one.entry, state.roots->registrar));
  const RemovalWish* removal = wish ? std::get_if<RemovalWish>(&*wish) : nullptr;
  return Removed{place.hash, place.predecessor,
                 removal == nullptr ? std::vector<DeviceId>{place.author} : removal->devices, one.since};
}

/// A member, and whoever let it in did not know of this removal. What the device itself seals is for others.
bool is_back(const MembershipLog& log, const Removed& removed, const DeviceId& device, const DeviceId& self) {
  const Member* member = log.member(device);
  return member != nullptr && device != self && !log.has_carried(removed.hash, device) &&
         !log.is_overridden(removed.hash, log.index_of(removed.predecessor), *member);
}

/// Out again since, or in by the word of one who knew. Who never was a member of this log may still become
/// one, and whom an older removal keeps out may still come back by the word of one who knew of that only.
bool is_settled(const MembershipLog& log, const Removed& removed, const DeviceId& device,
                const DeviceId& self) {
  if (log.member(device) != nullptr) return !is_back(log, removed, device, self);
  const FormerMember* former = log.former_member(device);
  if (former == nullptr) return false;
  return former->removal_index >= removed.since || log.has_entry(removed.hash) ||
         log.has_carried(removed.hash, device);
}

}  // namespace

Status remember_removal(VaultState& state, const StoredCircle& circle, ByteView entry, std::uint32_t since) {
  TB_TRY(std::vector<Remembered> entries, remembered(state, circle.id));
  const auto known = std::find_if(entries.begin(), entries.end(), [&](const Remembered& one) {
    return std::equal(one.entry.begin(), one.entry.end(), entry.begin(), entry.end());
  });
  if (known == entries.end())
    entries.push_back({since, to_bytes(entry)});
  else
    known->since = std::min(known->since, since);
  return keep(state, circle.id, entries);
}

Status forget_settled_removals(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const std::vector<Remembered> entries, remembered(state, circle.id));
  if (entries.empty()) return {};
  // What no relay has yet may still lose its place.
  TB_TRY(const std::vector<MembershipRow> unconfirmed,
         state.store.circles.unconfirmed_membership(circle.row));
  if (!unconfirmed.empty()) return {};
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  std::vector<Remembered> left;
  for (const Remembered& one : entries) {
    TB_TRY(const Removed removed, read(state, one));
    const bool settled =
        std::all_of(removed.devices.begin(), removed.devices.end(), [&](const DeviceId& device) {
          return is_settled(members->log(), removed, device, state.self.device);
        });
    if (!settled) left.push_back(one);
  }
  return left.size() == entries.size() ? Status() : keep(state, circle.id, left);
}

Result<std::vector<Bytes>> open_removals(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const std::vector<Remembered> entries, remembered(state, circle.id));
  std::vector<Bytes> open;
  for (const Remembered& one : entries) {
    TB_TRY(const MemberCircle* members, state.member_circle(circle));
    TB_TRY(const Removed removed, read(state, one));
    if (std::any_of(removed.devices.begin(), removed.devices.end(), [&](const DeviceId& device) {
          return is_back(members->log(), removed, device, state.self.device);
        }))
      open.push_back(one.entry);
  }
  return open;
}

Status forget_removals_of(VaultState& state, const StoredCircle& circle, const DeviceId& device) {
  TB_TRY(std::vector<Remembered> entries, remembered(state, circle.id));
  std::vector<Remembered> left;
  for (Remembered& one : entries) {
    TB_TRY(const Removed removed, read(state, one));
    const bool is_of_it = removed.devices == std::vector<DeviceId>{device};
    if (!is_of_it) left.push_back(std::move(one));
  }
  return left.size() == entries.size() ? Status() : keep(state, circle.id, left);
}

}  // namespace thuisbasis
