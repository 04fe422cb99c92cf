// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "platform/key_shares/key_shares.h"
#include "tools/thuisbasis/texts.h"

namespace thuisbasis {

/// A share of a municipality's archive key as a sheet to print: an HTML page that needs nothing else, with
/// the eight rows to type (PROTOCOL.md P-141) and the same as a QR code.
Result<std::string> share_page(Language language, const KeyShare& share, std::string_view municipality,
                               std::string_view made_on);

}  // namespace thuisbasis
