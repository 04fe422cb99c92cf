// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/vault_state.h"

namespace thuisbasis {

// A log that went another way than the one here, of which a relay says which stands.

/// How much of the log here the relay is known to have: beyond that another member's may go on otherwise.
Result<std::uint32_t> confirmed_size(const VaultState& state, const StoredCircle& circle,
                                     const MembershipLog& log);

/// Whether the author of the bundle knew another entry than the one here, at a place of which the relay has
/// yet to say whose stands: the other may be a removal.
bool names_rival(const MembershipLog& log, const BundleHeader& header, std::uint32_t confirmed_size);

/// Whether it was sealed on another log: it names an entry that is not in the one here.
bool is_of_another_log(const MembershipLog& log, const BundleHeader& header);

}  // namespace thuisbasis
