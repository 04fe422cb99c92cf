// SPDX-License-Identifier: EUPL-1.2
#pragma once

namespace thuisbasis {

/// Whether signatures are checked, and the wraps of others made, now; or were when it came, and it is kept
/// since where nobody else writes: in the vault's own authenticated pages. Every other check is always made.
enum class Proof : bool { kNow, kGivenBefore };

}  // namespace thuisbasis
