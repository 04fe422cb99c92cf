// SPDX-License-Identifier: EUPL-1.2
#include "core/schema/enum_names.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <charconv>

namespace thuisbasis::enum_names {
namespace {

namespace pb = google::protobuf;

std::string folded(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == ' ') c = '_';
  }
  return result;
}

/// Up to and with the last '_' of what the names of all values but 0 have in common.
std::size_t prefix_length(const pb::EnumDescriptor& type) {
  std::string_view common;
  int names = 0;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string_view name = type.value(i)->name();
    if (type.value(i)->number() == 0) continue;
    const std::string_view both = names++ == 0 ? name : common;
    const auto differ = std::mismatch(both.begin(), both.end(), name.begin(), name.end()).first;
    common = both.substr(0, static_cast<std::size_t>(differ - both.begin()));
  }
  return names < 2 ? 0 : common.rfind('_') + 1;  // npos + 1 is 0
}

}  // namespace

std::string short_name(const pb::EnumDescriptor& type, int number) {
  const pb::EnumValueDescriptor* value = type.FindValueByNumber(number);
  if (value == nullptr) return {};
  const std::string_view name = value->name();
  return folded(number == 0 ? name : name.substr(prefix_length(type)));
}

std::optional<int> parse(const pb::EnumDescriptor& type, std::string_view text) {
  const std::string wanted = folded(text);
  for (int i = 0; i < type.value_count(); ++i) {
    const pb::EnumValueDescriptor& value = *type.value(i);
    if (wanted == folded(value.name()) || wanted == short_name(type, value.number())) return value.number();
  }
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string choices(const pb::EnumDescriptor& type) {
  std::string names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    if (!names.empty()) names += ", ";
    names += short_name(type, type.value(i)->number());
  }
  return names;
}

}  // namespace thuisbasis::enum_names
