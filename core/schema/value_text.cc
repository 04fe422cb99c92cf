// SPDX-License-Identifier: EUPL-1.2
#include <google/protobuf/descriptor.h>

#include <array>
#include <charconv>
#include <optional>

#include "core/schema/enum_names.h"
#include "core/schema/field_codec.h"

namespace thuisbasis {
namespace {

using google::protobuf::FieldDescriptor;

constexpr std::size_t kNumberCharsMax = 32;

template <typename Number>
std::string number_text(Number number) {
  std::array<char, kNumberCharsMax> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return std::string(buffer.data(), result.ptr);
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<bool> parse_bool(std::string_view text) {
  for (const std::string_view yes : {"true", "ja", "yes", "1"})
    if (text == yes) return true;
  for (const std::string_view no : {"false", "nee", "no", "0"})
    if (text == no) return false;
  return std::nullopt;
}

struct ToText {
  bool single_precision;

  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(std::int64_t value) const { return number_text(value); }
  std::string operator()(std::uint64_t value) const { return number_text(value); }
  std::string operator()(double value) const {
    return single_precision ? number_text(static_cast<float>(value)) : number_text(value);
  }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const EnumValue& value) const {
    return value.name.empty() ? number_text(value.number) : value.name;
  }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const Bytes& value) const { return to_base64url(value); }
};

/// What a field takes, for the person who wrote something else.
std::string takes(const FieldSchema& field) {
  switch (field.descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return "one of: " + enum_names::choices(*field.descriptor->enum_type());
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "a number";
    case FieldDescriptor::CPPTYPE_STRING:
      return field.descriptor->type() == FieldDescriptor::TYPE_BYTES ? "an id or bytes in base64url"
                                                                     : "UTF-8 text";
    default:
      return "a whole number";
  }
}

std::optional<TypedValue> parse_typed(const FieldSchema& field, std::string_view text) {
  const auto wrap = [](const auto& parsed) {
    return parsed ? std::optional<TypedValue>(*parsed) : std::nullopt;
  };
  switch (field.descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return wrap(parse_number<std::uint64_t>(text));
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return wrap(parse_number<double>(text));
    case FieldDescriptor::CPPTYPE_BOOL:
      return wrap(parse_bool(text));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const std::optional<int> number = enum_names::parse(*field.descriptor->enum_type(), text);
      if (!number) return std::nullopt;
      return EnumValue{*number, {}};
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      if (field.descriptor->type() == FieldDescriptor::TYPE_STRING) return std::string(text);
      Result<Bytes> bytes = from_base64url(text);
      if (!bytes) return std::nullopt;
      return std::move(*bytes);
    }
    default:
      return wrap(parse_number<std::int64_t>(text));
  }
}

}  // namespace

std::string value_text(const FieldSchema& field, const FieldValue& value) {
  return std::visit(ToText{field.descriptor->type() == FieldDescriptor::TYPE_FLOAT}, to_typed(field, value));
}

Result<FieldValue> parse_value(const FieldSchema& field, std::string_view text) {
  const std::optional<TypedValue> typed = parse_typed(field, text);
  if (typed) {
    Result<FieldValue> value = from_typed(field, *typed);
    if (value) return value;
  }
  return Error(Code::kInvalidArgument, field.name + ": takes " + takes(field));
}

}  // namespace thuisbasis
