// SPDX-License-Identifier: EUPL-1.2
#include <charconv>

#include "core/schema/field_codec.h"
#include "core/schema/record_codec.h"

namespace thuisbasis {
namespace {

Error wrong(const FieldSchema& field, std::string_view takes) {
  return Error(Code::kInvalidArgument, field.name + ": takes " + std::string(takes));
}

Status assign_element(const FieldSchema& field, std::string_view text, RecordEdit& edit) {
  const char sign = text.empty() ? '\0' : text.front();
  if (sign != '+' && sign != '-') return wrong(field, "+value to add or -value to take away");
  TB_TRY(FieldValue element, parse_value(field, text.substr(1)));
  if (sign == '+') return edit.add_element(field.number, field.rule, std::move(element));
  if (field.rule == Rule::kOnce) return Error(Code::kImmutable, field.name);
  return edit.remove_element(field.number, field.rule, element);
}

Status assign_increment(const FieldSchema& field, std::string_view text, RecordEdit& edit) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  std::int64_t by = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), by);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return wrong(field, "+number or -number");
  return edit.increment(field.number, by);
}

Status assign_value(const FieldSchema& field, std::string_view text, RecordEdit& edit) {
  if (field.repeated) return assign_element(field, text, edit);
  if (field.rule == Rule::kCounter) return assign_increment(field, text, edit);
  const bool empties = text.empty() && (field.rule == Rule::kRegister || field.rule == Rule::kText);
  if (empties) return edit.set(field.number, field.rule, FieldValue::none());
  TB_TRY(FieldValue value, parse_value(field, text));
  if (field.rule == Rule::kMin || field.rule == Rule::kMax)
    return edit.offer(field.number, field.rule, std::move(value));
  return edit.set(field.number, field.rule, std::move(value));
}

}  // namespace

Status assign(const KindSchema& kind, std::string_view assignment, RecordEdit& edit) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos)
    return Error(Code::kInvalidArgument, "'" + std::string(assignment) + "': write field=value");
  const std::string_view name = assignment.substr(0, equals);
  const FieldSchema* field = kind.field(name);
  if (field == nullptr)
    return Error(Code::kUnknownField, kind.table + " has no field '" + std::string(name) + "'");
  return assign_value(*field, assignment.substr(equals + 1), edit);
}

}  // namespace thuisbasis
