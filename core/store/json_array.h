// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <string_view>

namespace thuisbasis {

/// Writes a JSON array (RFC 8259) for a column that holds many values.
class JsonArray final {
 public:
  JsonArray& add_text(std::string_view text);      ///< escaped
  JsonArray& add_literal(std::string_view value);  ///< a number or true/false, as it is

  bool empty() const { return json_.size() == 1; }
  std::string take() &&;

 private:
  void separate();

  std::string json_ = "[";
};

}  // namespace thuisbasis
