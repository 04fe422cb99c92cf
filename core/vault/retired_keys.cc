// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/retired_keys.h"

#include <algorithm>

#include "core/base/wire_bytes.h"

namespace thuisbasis {
namespace {

std::string name_of(const CircleId& circle) { return std::string(kRetiredKeysPrefix) + circle.text(); }

/// Those that were out of the circle when the epoch of this entry began.
std::vector<DeviceId> out_at(const MembershipLog& log, std::uint32_t entry_index) {
  std::vector<DeviceId> out;
  for (const auto& [device, former] : log.former_members()) {
    const Member* now = log.member(device);
    if (former.front().removed_at > entry_index) continue;
    const bool was_back = now != nullptr && now->admitted_at < entry_index;
    const bool was_between = std::any_of(former.begin(), former.end(), [&](const FormerMember& one) {
      return one.member.admitted_at < entry_index && entry_index < one.removed_at;
    });
    if (!was_back && !was_between) out.push_back(device);
  }
  return out;
}

void write_key(ByteWriter& writer, const EpochKey& key, const std::vector<DeviceId>& hidden_from) {
  writer.u32(key.epoch());
  writer.raw(key.secret().view());
  writer.u32(static_cast<std::uint32_t>(hidden_from.size()));
  for (const DeviceId& device : hidden_from) writer.raw(device.view());
}

}  // namespace

Status keep_retired_keys(VaultState& state, const StoredCircle& circle, const MemberCircle& members,
                         const std::set<std::uint32_t>& entries) {
  ByteWriter writer;
  for (const EpochRecord& epoch : members.log().epochs()) {
    const EpochKey* key = members.key(epoch.number);
    if (!entries.contains(epoch.entry_index) || key == nullptr) continue;
    write_key(writer, *key, out_at(members.log(), epoch.entry_index));
  }
  // What the epochs that are lost told of still earlier ones goes with them: it is told again by the next.
  for (const EpochKey* told : members.keys_only_told())
    write_key(writer, *told, out_at(members.log(), members.log().size()));
  const Bytes added = writer.take();
  if (added.empty()) return {};
  TB_TRY(const auto known, state.store.values.get(name_of(circle.id)));
  Bytes all = known.value_or(Bytes());
  all.insert(all.end(), added.begin(), added.end());
  return state.store.values.put(name_of(circle.id), all);
}

Status load_retired_keys(const VaultState& state, const CircleId& circle, MemberCircle& members) {
  TB_TRY(const auto kept, state.store.values.get(name_of(circle)));
  if (!kept) return {};
  for (ByteReader reader(*kept); reader.remaining() > 0;) {
    TB_TRY(const std::uint32_t epoch, reader.u32());
    TB_TRY(const ByteView secret, reader.raw(EpochKey::kSize));
    TB_TRY(EpochKey key, EpochKey::from_secret(circle, epoch, Secret::copy_of(secret)));
    std::set<DeviceId> hidden_from;
    TB_TRY(const std::uint32_t out, reader.u32());
    for (std::uint32_t i = 0; i < out; ++i) {
      TB_TRY(const ByteView device, reader.raw(DeviceId::kSize));
      TB_TRY(const DeviceId id, DeviceId::from(device));
      hidden_from.insert(id);
    }
    members.keep_retired(std::move(key), std::move(hidden_from));
  }
  return {};
}

}  // namespace thuisbasis
