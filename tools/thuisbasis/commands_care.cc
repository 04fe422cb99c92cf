// SPDX-License-Identifier: EUPL-1.2
// thuisbasis doctor, unlock, lock.
#include "tools/thuisbasis/agent.h"
#include "tools/thuisbasis/command.h"

namespace thuisbasis {
namespace {

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n  ") + line;
  return text;
}

Status doctor(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
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
  row.number("bundles", report.bundles).texts("damage", report.damage).objects("digests", rows);
  if (context.settings.json || report.damage.empty())
    context.answer(lines + context.say(Text::kDoctorWell,
                                       {std::to_string(report.circles), std::to_string(report.records),
                                        std::to_string(report.bundles)}),
                   row);
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
       "thuisbasis doctor",
       {},
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
