// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <vector>

#include "core/circle/bundle_opener.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// Opens a bundle of that epoch under the key that fits: where a relay that was put back had two devices
/// begin the same epoch, there are several. kDecryptFailed where none does.
Result<OpenedBundle> open_with_keys(const MemberCircle& members, std::uint32_t epoch,
                                    const std::function<Result<OpenedBundle>(const EpochKey&)>& open);
/// Opens a bundle that lies in the store, ours or another's, with the keys of its circle. It was proven when
/// it was taken; its author may be no member any more where a relay that was put back has another log.
Result<OpenedBundle> open_stored(VaultState& state, const StoredCircle& circle, const StoredBundle& bundle);
/// Opens one that is set aside: nobody took it yet, so its signature is checked. kNotMember.
Result<OpenedBundle> open_set_aside(VaultState& state, const StoredCircle& circle, ByteView bytes);

/// What an opened bundle says, as far as it can be read.
struct BundleChanges {
  std::vector<Change> changes;            ///< without those that were withheld
  std::vector<std::uint64_t> unreadable;  ///< numbers of those that are no changes at all (PROTOCOL.md P-46)
};
BundleChanges decode_changes(const OpenedBundle& opened, const Author& author);

/// Visits a circle's bundles in the order they were stored (see ChangeLog::bundles); stops at the first
/// error.
Status for_each_bundle(VaultState& state, const StoredCircle& circle,
                       const std::function<Status(const StoredBundle&)>& visit);

}  // namespace thuisbasis
