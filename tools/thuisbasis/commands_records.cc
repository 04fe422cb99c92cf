// SPDX-License-Identifier: EUPL-1.2
// thuisbasis put, edit, delete, undelete, share.
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/find.h"
#include "tools/thuisbasis/shown_record.h"

namespace thuisbasis {
namespace {

void report(const Context& context, const Record& record, const WriteId& written, Text text) {
  const std::string id = record.id().text();
  Row row;
  row.text("id", id).text("circle", record.circle().text()).number("change", written.number);
  context.answer(written.number == 0 ? context.say(Text::kNothingChanged, {id})
                                     : context.say(text, {id, context.say(Text::kStatePending)}),
                 row);
}

/// Where a new record goes: the circle named, the kern of a dossier named, or the only circle there is.
Result<CircleId> target_circle(const Context& context, const Vault& vault) {
  if (const auto name = context.arguments.find("--circle")) {
    TB_TRY(const CircleOverview circle, find_circle(vault, *name));
    return circle.id;
  }
  TB_TRY(const std::vector<CircleOverview> circles, vault.circles());
  if (const auto dossier = context.arguments.find("--dossier")) {
    for (const CircleOverview& circle : circles)
      if (circle.kind == "kern" && circle.dossier.text() == without_id_mark(*dossier)) return circle.id;
    TB_TRY(const CircleOverview circle, find_circle(vault, "kern " + *dossier));
    return circle.id;
  }
  if (circles.size() == 1) return circles.front().id;
  return Error(Code::kInvalidArgument, "say where it goes: --circle CIRCLE or --dossier DOSSIER");
}

/// Assigns what was typed; where a field does not exist, says which do.
Result<WriteId> assign_fields(const Context& context, Vault& vault, const Record& record) {
  auto written = vault.assign(record, context.arguments.all("fields"));
  const KindSchema* kind = vault.schema().kind(record.kind());
  if (written || written.error().code() != Code::kUnknownField || kind == nullptr) return written;
  return Error(Code::kUnknownField, written.error().context() + "; it has: " + field_names(*kind));
}

Status put(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  Vault& vault = *opened->vault;
  TB_TRY(const KindSchema* kind, find_kind(vault, context.arguments.get("kind")));
  TB_TRY(const CircleId circle, target_circle(context, vault));
  const auto given = context.arguments.find("--id");
  RecordId id = random_id<RecordId>(opened->random);
  if (given) {
    TB_TRY(id, parse_record_id(*given));
  }
  TB_TRY(const Record draft, vault.prepare(kind->number, circle, id));
  TB_TRY(const WriteId written, assign_fields(context, vault, draft));
  report(context, draft, written, Text::kSaved);
  return {};
}

Status edit(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const Record record, find_record(*opened->vault, context.arguments.get("id")));
  TB_TRY(const WriteId written, assign_fields(context, *opened->vault, record));
  report(context, record, written, Text::kSaved);
  return {};
}

Status erase(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const Record record, find_record(*opened->vault, context.arguments.get("id")));
  TB_TRY(const WriteId written, opened->vault->erase(record));
  report(context, record, written, Text::kDeleted);
  return {};
}

Status restore(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const Record record, find_record(*opened->vault, context.arguments.get("id"), true));
  TB_TRY(const WriteId written, opened->vault->restore(record));
  report(context, record, written, Text::kRestored);
  return {};
}

Status share(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const CircleOverview circle, find_circle(*opened->vault, context.arguments.get("--to")));
  for (const std::string& name : context.arguments.all("ids")) {
    TB_TRY(const Record record, find_record(*opened->vault, name));
    TB_TRY(const Record copy, opened->vault->share(record, circle.id));
    context.answer(context.say(Text::kShared, {copy.id().text(), circle.kind, circle.name}),
                   record_row(copy, opened->vault->schema()));
  }
  return {};
}

}  // namespace

std::vector<CommandSpec> record_commands() {
  using Shape = ParameterSpec::Shape;
  const ParameterSpec id{Shape::kWord, "id", "ID", Text::kArgId, true};
  return {
      {"put",
       Text::kPutSummary,
       Text::kPutExplain,
       "thuisbasis put Goal statement=\"Elke ochtend op tijd\" domain=school state=afgesproken --circle "
       "\"kern Brouwer\"\n"
       "thuisbasis put PersonProfile own_words=\"Ik hou van zingen\" strengths=+zingen --dossier Brouwer",
       {{Shape::kWord, "kind", "KIND", Text::kArgKind, true},
        {Shape::kWords, "fields", "FIELD=VALUE", Text::kArgFields, false},
        {Shape::kOption, "--circle", "CIRCLE", Text::kArgCircle, false},
        {Shape::kOption, "--dossier", "DOSSIER", Text::kArgDossier, false},
        {Shape::kOption, "--id", "ID", Text::kArgNewId, false}},
       Home::kOwner,
       true,
       put},
      {"edit",
       Text::kEditSummary,
       Text::kEditExplain,
       "thuisbasis edit 6MFeABUL state=bereikt\n"
       "thuisbasis edit 6MFeABUL why=",
       {id, {Shape::kWords, "fields", "FIELD=VALUE", Text::kArgFields, true}},
       Home::kOwner,
       true,
       edit},
      {"delete",
       Text::kDeleteSummary,
       Text::kDeleteExplain,
       "thuisbasis delete 6MFeABUL",
       {id},
       Home::kOwner,
       true,
       erase},
      {"undelete",
       Text::kUndeleteSummary,
       Text::kUndeleteExplain,
       "thuisbasis undelete 6MFeABULucK_y3tkz85DPg",
       {id},
       Home::kOwner,
       true,
       restore},
      {"share",
       Text::kShareSummary,
       Text::kShareExplain,
       "thuisbasis share 6MFeABUL --to \"school Brouwer\"",
       {{Shape::kWords, "ids", "ID", Text::kArgIds, true},
        {Shape::kOption, "--to", "CIRCLE", Text::kArgTo, true}},
       Home::kOwner,
       true,
       share},
  };
}

}  // namespace thuisbasis
