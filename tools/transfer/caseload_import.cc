// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/caseload_import.h"

#include <charconv>
#include <limits>

#include "tools/transfer/imported_field.h"
#include "tools/transfer/line_edits.h"

namespace thuisbasis {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::max();

Error not_put(const CaseloadLine& line) {
  return {Code::kMalformed, std::string(line.about) + " " + line.id.text() + " was not put before"};
}

/// The `updatedAt` that an imported record was left with.
std::int64_t stored_updated_at(const RecordState& state) {
  const std::uint32_t number = imported_field_number("updatedAt");
  const Entry* entry = shown(state.field(number, Rule::kRegister));
  if (entry == nullptr) return kNever;
  const auto field = read_imported(number, entry->value);
  if (!field) return kNever;
  std::int64_t stamp = kNever;
  std::from_chars(field->json.data(), field->json.data() + field->json.size(), stamp);
  return stamp;
}

}  // namespace

Result<bool> write_caseload_line(Vault& vault, const CircleId& circle, const CaseloadLine& line) {
  LineEdits edits(vault, circle);
  for (const RecordWrite& write : line.records) {
    TB_TRY(RecordEdit * edit, edits.edit(*write.kind, write.id));
    if (write.kind->append_only && !edit->creates()) continue;
    for (const FieldWrite& field : write.fields)
      TB_CHECK(edits.set(*edit, field.field, field.rule, field.value));
  }
  return edits.write(line.at_ms);
}

Status CaseloadImport::load_circles() {
  if (circles_loaded_) return {};
  TB_TRY(const std::vector<CircleOverview> all, vault_.circles());
  for (const CircleOverview& circle : all)
    if (circle.kind == "kern" && !circle.subject.is_zero()) circles_.emplace(circle.subject, circle.id);
  circles_loaded_ = true;
  return {};
}

Result<CircleId> CaseloadImport::circle_of(const CaseloadLine& line) {
  TB_CHECK(load_circles());
  const auto found = circles_.find(line.family);
  if (found != circles_.end()) return found->second;
  if (line.about != "family" || !line.puts || line.id != line.family)
    return Error(Code::kMalformed, "family " + line.family.text() + " was not put before");
  NewCircle circle;
  circle.dossier = random_id<DossierId>(random_);
  circle.kind = "kern";
  circle.name = line.family_name;
  circle.subject = line.family;
  TB_TRY(const CircleId made, vault_.create_circle(circle));
  circles_.emplace(line.family, made);
  return made;
}

/// Whether the line is in the vault already.
Result<bool> CaseloadImport::is_known(const CaseloadLine& line) {
  const RecordWrite& principal = line.records[line.principal];
  const auto seen = known_until_.find(principal.id);
  if (seen == known_until_.end()) {
    const auto stored = vault_.get(principal.kind->number, principal.id, true);
    if (!stored && stored.error().code() != Code::kNotFound) return Error(stored.error());
    if (!stored && !line.puts) return not_put(line);
    std::int64_t& until = known_until_[principal.id];
    until = stored ? stored_updated_at(stored->base()) : kNever;
    if (stored && line.puts) return true;
    if (stored && stored->presence() == Presence::kDeleted) until = kAlways;
  } else if (line.puts) {
    return true;
  }
  const std::int64_t until = known_until_[principal.id];
  return !line.puts && until != kNever && (!line.updated_at || *line.updated_at <= until);
}

Status CaseloadImport::take(const CaseloadLine& line) {
  TB_TRY(const CircleId circle, circle_of(line));
  TB_TRY(const bool known, is_known(line));
  if (known) {
    ++counts_.known;
    return {};
  }
  for (const std::string& field : line.homeless)
    if (counts_.homeless.size() < kHomelessMax) counts_.homeless.insert(field);
  TB_TRY(const bool written, write_caseload_line(vault_, circle, line));
  ++(written ? counts_.written : counts_.known);
  return {};
}

}  // namespace thuisbasis
