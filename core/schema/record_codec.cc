// SPDX-License-Identifier: EUPL-1.2
#include "core/schema/record_codec.h"

#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <bit>

#include "core/base/assert.h"
#include "core/schema/field_codec.h"

namespace thuisbasis {
namespace {

namespace pb = google::protobuf;
using pb::FieldDescriptor;

/// One field of a message: reads and writes values, single or by index.
class MessageField final {
 public:
  MessageField(const pb::Message& message, const FieldSchema& field)
      : message_(message),
        reflection_(*message.GetReflection()),
        field_(field),
        descriptor_(*field.descriptor) {}

  bool is_set() const { return reflection_.HasField(message_, &descriptor_); }
  int size() const { return reflection_.FieldSize(message_, &descriptor_); }

  FieldValue single() const { return generic(typed_single()); }
  FieldValue element(int i) const { return generic(typed_element(i)); }

 private:
  /// A protobuf string need not be UTF-8 in memory; then it is kept as the bytes it is.
  FieldValue generic(const TypedValue& typed) const {
    if (const auto* text = std::get_if<std::string>(&typed)) return FieldValue::text(*text);
    Result<FieldValue> value = from_typed(field_, typed);
    TB_ASSERT(value.has_value());
    return std::move(*value);
  }

  TypedValue of_string(std::string text) const {
    if (descriptor_.type() == FieldDescriptor::TYPE_BYTES) return to_bytes(as_bytes(text));
    return text;
  }

  TypedValue typed_single() const {
    switch (descriptor_.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return std::int64_t{reflection_.GetInt32(message_, &descriptor_)};
      case FieldDescriptor::CPPTYPE_INT64:
        return std::int64_t{reflection_.GetInt64(message_, &descriptor_)};
      case FieldDescriptor::CPPTYPE_UINT32:
        return std::uint64_t{reflection_.GetUInt32(message_, &descriptor_)};
      case FieldDescriptor::CPPTYPE_UINT64:
        return std::uint64_t{reflection_.GetUInt64(message_, &descriptor_)};
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return reflection_.GetDouble(message_, &descriptor_);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return double{reflection_.GetFloat(message_, &descriptor_)};
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection_.GetBool(message_, &descriptor_);
      case FieldDescriptor::CPPTYPE_ENUM:
        return EnumValue{reflection_.GetEnumValue(message_, &descriptor_), {}};
      case FieldDescriptor::CPPTYPE_STRING:
        return of_string(reflection_.GetString(message_, &descriptor_));
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
    return {};
  }

  TypedValue typed_element(int i) const {
    switch (descriptor_.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return std::int64_t{reflection_.GetRepeatedInt32(message_, &descriptor_, i)};
      case FieldDescriptor::CPPTYPE_INT64:
        return std::int64_t{reflection_.GetRepeatedInt64(message_, &descriptor_, i)};
      case FieldDescriptor::CPPTYPE_UINT32:
        return std::uint64_t{reflection_.GetRepeatedUInt32(message_, &descriptor_, i)};
      case FieldDescriptor::CPPTYPE_UINT64:
        return std::uint64_t{reflection_.GetRepeatedUInt64(message_, &descriptor_, i)};
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return reflection_.GetRepeatedDouble(message_, &descriptor_, i);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return double{reflection_.GetRepeatedFloat(message_, &descriptor_, i)};
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection_.GetRepeatedBool(message_, &descriptor_, i);
      case FieldDescriptor::CPPTYPE_ENUM:
        return EnumValue{reflection_.GetRepeatedEnumValue(message_, &descriptor_, i), {}};
      case FieldDescriptor::CPPTYPE_STRING:
        return of_string(reflection_.GetRepeatedString(message_, &descriptor_, i));
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
    return {};
  }

  const pb::Message& message_;
  const pb::Reflection& reflection_;
  const FieldSchema& field_;
  const FieldDescriptor& descriptor_;
};

// ---- diff
// ------------------------------------------------------------------------------------------------------

/// A field's shown value as the program sees it: null where there is none, or none of the field's type.
const FieldValue* seen_value(const FieldSchema& field, const RecordState& base) {
  const Entry* entry = shown(base.field(field.number, field.rule));
  if (entry == nullptr || std::holds_alternative<std::monostate>(to_typed(field, entry->value)))
    return nullptr;
  return &entry->value;
}

bool improves(Rule rule, const FieldValue& value, const FieldValue& before) {
  const auto order = compare_values(value, before);
  return rule == Rule::kMin ? order < 0 : order > 0;
}

Error immutable(const FieldSchema& field) { return Error(Code::kImmutable, field.name); }

Status diff_elements(const FieldSchema& field, const MessageField& message, RecordEdit& edit) {
  const FieldState* state = edit.base().field(field.number, field.rule);
  const std::vector<FieldValue> before = state == nullptr ? std::vector<FieldValue>{} : elements(*state);
  std::vector<FieldValue> after;
  for (int i = 0; i < message.size(); ++i) after.push_back(message.element(i));
  std::sort(after.begin(), after.end());
  after.erase(std::unique(after.begin(), after.end()), after.end());
  if (field.rule == Rule::kOnce && !edit.creates()) {
    if (before != after) return immutable(field);
    return {};
  }
  for (const FieldValue& element : before) {
    const bool hidden = std::holds_alternative<std::monostate>(to_typed(field, element));
    if (!hidden && !std::binary_search(after.begin(), after.end(), element))
      TB_CHECK(edit.remove_element(field.number, field.rule, element));
  }
  for (FieldValue& element : after)
    if (!std::binary_search(before.begin(), before.end(), element))
      TB_CHECK(edit.add_element(field.number, field.rule, std::move(element)));
  return {};
}

Status diff_counter(const FieldSchema& field, const MessageField& message, RecordEdit& edit) {
  const FieldState* state = edit.base().field(field.number, field.rule);
  const auto before = state == nullptr ? std::int64_t{0} : total(*state);
  const auto after = static_cast<std::int64_t>(message.single().number);
  const bool overflows = before < 0 ? after > INT64_MAX + before : after < INT64_MIN + before;
  if (overflows) return Error(Code::kInvalidArgument, field.name + ": difference exceeds 64 bits");
  return after == before ? Status() : edit.increment(field.number, after - before);
}

Status diff_single(const FieldSchema& field, const MessageField& message, RecordEdit& edit) {
  const FieldValue* before = seen_value(field, edit.base());
  const bool has_presence = field.descriptor->has_presence();
  if (!message.is_set() && (before == nullptr || has_presence)) {
    if (before == nullptr) return {};
    if (field.rule != Rule::kRegister && field.rule != Rule::kText) return immutable(field);
    return edit.set(field.number, field.rule, FieldValue::none());
  }
  FieldValue after = message.single();
  if (before != nullptr && *before == after) return {};
  if (field.rule == Rule::kMin || field.rule == Rule::kMax) {
    if (before != nullptr && (!message.is_set() || !improves(field.rule, after, *before)))
      return immutable(field);
    return edit.offer(field.number, field.rule, std::move(after));
  }
  if (field.rule == Rule::kOnce && !edit.creates()) return immutable(field);
  return edit.set(field.number, field.rule, std::move(after));
}

// ---- fill
// ------------------------------------------------------------------------------------------------------

/// Sets one value of a message, or adds it to a repeated field.
struct Put {
  pb::Message& message;
  const FieldDescriptor& descriptor;
  const pb::Reflection& reflection = *message.GetReflection();

  void operator()(std::monostate) const {}
  void operator()(std::int64_t value) const {
    if (descriptor.cpp_type() == FieldDescriptor::CPPTYPE_INT32)
      put(&pb::Reflection::SetInt32, &pb::Reflection::AddInt32, static_cast<std::int32_t>(value));
    else
      put(&pb::Reflection::SetInt64, &pb::Reflection::AddInt64, value);
  }
  void operator()(std::uint64_t value) const {
    if (descriptor.cpp_type() == FieldDescriptor::CPPTYPE_UINT32)
      put(&pb::Reflection::SetUInt32, &pb::Reflection::AddUInt32, static_cast<std::uint32_t>(value));
    else
      put(&pb::Reflection::SetUInt64, &pb::Reflection::AddUInt64, value);
  }
  void operator()(double value) const {
    if (descriptor.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT)
      put(&pb::Reflection::SetFloat, &pb::Reflection::AddFloat, static_cast<float>(value));
    else
      put(&pb::Reflection::SetDouble, &pb::Reflection::AddDouble, value);
  }
  void operator()(bool value) const { put(&pb::Reflection::SetBool, &pb::Reflection::AddBool, value); }
  void operator()(const EnumValue& value) const {
    put(&pb::Reflection::SetEnumValue, &pb::Reflection::AddEnumValue, int{value.number});
  }
  void operator()(const std::string& value) const {
    put(&pb::Reflection::SetString, &pb::Reflection::AddString, value);
  }
  void operator()(const Bytes& value) const {
    put(&pb::Reflection::SetString, &pb::Reflection::AddString, to_string(value));
  }

 private:
  template <typename Set, typename Add, typename Value>
  void put(Set set, Add add, Value value) const {
    if (descriptor.is_repeated())
      (reflection.*add)(&message, &descriptor, std::move(value));
    else
      (reflection.*set)(&message, &descriptor, std::move(value));
  }
};

void fill_field(const RecordState& state, const FieldSchema& field, pb::Message& message) {
  const FieldState* found = state.field(field.number, field.rule);
  if (found == nullptr) return;
  const Put put{message, *field.descriptor};
  if (field.repeated) {
    for (const FieldValue& element : elements(*found)) std::visit(put, to_typed(field, element));
  } else if (field.rule == Rule::kCounter) {
    std::int64_t sum = total(*found);
    if (field.descriptor->cpp_type() == FieldDescriptor::CPPTYPE_INT32)
      sum = std::clamp(sum, std::int64_t{INT32_MIN}, std::int64_t{INT32_MAX});
    put(sum);
  } else if (const Entry* entry = shown(found); entry != nullptr) {
    std::visit(put, to_typed(field, entry->value));
  }
}

void add_unknown(std::uint32_t number, const FieldValue& value, pb::UnknownFieldSet& unknown) {
  const int tag = static_cast<int>(number);
  switch (value.shape) {
    case ValueShape::kNone:
      break;
    case ValueShape::kVarint:
      unknown.AddVarint(tag, value.number);
      break;
    case ValueShape::kFixed64:
      unknown.AddFixed64(tag, value.number);
      break;
    case ValueShape::kFixed32:
      unknown.AddFixed32(tag, static_cast<std::uint32_t>(value.number));
      break;
    case ValueShape::kData:
      unknown.AddLengthDelimited(tag, to_string(value.data));
      break;
  }
}

void add_unknown(std::uint32_t number, const FieldState& field, pb::UnknownFieldSet& unknown) {
  switch (static_cast<Rule>(field.rule)) {
    case Rule::kSet:
    case Rule::kRemoveWinsSet:
    case Rule::kOnce:  // repeated or not: its entries are its values
      for (const FieldValue& element : elements(field)) add_unknown(number, element, unknown);
      break;
    case Rule::kCounter:
      add_unknown(number, FieldValue::varint(static_cast<std::uint64_t>(total(field))), unknown);
      break;
    default:
      add_unknown(number, shown(&field)->value, unknown);
  }
}

}  // namespace

Status diff(const KindSchema& kind, const pb::Message& message, RecordEdit& edit) {
  TB_ASSERT(message.GetDescriptor() == kind.descriptor);
  for (const FieldSchema& field : kind.fields) {
    const MessageField of_message(message, field);
    const Status made = field.repeated                 ? diff_elements(field, of_message, edit)
                        : field.rule == Rule::kCounter ? diff_counter(field, of_message, edit)
                                                       : diff_single(field, of_message, edit);
    TB_CHECK(made);
  }
  return {};
}

void fill(const RecordState& state, const KindSchema& kind, pb::Message& message) {
  TB_ASSERT(message.GetDescriptor() == kind.descriptor);
  message.Clear();
  for (const FieldSchema& field : kind.fields) fill_field(state, field, message);
  for (const auto& [key, field] : state.fields)
    if (key.number != kLifecycleField && kind.field(key.number) == nullptr)
      add_unknown(key.number, field, *message.GetReflection()->MutableUnknownFields(&message));
}

std::unique_ptr<pb::Message> to_message(const RecordState& state, const KindSchema& kind) {
  std::unique_ptr<pb::Message> message(
      pb::MessageFactory::generated_factory()->GetPrototype(kind.descriptor)->New());
  fill(state, kind, *message);
  return message;
}

}  // namespace thuisbasis
