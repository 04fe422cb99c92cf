// SPDX-License-Identifier: EUPL-1.2
// For the sources of this room only: it brings the JSON library along.
#pragma once
#include <nlohmann/json.hpp>

#include "core/base/ids.h"

namespace thuisbasis {

using Json = nlohmann::ordered_json;  ///< keeps the order of the members, and so the order of operations

/// The refusal of a line: kMalformed.
Error bad_line(const std::string& reason);

/// The object that a line is, within the limits of line_limits.h. kMalformed, kTooLarge. Never throws.
Result<Json> parse_line(std::string_view text);

/// A member that must be text, a number from 0, an id.
Result<std::string> text_member(const Json& object, const char* name);
Result<std::uint64_t> number_member(const Json& object, const char* name);
template <typename Id>
Result<Id> id_member(const Json& object, const char* name) {
  TB_TRY(const std::string text, text_member(object, name));
  auto id = Id::parse(text);
  if (!id)
    return bad_line(std::string("'") + name + "' is no id of " + std::to_string(Id::kSize) +
                    " bytes in base64url");
  return std::move(*id);
}

/// Text without quotes, anything else as JSON.
std::string plain_text(const Json& value);

}  // namespace thuisbasis
