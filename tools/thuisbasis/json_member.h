// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/base/bytes.h"

namespace thuisbasis {

/// A member of a JSON object in a file that this program wrote. kMalformed where it is missing or no text.
Result<std::string> member_text(const nlohmann::json& object, const char* name);
/// Written as base64url.
Result<Bytes> member_bytes(const nlohmann::json& object, const char* name);
/// 0 where it is missing or no whole number.
std::int64_t member_number(const nlohmann::json& object, const char* name);

}  // namespace thuisbasis
