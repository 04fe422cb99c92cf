// SPDX-License-Identifier: EUPL-1.2
// thuisbasis get, list, history, search.
#include <charconv>

#include "core/schema/field_codec.h"
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/find.h"
#include "tools/thuisbasis/shown_record.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kSearchHits = 50;
constexpr std::size_t kNameColumn = 20;

std::string joined(const std::vector<std::string>& values, const char* between = ", ") {
  std::string line;
  for (const std::string& value : values) line += (line.empty() ? "" : between) + value;
  return line;
}

Status get(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  const Vault& vault = *opened->vault;
  TB_TRY(const Record record,
         find_record(vault, context.arguments.get("id"), context.arguments.has("--deleted")));
  TB_TRY(const CircleOverview circle, vault.circle(record.circle()));
  std::string lines = kind_name(vault.schema(), record.kind()) + " " + record.id().text() + "  " +
                      circle.kind + " " + circle.name;
  if (record.presence() == Presence::kDeleted) lines += "  " + context.say(Text::kIsDeleted);
  if (record.presence() == Presence::kDeletedWhileEdited) lines += "  " + context.say(Text::kIsDeletedEdited);
  for (const ShownField& field : shown_fields(record, vault.schema())) {
    std::string name = "  " + field.name;
    if (name.size() < kNameColumn) name.append(kNameColumn - name.size(), ' ');
    lines += "\n" + name + " " + joined(field.values);
    if (field.conflict) lines += "  <- " + context.say(Text::kDifference);
  }
  context.answer(lines, record_row(record, vault.schema()));
  return {};
}

Result<ListFilter> filter_of(const Context& context, const Vault& vault) {
  ListFilter filter;
  TB_TRY(const KindSchema* kind, find_kind(vault, context.arguments.get("kind")));
  filter.kind = kind->number;
  filter.even_deleted = context.arguments.has("--deleted");
  if (const auto name = context.arguments.find("--circle")) {
    TB_TRY(const CircleOverview circle, find_circle(vault, *name));
    filter.circle = circle.id;
  }
  if (const auto limit = context.arguments.find("--limit")) {
    const auto [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), filter.limit);
    if (error != std::errc() || end != limit->data() + limit->size())
      return Error(Code::kInvalidArgument, "--limit takes a number");
  }
  return filter;
}

Status list(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  const Vault& vault = *opened->vault;
  TB_TRY(const ListFilter filter, filter_of(context, vault));
  TB_TRY(const std::vector<Record> records, vault.list(filter));
  if (records.empty()) context.remark(context.say(Text::kNothingFound));
  for (const Record& record : records)
    context.answer(record.id().text() + "  " + headline(record, vault.schema()),
                   record_row(record, vault.schema()));
  return {};
}

/// What one operation did, in a few words.
std::string told(const Context& context, const KindSchema* kind, const Operation& operation) {
  if (operation.field == kLifecycleField)
    return context.say(operation.entry ? Text::kHistoryDeleted : Text::kHistoryRestored);
  const FieldSchema* field = kind == nullptr ? nullptr : kind->field(operation.field);
  const std::string name = field == nullptr ? "field " + std::to_string(operation.field) : field->name;
  std::string value;
  if (operation.entry)
    value = field == nullptr ? unknown_value_text(*operation.entry) : value_text(*field, *operation.entry);
  const bool set = operation.rule == static_cast<std::uint8_t>(Rule::kSet) ||
                   operation.rule == static_cast<std::uint8_t>(Rule::kRemoveWinsSet);
  if (set && (operation.removed || !operation.entry))
    return name + " " + context.say(Text::kHistoryRemoved, {value});
  if (set) return name + " " + context.say(Text::kHistoryAdded, {value});
  return name + " = " + value;
}

Status history(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  const Vault& vault = *opened->vault;
  TB_TRY(const Record record, find_record(vault, context.arguments.get("id"), true));
  const KindSchema* kind = vault.schema().kind(record.kind());
  TB_TRY(const std::vector<HistoryEvent> events, vault.history(record.id()));
  for (const HistoryEvent& event : events) {
    std::vector<std::string> changes;
    if (event.created) changes.push_back(context.say(Text::kHistoryMade));
    for (const Operation& operation : event.operations) changes.push_back(told(context, kind, operation));
    std::string line = time_text(event.time.ms()) + "  " + event.author;
    for (const std::string& change : changes) line += "\n  " + change;
    Row row;
    row.number("time", event.time.ms()).text("author", event.author).flag("self", event.self);
    row.flag("created", event.created).texts("changes", changes);
    context.answer(line, row);
  }
  return {};
}

Status search(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  const Vault& vault = *opened->vault;
  TB_TRY(const std::vector<SearchHit> hits,
         vault.search(joined(context.arguments.all("words"), " "), kSearchHits));
  if (hits.empty()) context.remark(context.say(Text::kNothingFound));
  for (const SearchHit& hit : hits) {
    const std::string kind = kind_name(vault.schema(), hit.kind);
    Row row;
    row.text("kind", kind)
        .text("id", hit.record.text())
        .text("circle", hit.circle.text())
        .text("snippet", hit.snippet);
    context.answer(hit.record.text() + "  " + kind + "  " + hit.snippet, row);
  }
  return {};
}

}  // namespace

std::vector<CommandSpec> reading_commands() {
  using Shape = ParameterSpec::Shape;
  const ParameterSpec id{Shape::kWord, "id", "ID", Text::kArgId, true};
  const ParameterSpec deleted{Shape::kFlag, "--deleted", "", Text::kArgDeleted, false};
  return {
      {"get",
       Text::kGetSummary,
       Text::kGetExplain,
       "thuisbasis get 6MFeABUL\nthuisbasis get 6MFeABUL --json",
       {id, deleted},
       Home::kOwner,
       false,
       get},
      {"list",
       Text::kListSummary,
       Text::kListExplain,
       "thuisbasis list Goal\nthuisbasis list Goal --circle \"school Brouwer\" --json",
       {{Shape::kWord, "kind", "KIND", Text::kArgKind, true},
        {Shape::kOption, "--circle", "CIRCLE", Text::kArgCircle, false},
        {Shape::kOption, "--limit", "N", Text::kArgLimit, false},
        deleted},
       Home::kOwner,
       false,
       list},
      {"history",
       Text::kHistorySummary,
       Text::kHistoryExplain,
       "thuisbasis history 6MFeABUL",
       {id},
       Home::kOwner,
       false,
       history},
      {"search",
       Text::kSearchSummary,
       Text::kSearchExplain,
       "thuisbasis search broodtrommel\nthuisbasis search \"\\\"op tijd\\\"\" school",
       {{Shape::kWords, "words", "WORD", Text::kArgWords, true}},
       Home::kOwner,
       false,
       search},
  };
}

}  // namespace thuisbasis
