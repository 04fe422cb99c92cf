// SPDX-License-Identifier: EUPL-1.2
// thuisbasis doctor, unlock, lock.
#include "tools/thuisbasis/agent.h"
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/shown_record.h"

namespace thuisbasis {
namespace {

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n  ") + line;
  return text;
}

std::string numbers_text(const LostWrites& lost) {
  const std::string first = std::to_string(lost.first);
  return lost.first == lost.last ? first : first + "-" + std::to_string(lost.last);
}

std::string lost_text(const Context& context, const LostWrites& lost) {
  std::string circle = lost.circle_name.empty() ? "" : lost.circle_name + " ";
  circle += lost.circle.is_zero() ? context.say(Text::kRepairNoCircle) : lost.circle.text();
  std::string lines = "\n" + context.say(lost.sealed ? Text::kRepairLostOnItsWay : Text::kRepairLost,
                                         {circle, numbers_text(lost)});
  for (const auto& [kind, id] : lost.records)
    lines += "\n" + context.say(Text::kRepairLostRecord, {kind_name(Schema::builtin(), kind), id.text()});
  return lines;
}

Row lost_row(const LostWrites& lost) {
  std::vector<Row> records;
  for (const auto& [kind, id] : lost.records) {
    Row record;
    record.text("kind", kind_name(Schema::builtin(), kind)).text("id", id.text());
    records.push_back(std::move(record));
  }
  Row row;
  row.text("circle", lost.circle.is_zero() ? "" : lost.circle.text()).text("name", lost.circle_name);
  row.number("first", lost.first).number("last", lost.last).flag("was_on_its_way", lost.sealed);
  row.objects("records", records);
  return row;
}

std::string repair_text(const Context& context, const RepairReport& report) {
  const auto count = [](std::uint64_t number) { return std::to_string(number); };
  std::string lines = context.say(Text::kRepairDone, {count(report.pages), count(report.damaged_pages.size()),
                                                      count(report.circles), count(report.bundles)});
  lines += "\n" + context.say(Text::kRepairKept, {report.kept});
  if (report.must_enrol) lines += "\n" + context.say(Text::kRepairEnrol);
  if (report.circles_to_fetch > 0)
    lines += "\n" + context.say(Text::kRepairFetch, {count(report.circles_to_fetch)});
  if (report.rescued > 0) lines += "\n" + context.say(Text::kRepairRescued, {count(report.rescued)});
  for (const LostWrites& lost : report.lost) lines += lost_text(context, lost);
  if (report.lost_entries > 0)
    lines += "\n" + context.say(Text::kRepairLostEntries, {count(report.lost_entries)});
  if (report.unsent_uncertain) lines += "\n" + context.say(Text::kRepairUncertain);
  return lines;
}

std::string numbers(const std::vector<std::uint32_t>& pages) {
  std::string text;
  for (const std::uint32_t page : pages) text += (text.empty() ? "" : ",") + std::to_string(page);
  return text;
}

Row repair_row(const RepairReport& report) {
  std::vector<Row> lost;
  for (const LostWrites& one : report.lost) lost.push_back(lost_row(one));
  Row row;
  row.flag("repaired", true).text("kept", report.kept).number("pages", report.pages);
  row.raw("damaged_pages", "[" + numbers(report.damaged_pages) + "]").flag("wal_damaged", report.wal_damaged);
  row.flag("must_enrol", report.must_enrol).number("circles", report.circles);
  row.number("circles_to_fetch", report.circles_to_fetch).number("bundles", report.bundles);
  row.number("rescued", report.rescued).number("lost_entries", report.lost_entries);
  row.flag("unsent_uncertain", report.unsent_uncertain).objects("lost", lost);
  return row;
}

Status repair(Context& context) {
  TB_TRY(const RepairOutcome outcome, context.access.repair());
  if (outcome.report) {
    context.answer(repair_text(context, *outcome.report), repair_row(*outcome.report));
    TB_CHECK(context.access.repair_shown());
  } else {
    Row row;
    row.flag("repaired", false);
    context.answer(context.say(Text::kRepairNothing), row);
  }
  return {};
}

/// Of a vault that cannot be opened, or that would lose something by it.
Status tell_damage(Context& context, const PageDamage& damage) {
  std::vector<std::string> lines;
  if (!damage.damaged.empty()) lines.push_back("pages that cannot be read: " + numbers(damage.damaged));
  if (damage.wal_damaged) lines.push_back("the log of the last changes (vault.db-wal) is damaged");
  if (context.settings.json) {
    Row row;
    row.flag("well", false).texts("damage", lines).flag("repair_helps", true);
    context.answer("", row);
  }
  context.remark(context.say(Text::kDoctorRepairHelps));
  return Error(Code::kDamaged, joined_lines(lines));
}

Status doctor(Context& context) {
  if (context.arguments.has("--repair")) return repair(context);
  TB_TRY(const PageDamage damage, context.access.page_damage());
  if (damage.commits_follow_wal_damage) return tell_damage(context, damage);
  const Result<OpenVault*> found = context.open();
  const bool cannot_be_read =
      !found && (found.error().code() == Code::kDamaged || found.error().code() == Code::kDecryptFailed);
  if (cannot_be_read && damage.any()) return tell_damage(context, damage);
  TB_TRY(OpenVault * opened, found);
  TB_TRY(const DoctorReport report, opened->vault->examine());
  TB_TRY(const std::vector<CircleOverview> circles, opened->vault->circles());
  std::vector<Row> rows;
  std::string lines;
  for (const CircleOverview& circle : circles) {
    TB_TRY(const StateDigest digest, opened->vault->digest(circle.id));
    const std::string hex = to_hex(digest.view());
    lines += context.say(Text::kDoctorDigest, {circle.id.text(), circle.kind, circle.name, hex}) + "\n";
    Row row;
    row.text("circle", circle.id.text())
        .text("kind", circle.kind)
        .text("name", circle.name)
        .text("digest", hex);
    rows.push_back(std::move(row));
  }
  Row row;
  row.flag("well", report.damage.empty()).number("circles", report.circles).number("records", report.records);
  row.number("bundles", report.bundles).texts("damage", report.damage);
  row.flag("repair_helps", report.repair_helps).objects("digests", rows);
  if (context.settings.json || report.damage.empty())
    context.answer(lines + context.say(Text::kDoctorWell,
                                       {std::to_string(report.circles), std::to_string(report.records),
                                        std::to_string(report.bundles)}),
                   row);
  if (report.repair_helps) context.remark(context.say(Text::kDoctorRepairHelps));
  TB_TRY(const auto unseen, opened->vault->repair_report());
  if (unseen) context.remark(context.say(Text::kDoctorReportUnseen));
  if (!report.damage.empty()) return Error(Code::kDamaged, joined_lines(report.damage));
  return {};
}

}  // namespace

std::vector<CommandSpec> care_commands() {
  using Shape = ParameterSpec::Shape;
  return {
      {"doctor",
       Text::kDoctorSummary,
       Text::kDoctorExplain,
       "thuisbasis doctor\nthuisbasis doctor --repair",
       {{Shape::kFlag, "--repair", "", Text::kArgRepair, false}},
       Home::kOwner,
       false,
       doctor},
      {"unlock",
       Text::kUnlockSummary,
       Text::kUnlockExplain,
       "thuisbasis unlock --minutes 60",
       {{Shape::kOption, "--minutes", "N", Text::kArgMinutes, false}},
       Home::kHere,
       false,
       unlock},
      {"lock", Text::kLockSummary, Text::kLockExplain, "thuisbasis lock", {}, Home::kHere, false, lock},
  };
}

}  // namespace thuisbasis
