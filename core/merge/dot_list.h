// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "core/base/ids.h"

namespace thuisbasis {

/// The data of a deletion: which dots of the record it saw. Sorted, without duplicates; per author its 40
/// bytes, then the differences of the numbers as varints. Equal lists have equal bytes.
Bytes encode_dots(const std::vector<Dot>& sorted);
Result<std::vector<Dot>> decode_dots(ByteView bytes);  ///< kMalformed unless it is what encode_dots writes

/// Sorts and drops duplicates.
void normalise(std::vector<Dot>& dots);

}  // namespace thuisbasis
