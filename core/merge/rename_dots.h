// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>

#include "core/merge/operation.h"

namespace thuisbasis {

/// Puts other dots in the place of those a change names: its own, the ones its operations replace, and the
/// ones a deletion saw. Dots without a new name stay. For work that is written again under another author
/// (PROTOCOL.md P-119). kMalformed for a deletion whose list of dots cannot be read.
Status rename_dots(Change& change, const std::map<Dot, Dot>& names);

}  // namespace thuisbasis
