// SPDX-License-Identifier: EUPL-1.2
#include "core/store/json_array.h"

namespace thuisbasis {

void JsonArray::separate() {
  if (!empty()) json_ += ',';
}

JsonArray& JsonArray::add_text(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  separate();
  json_ += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json_ += '\\';
      json_ += c;
    } else if (byte < 0x20) {
      json_.append("\\u00");
      json_ += kDigits[byte >> 4];
      json_ += kDigits[byte & 0xf];
    } else {
      json_ += c;
    }
  }
  json_ += '"';
  return *this;
}

JsonArray& JsonArray::add_literal(std::string_view value) {
  separate();
  json_ += value;
  return *this;
}

std::string JsonArray::take() && {
  json_ += ']';
  return std::move(json_);
}

}  // namespace thuisbasis
