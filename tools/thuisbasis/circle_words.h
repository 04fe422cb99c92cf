// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>

#include "core/vault/circles.h"
#include "tools/thuisbasis/row.h"
#include "tools/thuisbasis/texts.h"

namespace thuisbasis {

// How circles and their members are told to people and programs.

Row circle_row(const CircleOverview& circle);
Row member_row(const CircleMember& member);

/// What new work of the circle waits for. Nothing while it goes on, or will at the next sync by itself.
std::optional<Text> words_of(SealingWait wait);
Text words_of(Rank rank);
/// As it is written in answers for programs.
std::string_view name_of(Rank rank);
std::string_view name_of(SealingWait wait);

}  // namespace thuisbasis
