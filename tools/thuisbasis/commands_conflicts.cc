// SPDX-License-Identifier: EUPL-1.2
// thuisbasis conflicts, resolve.
#include <charconv>

#include "core/schema/field_codec.h"
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/find.h"
#include "tools/thuisbasis/shown_record.h"

namespace thuisbasis {
namespace {

std::string candidate_text(const FieldSchema* field, const FieldValue& value) {
  return field == nullptr ? unknown_value_text(value) : value_text(*field, value);
}

void tell_field(const Context& context, const Schema& schema, const Conflict& conflict) {
  const KindSchema* kind = schema.kind(conflict.kind);
  const FieldSchema* field = kind == nullptr ? nullptr : kind->field(conflict.field);
  const std::string name = field == nullptr ? std::to_string(conflict.field) : field->name;
  const std::string id = conflict.record.text();
  std::string lines = context.say(Text::kConflictHead, {kind_name(schema, conflict.kind), id, name});
  std::vector<Row> candidates;
  for (std::size_t i = 0; i < conflict.candidates.size(); ++i) {
    const Candidate& candidate = conflict.candidates[i];
    const std::string value = candidate_text(field, candidate.value);
    lines += "\n  " + std::to_string(i + 1) + ". " + value + "  - " + candidate.author + ", " +
             time_text(candidate.time.ms());
    if (candidate.shown) lines += " " + context.say(Text::kConflictShown);
    Row row;
    row.number("keep", std::uint64_t{i + 1}).text("value", value).text("author", candidate.author);
    row.number("time", candidate.time.ms()).flag("shown", candidate.shown);
    candidates.push_back(std::move(row));
  }
  lines += "\n" + context.say(Text::kConflictHow, {id, name});
  Row row;
  row.text("kind", kind_name(schema, conflict.kind)).text("id", id).text("circle", conflict.circle.text());
  row.text("field", name).objects("values", candidates);
  context.answer(lines, row);
}

void tell_deleted(const Context& context, const Schema& schema, const Conflict& conflict) {
  const std::string kind = kind_name(schema, conflict.kind);
  const std::string id = conflict.record.text();
  Row row;
  row.text("kind", kind)
      .text("id", id)
      .text("circle", conflict.circle.text())
      .flag("deleted_while_edited", true);
  context.answer(
      context.say(Text::kConflictDeleted, {kind, id}) + "\n" + context.say(Text::kConflictHowDeleted, {id}),
      row);
}

Status conflicts(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const std::vector<Conflict> list, opened->vault->conflicts());
  if (list.empty()) context.remark(context.say(Text::kNoConflicts));
  for (const Conflict& conflict : list) {
    if (conflict.what == Conflict::What::kDeletedWhileEdited)
      tell_deleted(context, opened->vault->schema(), conflict);
    else
      tell_field(context, opened->vault->schema(), conflict);
  }
  return {};
}

Error unclear() {
  return Error(Code::kInvalidArgument,
               "say how: FIELD --keep NUMBER, FIELD --value TEXT, --keep-record or --delete (one of them)");
}

/// The field that is meant: the one named, or the record's only conflict.
Result<std::uint32_t> field_of(const Context& context, const Vault& vault, const Record& record) {
  const KindSchema* kind = vault.schema().kind(record.kind());
  if (const auto name = context.arguments.find("field")) {
    if (kind == nullptr) return Error(Code::kUnknownKind, "kind " + std::to_string(record.kind()));
    return find_field(*kind, *name);
  }
  TB_TRY(const std::vector<Conflict> list, vault.conflicts());
  std::optional<std::uint32_t> only;
  for (const Conflict& conflict : list) {
    if (conflict.record != record.id() || conflict.what != Conflict::What::kField) continue;
    if (only) return Error(Code::kInvalidArgument, "more than one field differs: name the field");
    only = conflict.field;
  }
  if (!only) return Error(Code::kNotFound, "nothing differs in " + record.id().text());
  return *only;
}

Result<Settlement> settlement_of(const Context& context, const Vault& vault, const Record& record) {
  const Arguments& arguments = context.arguments;
  const auto keep = arguments.find("--keep");
  const auto value = arguments.find("--value");
  const int ways = int{keep.has_value()} + int{value.has_value()} + int{arguments.has("--keep-record")} +
                   int{arguments.has("--delete")};
  if (ways != 1) return unclear();
  if (arguments.has("--keep-record")) return Settlement(KeepRecord{});
  if (arguments.has("--delete")) return Settlement(DeleteRecord{});
  TB_TRY(const std::uint32_t number, field_of(context, vault, record));
  if (keep) {
    std::size_t candidate = 0;
    const auto [end, error] = std::from_chars(keep->data(), keep->data() + keep->size(), candidate);
    if (error != std::errc() || end != keep->data() + keep->size() || candidate == 0) return unclear();
    return Settlement(KeepCandidate{number, candidate - 1});
  }
  const KindSchema* kind = vault.schema().kind(record.kind());
  const FieldSchema* field = kind == nullptr ? nullptr : kind->field(number);
  if (field == nullptr)
    return Error(Code::kUnknownField, "field " + std::to_string(number) + " has no name here: use --keep");
  TB_TRY(FieldValue parsed, parse_value(*field, *value));
  return Settlement(KeepValue{number, std::move(parsed)});
}

Status resolve(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  Vault& vault = *opened->vault;
  TB_TRY(const Record record, find_record(vault, context.arguments.get("id"), true));
  TB_TRY(const Settlement settlement, settlement_of(context, vault, record));
  TB_TRY(const WriteId written, vault.settle(record.id(), settlement));
  TB_TRY(const Record settled, vault.get(record.kind(), record.id(), true));
  Row row = record_row(settled, vault.schema());
  row.number("change", written.number);
  context.answer(context.say(Text::kSettled, {record.id().text()}), row);
  return {};
}

}  // namespace

std::vector<CommandSpec> conflict_commands() {
  using Shape = ParameterSpec::Shape;
  return {
      {"conflicts",
       Text::kConflictsSummary,
       Text::kConflictsExplain,
       "thuisbasis conflicts",
       {},
       Home::kOwner,
       false,
       conflicts},
      {"resolve",
       Text::kResolveSummary,
       Text::kResolveExplain,
       "thuisbasis resolve 6MFeABUL statement --keep 2\n"
       "thuisbasis resolve 6MFeABUL statement --value \"Elke dag op tijd\"\n"
       "thuisbasis resolve 6MFeABUL --keep-record",
       {{Shape::kWord, "id", "ID", Text::kArgId, true},
        {Shape::kWord, "field", "FIELD", Text::kArgConflictField, false},
        {Shape::kOption, "--keep", "NUMBER", Text::kArgKeep, false},
        {Shape::kOption, "--value", "TEXT", Text::kArgKeepValue, false},
        {Shape::kFlag, "--keep-record", "", Text::kArgKeepRecord, false},
        {Shape::kFlag, "--delete", "", Text::kArgDeleteRecord, false}},
       Home::kOwner,
       true,
       resolve},
  };
}

}  // namespace thuisbasis
