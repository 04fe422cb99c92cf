// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/row.h"

#include <nlohmann/json.hpp>

namespace thuisbasis {
namespace {

template <typename Item, typename Write>
std::string json_list(const std::vector<Item>& items, Write write) {
  std::string list = "[";
  for (const Item& item : items) {
    if (list.size() > 1) list += ',';
    list += write(item);
  }
  return list + "]";
}

}  // namespace

std::string json_text(std::string_view value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Row& Row::raw(std::string_view name, std::string json) {
  members_.emplace_back(std::string(name), std::move(json));
  return *this;
}

Row& Row::text(std::string_view name, std::string_view value) { return raw(name, json_text(value)); }
Row& Row::number(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
Row& Row::number(std::string_view name, std::uint64_t value) { return raw(name, std::to_string(value)); }
Row& Row::flag(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }

Row& Row::texts(std::string_view name, const std::vector<std::string>& values) {
  return raw(name, json_list(values, [](const std::string& value) { return json_text(value); }));
}

Row& Row::object(std::string_view name, const Row& value) { return raw(name, value.json()); }

Row& Row::objects(std::string_view name, const std::vector<Row>& values) {
  return raw(name, json_list(values, [](const Row& value) { return value.json(); }));
}

std::string Row::json() const {
  std::string object = "{";
  for (const auto& [name, value] : members_) {
    if (object.size() > 1) object += ',';
    object += json_text(name) + ":" + value;
  }
  return object + "}";
}

}  // namespace thuisbasis
