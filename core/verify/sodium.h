// SPDX-License-Identifier: EUPL-1.2
#pragma once

namespace thuisbasis {

/// Makes libsodium ready: it chooses the fastest code for this processor and prepares guarded memory. Call it
/// before the first use of libsodium; any thread, any number of times. Ends the process when libsodium cannot
/// start.
void ensure_sodium();

}  // namespace thuisbasis
