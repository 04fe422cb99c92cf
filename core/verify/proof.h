// SPDX-License-Identifier: EUPL-1.2
#pragma once

namespace thuisbasis {

/// Whether what costs a signature or an agreement of keys is checked now, or was when it came and is kept
/// since where nobody else writes: in the vault's own authenticated pages. Every other check is always made.
enum class Proof : bool { kNow, kGivenBefore };

}  // namespace thuisbasis
