// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "core/vault/vault_state.h"

namespace thuisbasis {

/// What is known of a circle's log at the relay, beyond a place in it: bundles, entries and what was set
/// aside, item by item, as they were stored when it was made.
class StoredLog final {
 public:
  static Result<StoredLog> beyond(VaultState& state, const StoredCircle& circle, std::uint64_t sequence);

  /// The bundle or entry at that place; empty when none is known. Its bytes are valid until the next call.
  Result<std::optional<Arrival>> taken_at(std::uint64_t sequence);
  /// The same, or what was set aside there.
  Result<std::optional<Arrival>> at(std::uint64_t sequence);

 private:
  StoredLog(VaultState& state, const StoredCircle& circle)
      : state_(&state), circle_(circle.row), id_(circle.id) {}

  VaultState* state_;
  CircleRow circle_;
  CircleId id_;
  std::map<std::uint64_t, std::int64_t> bundles_;
  std::vector<MembershipRow> entries_;
  Bytes bytes_;
};

}  // namespace thuisbasis
