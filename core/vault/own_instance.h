// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <vector>

#include "core/circle/bundle_opener.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

// A vault that was restored from a backup or copied to a second device shares its author with another state
// of itself: under the same numbers others may know other changes. It notices when a bundle of its own comes
// back that it never stored, or when the relay says FORK; from then on it writes as a new instance (DESIGN 2,
// PROTOCOL.md P-119). Everything here happens within the caller's transaction.

/// From now on this vault writes under a new random instance.
Status begin_instance(VaultState& state);
/// These bytes were taken for a fork. Where they are a bundle of the present instance they contradict what
/// others hold of it: under its numbers nothing more is written.
Status leave_forked_instance(VaultState& state, ByteView bytes);

/// Own work that others know otherwise, taken out of the circle; it goes on once the known bundle is applied.
struct DisplacedWork {
  std::vector<Change> changes;  ///< in the order they were saved
  bool renumber = false;        ///< the known bundle holds another change under one of their numbers
  /// What was built on them, of others or of a copy of this vault; not stored any more.
  std::vector<StoredBundle> orphans;
};

/// A bundle of this device that this vault never stored: a new instance begins, and work of ours under the
/// same numbers makes way for it. What the bundle holds byte for byte needs no second writing. kFork when the
/// relay has signed for another change of ours under these numbers: then it contradicts itself.
Result<DisplacedWork> make_way(VaultState& state, const StoredCircle& circle, const BundleHeader& header,
                               const OpenedBundle& opened);
/// Writes displaced work again, after what the circle knows now: under its numbers, or as the new instance.
/// Orphans come back as soon as what they build on is there; those that cannot yet are set aside, and work
/// that builds on them in turn waits for them (core/vault/rescued_work.h).
Status write_displaced(VaultState& state, const StoredCircle& circle, DisplacedWork work);

/// Whether that work may be what a bundle holds that waits in the circle: written again, it would come out
/// twice. It is not where every such bundle holds another change under its first number.
Result<bool> may_be_waiting(VaultState& state, const StoredCircle& circle, const Author& author,
                            std::uint64_t first);

/// The relay says that others know other changes of ours from `first` on, and has none to show: this work
/// goes on as the present instance, under new numbers.
Status reissue(VaultState& state, const StoredCircle& circle, const Author& author, std::uint64_t first);

}  // namespace thuisbasis
