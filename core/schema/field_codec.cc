// SPDX-License-Identifier: EUPL-1.2
#include "core/schema/field_codec.h"

#include <google/protobuf/descriptor.h>

#include <bit>
#include <utility>

#include "core/schema/enum_names.h"

namespace thuisbasis {
namespace {

using google::protobuf::FieldDescriptor;

std::int64_t unzigzag(std::uint64_t coded) {
  return static_cast<std::int64_t>(coded >> 1 ^ ((coded & 1) != 0 ? UINT64_MAX : 0));
}
std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

template <typename Narrow, typename Wide>
bool fits(Wide value) {
  return std::in_range<Narrow>(value);
}

FieldValue fixed64(std::uint64_t bits) { return {ValueShape::kFixed64, bits, {}}; }
FieldValue fixed32(std::uint32_t bits) { return {ValueShape::kFixed32, bits, {}}; }
std::uint32_t low_bits(std::int64_t value) { return static_cast<std::uint32_t>(value & 0xffffffff); }

/// The signed number that a value stands for, in the field's type.
std::int64_t signed_number(const FieldSchema& field, const FieldValue& value) {
  switch (field.descriptor->type()) {
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64:
      return unzigzag(value.number);
    case FieldDescriptor::TYPE_SFIXED32:
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(value.number));
    default:
      return static_cast<std::int64_t>(value.number);
  }
}

FieldValue from_signed(const FieldSchema& field, std::int64_t value) {
  switch (field.descriptor->type()) {
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64:
      return FieldValue::varint(zigzag(value));
    case FieldDescriptor::TYPE_SFIXED32:
    case FieldDescriptor::TYPE_FIXED32:
      return fixed32(low_bits(value));
    case FieldDescriptor::TYPE_SFIXED64:
    case FieldDescriptor::TYPE_FIXED64:
      return fixed64(static_cast<std::uint64_t>(value));
    default:
      return FieldValue::varint(static_cast<std::uint64_t>(value));
  }
}

double real_number(const FieldValue& value) {
  if (value.shape == ValueShape::kFixed32)
    return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(value.number)));
  return std::bit_cast<double>(value.number);
}

FieldValue from_real(const FieldSchema& field, double value) {
  if (field.descriptor->type() == FieldDescriptor::TYPE_FLOAT)
    return fixed32(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
  return fixed64(std::bit_cast<std::uint64_t>(value));
}

Error wrong_type(const FieldSchema& field, std::string_view takes) {
  return Error(Code::kInvalidArgument, field.name + ": takes " + std::string(takes));
}

/// Integers of any sign, by the range of the field's type.
template <typename Integer>
Result<FieldValue> from_integer(const FieldSchema& field, Integer value) {
  bool in_range = false;
  switch (field.descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_ENUM:
      in_range = fits<std::int32_t>(value);
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      in_range = fits<std::uint32_t>(value);
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      in_range = fits<std::int64_t>(value);
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      in_range = fits<std::uint64_t>(value);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return from_real(field, static_cast<double>(value));
    default:
      return wrong_type(field, "no number");
  }
  if (!in_range) return wrong_type(field, "a smaller range of numbers");
  return from_signed(field, static_cast<std::int64_t>(value));
}

struct FromTyped {
  const FieldSchema& field;

  Result<FieldValue> operator()(std::monostate) const { return FieldValue::none(); }
  Result<FieldValue> operator()(std::int64_t value) const { return from_integer(field, value); }
  Result<FieldValue> operator()(std::uint64_t value) const { return from_integer(field, value); }
  Result<FieldValue> operator()(double value) const {
    if (field.stored.shape == ValueShape::kData || !is_real()) return wrong_type(field, "no fraction");
    return from_real(field, value);
  }
  Result<FieldValue> operator()(bool value) const {
    if (field.descriptor->type() != FieldDescriptor::TYPE_BOOL) return wrong_type(field, "no boolean");
    return FieldValue::varint(value ? 1 : 0);
  }
  Result<FieldValue> operator()(const EnumValue& value) const {
    if (field.descriptor->type() != FieldDescriptor::TYPE_ENUM) return wrong_type(field, "no code");
    return from_integer(field, std::int64_t{value.number});
  }
  Result<FieldValue> operator()(const std::string& value) const {
    if (field.descriptor->type() != FieldDescriptor::TYPE_STRING) return wrong_type(field, "no text");
    if (!is_utf8(as_bytes(value))) return wrong_type(field, "UTF-8 text");
    return FieldValue::text(value);
  }
  Result<FieldValue> operator()(const Bytes& value) const {
    if (field.descriptor->type() != FieldDescriptor::TYPE_BYTES) return wrong_type(field, "no bytes");
    return FieldValue::bytes(value);
  }

 private:
  bool is_real() const {
    return field.descriptor->type() == FieldDescriptor::TYPE_DOUBLE ||
           field.descriptor->type() == FieldDescriptor::TYPE_FLOAT;
  }
};

TypedValue signed_in_range(std::int64_t value, bool in_range) {
  return in_range ? TypedValue(value) : TypedValue();
}

}  // namespace

TypedValue to_typed(const FieldSchema& field, const FieldValue& value) {
  if (value.shape != field.stored.shape) return {};
  switch (field.descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: {
      const std::int64_t number = signed_number(field, value);
      return signed_in_range(number, fits<std::int32_t>(number));
    }
    case FieldDescriptor::CPPTYPE_INT64:
      return signed_number(field, value);
    case FieldDescriptor::CPPTYPE_UINT32:
      return fits<std::uint32_t>(value.number) ? TypedValue(value.number) : TypedValue();
    case FieldDescriptor::CPPTYPE_UINT64:
      return value.number;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return real_number(value);
    case FieldDescriptor::CPPTYPE_BOOL:
      return value.number <= 1 ? TypedValue(value.number == 1) : TypedValue();
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto number = static_cast<std::int64_t>(value.number);
      if (!fits<std::int32_t>(number)) return {};
      const auto code = static_cast<std::int32_t>(number);
      return EnumValue{code, enum_names::short_name(*field.descriptor->enum_type(), code)};
    }
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.descriptor->type() == FieldDescriptor::TYPE_BYTES) return value.data;
      return is_utf8(value.data) ? TypedValue(to_string(value.data)) : TypedValue();
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return {};
}

Result<FieldValue> from_typed(const FieldSchema& field, const TypedValue& value) {
  return std::visit(FromTyped{field}, value);
}

ColumnValue to_column(const FieldSchema& field, const FieldValue& value) {
  if (value.shape == ValueShape::kNone || !fits_column(field.stored, value)) return {};
  switch (field.column) {
    case ColumnType::kInteger:
      return signed_number(field, value);
    case ColumnType::kReal:
      return real_number(value);
    case ColumnType::kText:
      return as_text(value.data);
    case ColumnType::kBlob:
      return ByteView(value.data);
    case ColumnType::kJsonArray:
      break;
  }
  return {};
}

FieldValue from_column(const FieldSchema& field, const ColumnValue& value) {
  const auto* integer = std::get_if<std::int64_t>(&value);
  const auto* real = std::get_if<double>(&value);
  const auto* text = std::get_if<std::string_view>(&value);
  const auto* blob = std::get_if<ByteView>(&value);
  if (field.column == ColumnType::kInteger && integer != nullptr) return from_signed(field, *integer);
  if (field.column == ColumnType::kReal && real != nullptr) return from_real(field, *real);
  if (field.column == ColumnType::kText && text != nullptr) return FieldValue::text(*text);
  if (field.column == ColumnType::kBlob && blob != nullptr) return FieldValue::bytes(*blob);
  return FieldValue::none();
}

}  // namespace thuisbasis
