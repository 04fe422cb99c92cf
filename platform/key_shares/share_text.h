// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>
#include <string>

#include "platform/key_shares/key_shares.h"

namespace thuisbasis {

inline constexpr std::size_t kShareRows = 8;

/// A share on paper (PROTOCOL.md P-141): eight rows such as "3: 7K0M QX42 A9TD", each with a check of its
/// own, to be printed, and typed again years later. Text like any other, in memory that nobody guards: for a
/// computer away from the network. Any thread.
std::array<std::string, kShareRows> share_rows(const KeyShare& share);

/// Finds the rows in a text, whatever stands around them, in any order. Capitals do not matter, nor whether
/// an O or a zero, an I, L or a one was typed. kMalformed names the row that is missing or not as it was
/// printed; kUnknownSuite for a form of a later time.
Result<KeyShare> parse_share(std::string_view text);

}  // namespace thuisbasis
