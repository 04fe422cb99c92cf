// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/record_edit.h"

#include <algorithm>

#include "core/merge/dot_list.h"

namespace thuisbasis {
namespace {

Error wrong_rule(std::uint32_t field, Rule rule) {
  return Error(Code::kInvalidArgument, "field " + std::to_string(field) + ": not an operation of rule " +
                                           std::to_string(static_cast<int>(rule)));
}

Error immutable(std::uint32_t field) { return Error(Code::kImmutable, "field " + std::to_string(field)); }

bool is_in(Rule rule, std::initializer_list<Rule> rules) {
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

/// The dots of the base's entries; with an element, of that element's.
std::vector<Dot> dots_of(const FieldState* field, const FieldValue* element) {
  std::vector<Dot> dots;
  if (field == nullptr) return dots;
  for (const Entry& entry : field->entries)
    if (element == nullptr || entry.value == *element) dots.push_back(entry.dot);
  normalise(dots);
  return dots;
}

bool has_element(const FieldState* field, const FieldValue& element) {
  if (field == nullptr) return false;
  bool present = false;
  for (const Entry& entry : field->entries) {
    if (entry.value != element) continue;
    if (entry.removed) return false;
    present = true;
  }
  return present;
}

}  // namespace

RecordEdit::RecordEdit(const RecordState& base, Mode mode)
    : base_(base), immutable_(mode == Mode::kAppendOnly && base.created.number != 0) {
  change_.record = base.id;
  change_.kind = base.kind;
  change_.created = mode != Mode::kUpdate && base.created.number == 0;
}

Status RecordEdit::check(std::uint32_t field) const {
  if (immutable_) return immutable(field);
  if (erased_) return Error(Code::kInvalidArgument, "the record is erased by this edit");
  return {};
}

void RecordEdit::drop(std::uint32_t field, Rule rule, const FieldValue* element) {
  std::erase_if(change_.operations, [&](const Operation& operation) {
    return operation.field == field && operation.rule == static_cast<std::uint8_t>(rule) &&
           (element == nullptr || operation.entry == *element);
  });
}

Operation& RecordEdit::operation(std::uint32_t field, Rule rule, const FieldValue* element) {
  drop(field, rule, element);
  Operation& added = change_.operations.emplace_back();
  added.field = field;
  added.rule = static_cast<std::uint8_t>(rule);
  return added;
}

Status RecordEdit::set(std::uint32_t field, Rule rule, FieldValue value) {
  if (!is_in(rule, {Rule::kRegister, Rule::kText, Rule::kOnce})) return wrong_rule(field, rule);
  if (rule == Rule::kOnce && value.shape == ValueShape::kNone) return wrong_rule(field, rule);
  TB_CHECK(check(field));
  if (rule == Rule::kOnce && !change_.created) return immutable(field);
  Operation& made = operation(field, rule, nullptr);
  if (rule != Rule::kOnce) made.replaces = dots_of(base_.field(field, rule), nullptr);
  made.entry = std::move(value);
  return {};
}

Status RecordEdit::add_element(std::uint32_t field, Rule rule, FieldValue element) {
  if (!is_in(rule, {Rule::kSet, Rule::kRemoveWinsSet, Rule::kOnce}) || element.shape == ValueShape::kNone)
    return wrong_rule(field, rule);
  TB_CHECK(check(field));
  if (rule == Rule::kOnce && !change_.created) return immutable(field);
  drop(field, rule, &element);
  const FieldState* before = base_.field(field, rule);
  if (has_element(before, element)) return {};
  Operation& made = operation(field, rule, &element);
  if (rule != Rule::kOnce) made.replaces = dots_of(before, &element);
  made.entry = std::move(element);
  return {};
}

Status RecordEdit::remove_element(std::uint32_t field, Rule rule, const FieldValue& element) {
  if (!is_in(rule, {Rule::kSet, Rule::kRemoveWinsSet})) return wrong_rule(field, rule);
  TB_CHECK(check(field));
  drop(field, rule, &element);
  const FieldState* before = base_.field(field, rule);
  if (!has_element(before, element)) return {};
  Operation& made = operation(field, rule, &element);
  made.replaces = dots_of(before, &element);
  made.entry = element;
  made.removed = true;
  return {};
}

Status RecordEdit::increment(std::uint32_t field, std::int64_t by) {
  TB_CHECK(check(field));
  const auto rule = static_cast<std::uint8_t>(Rule::kCounter);
  const auto same =
      std::find_if(change_.operations.begin(), change_.operations.end(),
                   [&](const Operation& made) { return made.field == field && made.rule == rule; });
  const std::int64_t before =
      same == change_.operations.end() ? 0 : static_cast<std::int64_t>(same->entry->number);
  if ((by > 0 && before > INT64_MAX - by) || (by < 0 && before < INT64_MIN - by))
    return Error(Code::kInvalidArgument, "field " + std::to_string(field) + ": increment exceeds 64 bits");
  drop(field, Rule::kCounter, nullptr);
  if (before + by == 0) return {};
  operation(field, Rule::kCounter, nullptr).entry =
      FieldValue::varint(static_cast<std::uint64_t>(before + by));
  return {};
}

Status RecordEdit::offer(std::uint32_t field, Rule rule, FieldValue value) {
  if (!is_in(rule, {Rule::kMin, Rule::kMax}) || value.shape == ValueShape::kNone)
    return wrong_rule(field, rule);
  TB_CHECK(check(field));
  drop(field, rule, nullptr);
  if (const Entry* before = shown(base_.field(field, rule)); before != nullptr) {
    const auto order = compare_values(value, before->value);
    if (rule == Rule::kMin ? order >= 0 : order <= 0) return {};
  }
  operation(field, rule, nullptr).entry = std::move(value);
  return {};
}

Status RecordEdit::erase() {
  TB_CHECK(check(kLifecycleField));
  if (change_.created) return Error(Code::kInvalidArgument, "a record cannot be created and erased at once");
  std::vector<Dot> seen;
  for (const auto& [key, field] : base_.fields) {
    if (key.number == kLifecycleField) continue;
    for (const Entry& entry : field.entries) seen.push_back(entry.dot);
  }
  for (const OpaqueOperation& kept : base_.opaque) seen.push_back(kept.dot);
  normalise(seen);
  change_.operations.clear();
  Operation& made = operation(kLifecycleField, Rule::kLifecycle, nullptr);
  made.replaces = dots_of(base_.field(kLifecycleField, Rule::kLifecycle), nullptr);
  made.entry = FieldValue::bytes(encode_dots(seen));
  made.removed = true;
  erased_ = true;
  return {};
}

Status RecordEdit::restore() {
  TB_CHECK(check(kLifecycleField));
  std::vector<Dot> deletions = dots_of(base_.field(kLifecycleField, Rule::kLifecycle), nullptr);
  if (!deletions.empty())
    operation(kLifecycleField, Rule::kLifecycle, nullptr).replaces = std::move(deletions);
  return {};
}

Status RecordEdit::set_origin(const Origin& origin) {
  if (!change_.created) return Error(Code::kInvalidArgument, "only a new record has an origin");
  change_.origin = origin;
  return {};
}

RecordChange RecordEdit::take() && { return std::move(change_); }

}  // namespace thuisbasis
