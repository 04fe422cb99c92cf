// SPDX-License-Identifier: EUPL-1.2
// thuisbasis circle list, create, allow.
#include "tools/thuisbasis/circle_words.h"
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/find.h"

namespace thuisbasis {
namespace {

Status list(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const std::vector<CircleOverview> circles, opened->vault->circles());
  if (circles.empty()) context.remark(context.say(Text::kNoCircles));
  for (const CircleOverview& circle : circles) {
    std::string line = context.say(
        Text::kCircleLine, {circle.id.text(), circle.kind, circle.name, std::to_string(circle.members)});
    if (!circle.readable) line += "  " + context.say(Text::kCircleUnreadable);
    if (const auto waits = words_of(circle.sealing_waits)) line += "  " + context.say(*waits);
    context.answer(line, circle_row(circle));
  }
  return {};
}

/// The dossier that a new circle belongs to: the family's own, or a new one.
Result<NewCircle> new_circle(const Context& context, const Vault& vault, Random& random) {
  NewCircle circle;
  circle.kind = context.arguments.get("--kind");
  circle.name = context.arguments.get("--name");
  const auto family = context.arguments.find("--family");
  if (!family) {
    circle.dossier = random_id<DossierId>(random);
    if (circle.name.empty())
      return Error(Code::kInvalidArgument, "give --name, or --family for a family's circle");
    return circle;
  }
  TB_TRY(const CircleOverview kern, find_circle(vault, "kern " + *family).or_else([&](const Error&) {
    return static_cast<tl::expected<CircleOverview, Error>>(find_circle(vault, *family));
  }));
  circle.dossier = kern.dossier;
  circle.subject = kern.subject;
  if (circle.name.empty()) circle.name = kern.name;
  return circle;
}

Status create(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const NewCircle wanted, new_circle(context, *opened->vault, opened->random));
  TB_TRY(const CircleId id, opened->vault->create_circle(wanted));
  TB_TRY(const CircleOverview made, opened->vault->circle(id));
  context.answer(context.say(Text::kCircleMade, {id.text(), made.kind, made.name}), circle_row(made));
  return {};
}

Status allow(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const CircleOverview circle, find_circle(*opened->vault, context.arguments.get("circle")));
  TB_CHECK(opened->vault->allow_mass_changes(circle.id));
  TB_TRY(const CircleOverview now, opened->vault->circle(circle.id));
  context.answer(context.say(Text::kAllowed, {now.kind, now.name}), circle_row(now));
  return {};
}

}  // namespace

std::vector<CommandSpec> circle_commands() {
  using Shape = ParameterSpec::Shape;
  return {
      {"circle list",
       Text::kCircleListSummary,
       Text::kCircleListExplain,
       "thuisbasis circle list",
       {},
       Home::kOwner,
       false,
       list},
      {"circle create",
       Text::kCircleCreateSummary,
       Text::kCircleCreateExplain,
       "thuisbasis circle create --kind school --family \"Gezin Brouwer\"\n"
       "thuisbasis circle create --kind organisatie --name \"Gemeente Emmen\"",
       {{Shape::kOption, "--kind", "KIND", Text::kArgCircleKind, true},
        {Shape::kOption, "--name", "NAME", Text::kArgCircleName, false},
        {Shape::kOption, "--family", "FAMILY", Text::kArgCircleFamily, false}},
       Home::kOwner,
       true,
       create},
      {"circle allow",
       Text::kCircleAllowSummary,
       Text::kCircleAllowExplain,
       "thuisbasis circle allow \"school Brouwer\"",
       {{Shape::kWord, "circle", "CIRCLE", Text::kArgCircle, true}},
       Home::kOwner,
       true,
       allow},
  };
}

}  // namespace thuisbasis
