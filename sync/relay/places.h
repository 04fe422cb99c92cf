// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <span>

#include "sync/relay/cursor_vector.h"
#include "sync/relay/storage.h"
#include "sync/wire/frames.h"

namespace thuisbasis {

/// Compares what a device remembers of its circles' logs with the logs themselves, up to where it stands
/// (PROTOCOL.md P-108). Nothing when they are the same; else what stands at each cursor, for the device to
/// judge: it may hold more than a relay that was put back to an older state. `heads`: of the device's own
/// circles, sorted; of any other the log does not reach anywhere. `with_earlier`: marks before the cursors
/// too, as many as fit into a frame.
Result<std::optional<PlacesFrame>> differing_places(RelayStorage& storage, std::span<const CircleHead> heads,
                                                    const CursorVector& stand, const MarksHash& remembered,
                                                    bool with_earlier);

}  // namespace thuisbasis
