// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/export_import.h"

#include <algorithm>
#include <map>

#include "tools/transfer/exported_record.h"
#include "tools/transfer/line_edits.h"

namespace thuisbasis {
namespace {

/// A value as a field of ours keeps it, by the field's rule.
Status put_value(LineEdits& edits, RecordEdit& edit, const FieldValues& field, FieldValue value) {
  switch (field.rule) {
    case Rule::kSet:
    case Rule::kRemoveWinsSet:
      return edit.add_element(field.number, field.rule, std::move(value));
    case Rule::kOnce:
      return field.repeated ? edit.add_element(field.number, field.rule, std::move(value))
                            : edit.set(field.number, field.rule, std::move(value));
    case Rule::kCounter:
      return edit.increment(field.number, static_cast<std::int64_t>(value.number));
    default:
      return edits.set(edit, field.number, field.rule, std::move(value));
  }
}

}  // namespace

struct ExportImport::State {
  State(Vault& its_vault, ImportCounts& its_counts) : vault(its_vault), counts(its_counts) {}

  Status take_circle(const Json& line);
  Status take_record(const Json& line);
  Status write(const CircleId& circle, const ExportedRecord& record);
  Status write_conflicts(const CircleId& circle, const ExportedRecord& record);

  Vault& vault;
  ImportCounts& counts;
  std::optional<std::vector<CircleOverview>> present;  ///< circles of before that no line has taken yet
  std::map<std::uint64_t, CircleId> circles;           ///< by the number that the file gives them
};

Status ExportImport::State::take_circle(const Json& line) {
  TB_TRY(const std::uint64_t number, number_member(line, "n"));
  NewCircle wanted;
  TB_TRY(wanted.kind, text_member(line, "kind"));
  TB_TRY(wanted.name, text_member(line, "name"));
  TB_TRY(wanted.dossier, id_member<DossierId>(line, "dossier"));
  if (line.contains("subject")) {
    TB_TRY(wanted.subject, id_member<RecordId>(line, "subject"));
  }
  if (!is_circle_kind(wanted.kind)) return bad_line("unknown kind of circle '" + wanted.kind + "'");
  if (circles.count(number) != 0) return bad_line("circle " + std::to_string(number) + " appears twice");
  if (!present) {
    TB_TRY(present, vault.circles());
  }
  const auto same = std::find_if(present->begin(), present->end(), [&](const CircleOverview& circle) {
    return circle.dossier == wanted.dossier && circle.kind == wanted.kind &&
           circle.subject == wanted.subject && circle.name == wanted.name;
  });
  if (same != present->end()) {
    circles.emplace(number, same->id);
    present->erase(same);
    ++counts.known;
    return {};
  }
  TB_TRY(const CircleId made, vault.create_circle(wanted));
  circles.emplace(number, made);
  ++counts.written;
  return {};
}

/// The values that stood side by side, each in a change of its own that had not seen the others.
Status ExportImport::State::write_conflicts(const CircleId& circle, const ExportedRecord& record) {
  const auto is_done = [](const FieldValues& field) { return !field.in_conflict(); };
  if (std::all_of(record.fields.begin(), record.fields.end(), is_done)) return {};
  TB_TRY(const Record created, vault.get(record.kind.number, record.id));
  for (const FieldValues& field : record.fields) {
    if (!field.in_conflict()) continue;
    for (const FieldValue& value : field.values) {
      RecordEdit edit(created.base(), RecordEdit::Mode::kUpdate);
      TB_CHECK(edit.set(field.number, field.rule, value));
      std::vector<RecordChange> changes;
      changes.push_back(std::move(edit).take());
      TB_TRY([[maybe_unused]] const WriteId written, vault.write(circle, std::move(changes)));
    }
  }
  return {};
}

Status ExportImport::State::write(const CircleId& circle, const ExportedRecord& record) {
  LineEdits edits(vault, circle);
  TB_TRY(RecordEdit * edit, edits.edit(record.kind, record.id));
  for (const FieldValues& field : record.fields) {
    if (field.in_conflict()) continue;
    for (const FieldValue& value : field.values) TB_CHECK(put_value(edits, *edit, field, value));
  }
  if (record.origin) TB_CHECK(edit->set_origin(*record.origin));
  TB_TRY(const bool written, edits.write(std::nullopt));
  TB_CHECK(write_conflicts(circle, record));
  ++(written ? counts.written : counts.known);
  return {};
}

Status ExportImport::State::take_record(const Json& line) {
  TB_TRY(const std::uint64_t number, number_member(line, "circle"));
  const auto circle = circles.find(number);
  if (circle == circles.end()) return bad_line("circle " + std::to_string(number) + " was not named before");
  TB_TRY(const ExportedRecord record, read_exported_record(line, vault.schema()));
  TB_TRY(const bool stored, is_stored(vault, record.kind.number, record.id));
  if (!stored) return write(circle->second, record);
  ++counts.known;
  return {};
}

ExportImport::ExportImport(Vault& vault, ImportCounts& counts)
    : state_(std::make_unique<State>(vault, counts)) {}
ExportImport::~ExportImport() = default;

bool ExportImport::reads(std::string_view op) { return op == "circle" || op == "record"; }

Status ExportImport::take(std::string_view text) {
  TB_TRY(const Json line, parse_line(text));
  TB_TRY(const std::string op, text_member(line, "op"));
  return op == "circle" ? state_->take_circle(line) : state_->take_record(line);
}

}  // namespace thuisbasis
