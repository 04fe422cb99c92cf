// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/edit_maker.h"

#include <google/protobuf/descriptor.h>

#include "core/schema/field_codec.h"
#include "tests/sim/canary.h"

namespace thuisbasis::sim {

void EditMaker::change_fields(const KindSchema& kind, RecordEdit& edit) {
  const std::size_t count = 1 + dice_.below(3);
  for (std::size_t i = 0; i < count; ++i) change_field(kind.fields[dice_.below(kind.fields.size())], edit);
}

void EditMaker::change_field(const FieldSchema& field, RecordEdit& edit) {
  switch (field.rule) {
    case Rule::kRegister:
    case Rule::kText:
      (void)edit.set(field.number, field.rule, dice_.chance(0.05) ? FieldValue::none() : value(field));
      return;
    case Rule::kSet:
    case Rule::kRemoveWinsSet:
      return change_set(field, edit);
    case Rule::kCounter:
      (void)edit.increment(field.number, dice_.between(-5, 5));
      return;
    case Rule::kMin:
    case Rule::kMax:
      (void)edit.offer(field.number, field.rule, value(field));
      return;
    case Rule::kOnce:
      if (!edit.creates()) return;
      if (field.repeated)
        (void)edit.add_element(field.number, field.rule, value(field));
      else
        (void)edit.set(field.number, field.rule, value(field));
      return;
    case Rule::kLifecycle:
      return;
  }
}

void EditMaker::change_set(const FieldSchema& field, RecordEdit& edit) {
  const FieldState* state = edit.base().field(field.number, field.rule);
  const std::vector<FieldValue> present = state == nullptr ? std::vector<FieldValue>() : elements(*state);
  const bool again = state != nullptr && dice_.chance(0.2);
  if (!present.empty() && dice_.chance(0.35))
    (void)edit.remove_element(field.number, field.rule, present[dice_.below(present.size())]);
  else if (again)  // what is or was there
    (void)edit.add_element(field.number, field.rule,
                           state->entries[dice_.below(state->entries.size())].value);
  else
    (void)edit.add_element(field.number, field.rule, value(field));
}

FieldValue EditMaker::value(const FieldSchema& field) {
  using Type = google::protobuf::FieldDescriptor;
  std::string written;
  switch (field.descriptor->cpp_type()) {
    case Type::CPPTYPE_STRING:
      written = text(length());
      if (field.descriptor->type() == Type::TYPE_BYTES) written = to_base64url(as_bytes(written));
      break;
    case Type::CPPTYPE_BOOL:
      written = dice_.chance(0.5) ? "true" : "false";
      break;
    case Type::CPPTYPE_ENUM:
      written = std::to_string(dice_.below(9));
      break;
    default:
      written = std::to_string(dice_.below(100'000));
  }
  const auto parsed = parse_value(field, written);
  TB_ASSERT(parsed.has_value());
  return *parsed;
}

/// Mostly a few words, seldom a page.
std::size_t EditMaker::length() {
  return static_cast<std::size_t>(dice_.log_uniform(12, dice_.chance(0.02) ? 20'000 : 200));
}

std::string EditMaker::text(std::size_t length_max) {
  std::string text = std::string(kCanary) + std::to_string(++words_) + " ";
  while (text.size() < length_max) text += static_cast<char>('a' + dice_.below(26));
  return text;
}

}  // namespace thuisbasis::sim
