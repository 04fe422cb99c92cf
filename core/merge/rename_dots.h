// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <map>

#include "core/merge/operation.h"

namespace thuisbasis {

/// Puts other dots in the place of those a change names: its own, the ones its operations replace, and the
/// ones a deletion saw. Dots without a new name stay. For work that is written again under another author
/// (PROTOCOL.md P-119). kMalformed for a deletion whose list of dots cannot be read.
Status rename_dots(Change& change, const std::map<Dot, Dot>& names);

/// Whether two changes do the same at the same time, whatever dots they go under and name.
bool is_same_but_for_dots(const Change& one, const Change& other);

/// Leaves only those dots that `exists` says are there in what the operations replace and deletions saw: a
/// change may name a write that was lost. The same error.
Status drop_lost_dots(Change& change, const std::function<bool(const Dot&)>& exists);

}  // namespace thuisbasis
