// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/schema/schema.h"

namespace thuisbasis::sim {

/// Programs that a fleet runs side by side. Each knows the record kinds and fields of the one before it, and
/// more; the first one's vaults have the first layout.
inline constexpr std::size_t kVersions = 3;
inline constexpr std::size_t kVersionToday = 1;

const Schema& schema_of(std::size_t version);

}  // namespace thuisbasis::sim
