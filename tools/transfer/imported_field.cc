// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/imported_field.h"

#include <nlohmann/json.hpp>

#include "core/verify/hash.h"

namespace thuisbasis {
namespace {

// Never renumber, never reuse; add at the end.
constexpr ImportedFieldNumber kNumbers[] = {
    {"updatedAt", 100'000}, {"caseNo", 100'001}, {"city", 100'002},   {"risk", 100'003},
    {"coach", 100'004},     {"mood", 100'005},   {"status", 100'006},
};
constexpr std::uint32_t kHashedMin = 200'000;
constexpr std::uint32_t kHashedMask = (std::uint32_t{1} << 27) - 1;

}  // namespace

std::span<const ImportedFieldNumber> known_imported_fields() { return kNumbers; }

std::uint32_t imported_field_number(std::string_view name) {
  for (const auto& [known, number] : kNumbers)
    if (known == name) return number;
  const Sha256Digest digest = sha256(as_bytes(name));
  std::uint32_t hash = 0;
  for (const Byte byte : digest.view().first(4)) hash = hash << 8 | byte;
  return kHashedMin + (hash & kHashedMask);
}

FieldValue imported_value(std::string_view name, std::string_view json) {
  return FieldValue::text("{" + nlohmann::json(name).dump() + ":" + std::string(json) + "}");
}

std::optional<ImportedField> read_imported(const FieldValue& value) {
  if (value.shape != ValueShape::kData) return std::nullopt;
  const auto object = nlohmann::ordered_json::parse(as_text(value.data), nullptr, false);
  if (!object.is_object() || object.size() != 1) return std::nullopt;
  const auto& inner = object.begin().value();
  ImportedField field;
  field.name = object.begin().key();
  field.json = inner.dump();
  field.text = inner.is_string() ? inner.get<std::string>() : field.json;
  return field;
}

}  // namespace thuisbasis
