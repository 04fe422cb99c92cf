// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/stored_log.h"

#include <utility>

namespace thuisbasis {

Result<StoredLog> StoredLog::beyond(VaultState& state, const StoredCircle& circle, std::uint64_t sequence) {
  StoredLog log(state, circle);
  TB_TRY(log.bundles_, state.store.log.places_beyond(circle.row, sequence));
  TB_TRY(log.entries_, state.store.circles.membership(circle.row));
  return log;
}

Result<std::optional<Arrival>> StoredLog::taken_at(std::uint64_t sequence) {
  if (const auto bundle = bundles_.find(sequence); bundle != bundles_.end()) {
    TB_TRY(auto bytes, state_->store.log.bundle_bytes(bundle->second, circle_, sequence));
    if (!bytes) return std::optional<Arrival>();
    bytes_ = std::move(*bytes);
    return std::optional(Arrival{id_, sequence, false, bytes_});
  }
  for (const MembershipRow& entry : entries_)
    if (entry.sequence == sequence) return std::optional(Arrival{id_, sequence, true, entry.entry});
  return std::optional<Arrival>();
}

Result<std::optional<Arrival>> StoredLog::at(std::uint64_t sequence) {
  TB_TRY(const std::optional<Arrival> taken, taken_at(sequence));
  if (taken) return taken;
  TB_TRY(std::vector<QuarantinedItem> aside, state_->store.log.quarantined_at(circle_, sequence));
  if (aside.empty()) return std::optional<Arrival>();
  bytes_ = std::move(aside.front().bytes);
  return std::optional(Arrival{id_, sequence, !parse_bundle(bytes_), bytes_});
}

}  // namespace thuisbasis
