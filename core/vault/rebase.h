// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "core/circle/entry_wish.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {

/// A wish whose entry has lost its place in the log.
struct LostWish {
  EntryWish wish;
  DeviceId author;
  bool is_own = false;
  bool once_held = false;     ///< by a relay
  bool knew_removal = false;  ///< an admission in spite of a removal that is lost too
  Bytes entry;                ///< as it was signed
  Bytes attributes;           ///< of a device that was to be admitted
};
struct LostEntries {
  std::uint32_t from = 0;  ///< the first index that something else stands at
  std::vector<LostWish> wishes;
};

/// Takes the entries that the relay is not known to hold from `index` on out of the circle's log, and says
/// what was wished by them. Keys of epochs among them are kept: bundles were sealed under them.
Result<LostEntries> withdraw_entries(VaultState& state, const StoredCircle& circle, std::uint32_t index);

/// Signs them again on top of what came first: removals before all else, so that nothing is sealed for whom
/// they remove (DESIGN 9.5). What does not hold any more lapses, and a person hears of it; so does an
/// admission of who was removed meanwhile.
Status repeat_entries(VaultState& state, const StoredCircle& circle, const LostEntries& lost);

/// Own removals that the relay has not taken, from `index` on, signed again with all work of the removed
/// devices that has arrived since.
Status sign_again(VaultState& state, const StoredCircle& circle, std::uint32_t index);

}  // namespace thuisbasis
