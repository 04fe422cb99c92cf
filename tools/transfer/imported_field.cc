// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/imported_field.h"

#include <algorithm>

#include "core/verify/hash.h"
#include "tools/transfer/json_line.h"

namespace thuisbasis {
namespace {

// Never renumber, never reuse; add at the end.
constexpr ImportedFieldNumber kNumbers[] = {
    {"updatedAt", 100'000}, {"caseNo", 100'001}, {"city", 100'002},   {"risk", 100'003},
    {"coach", 100'004},     {"mood", 100'005},   {"status", 100'006},
};
constexpr std::uint32_t kHashedMin = 200'000;
constexpr std::uint32_t kHashedMask = (std::uint32_t{1} << 27) - 1;

std::string_view known_name(std::uint32_t number) {
  for (const auto& [known, its_number] : kNumbers)
    if (its_number == number) return known;
  return {};
}

const ImportedFieldNumber* find_known(std::string_view name) {
  const auto found = std::find_if(std::begin(kNumbers), std::end(kNumbers),
                                  [&](const ImportedFieldNumber& one) { return one.name == name; });
  return found == std::end(kNumbers) ? nullptr : found;
}

bool looks_wrapped(std::string_view text) { return !text.empty() && text.front() == '{'; }

std::optional<ImportedField> unwrapped(std::string_view text) {
  const auto object = Json::parse(text, nullptr, false);
  if (!object.is_object() || object.size() != 1) return std::nullopt;
  const auto& inner = object.begin().value();
  ImportedField field;
  field.name = object.begin().key();
  field.json = inner.dump();
  field.text = inner.is_string() ? inner.get<std::string>() : field.json;
  return field;
}

}  // namespace

std::span<const ImportedFieldNumber> known_imported_fields() { return kNumbers; }

std::uint32_t imported_field_number(std::string_view name) {
  if (const ImportedFieldNumber* known = find_known(name)) return known->number;
  const Sha256Digest digest = sha256(as_bytes(name));
  std::uint32_t hash = 0;
  for (const Byte byte : digest.view().first(4)) hash = hash << 8 | byte;
  return kHashedMin + (hash & kHashedMask);
}

FieldValue imported_value(std::string_view name, std::string_view json) {
  if (find_known(name) != nullptr) {
    const auto value = Json::parse(json, nullptr, false);
    if (value.is_number_unsigned()) return FieldValue::varint(value.get<std::uint64_t>());
    if (value.is_string() && !looks_wrapped(value.get_ref<const std::string&>()))
      return FieldValue::text(value.get_ref<const std::string&>());
  }
  return FieldValue::text("{" + Json(name).dump() + ":" + std::string(json) + "}");
}

std::optional<ImportedField> read_imported(std::uint32_t number, const FieldValue& value) {
  const std::string_view name = known_name(number);
  if (value.shape == ValueShape::kVarint && !name.empty()) {
    const std::string text = std::to_string(value.number);
    return ImportedField{std::string(name), text, text};
  }
  if (value.shape != ValueShape::kData || !is_utf8(value.data)) return std::nullopt;
  const std::string_view text = as_text(value.data);
  if (looks_wrapped(text)) return unwrapped(text);
  if (name.empty()) return std::nullopt;
  return ImportedField{std::string(name), Json(text).dump(), std::string(text)};
}

}  // namespace thuisbasis
