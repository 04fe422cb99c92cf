// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thuisbasis {

/// One JSON object, its members in the order they were added. For --json and for export, where the same
/// content must give the same bytes.
class Row final {
 public:
  Row& text(std::string_view name, std::string_view value);  ///< what is no UTF-8 is replaced
  Row& number(std::string_view name, std::int64_t value);
  Row& number(std::string_view name, std::uint64_t value);
  Row& flag(std::string_view name, bool value);
  Row& texts(std::string_view name, const std::vector<std::string>& values);
  Row& object(std::string_view name, const Row& value);
  Row& objects(std::string_view name, const std::vector<Row>& values);
  /// `json` is a JSON value already.
  Row& raw(std::string_view name, std::string json);

  bool empty() const { return members_.empty(); }
  std::string json() const;

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

/// A JSON string with its quotes.
std::string json_text(std::string_view value);

}  // namespace thuisbasis
