// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstddef>

namespace thuisbasis::sim {

/// In a fleet every device checks each signature on a processor of its own; here they share one. So in
/// programs that link the simulator, libsodium is asked once about the same key, message and signature while
/// a run lasts. Only a signature that was found good is remembered: what is forged is looked at every time.
/// The state is of one thread.
namespace seen_signatures {

/// For the beginning of a run.
void forget();
std::size_t count();

}  // namespace seen_signatures
}  // namespace thuisbasis::sim
