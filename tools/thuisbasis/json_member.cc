// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/json_member.h"

#include <nlohmann/json.hpp>

namespace thuisbasis {

Result<std::string> member_text(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string())
    return Error(Code::kMalformed, std::string("no '") + name + "'");
  return found->get<std::string>();
}

Result<Bytes> member_bytes(const nlohmann::json& object, const char* name) {
  TB_TRY(const std::string text, member_text(object, name));
  return from_base64url(text);
}

std::int64_t member_number(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace thuisbasis
