// SPDX-License-Identifier: EUPL-1.2
// thuisbasis circle members, admit, remove, leave, rotate, lead, policy: who reads a circle, and who decides.
#include <array>

#include "platform/files/files.h"
#include "tools/thuisbasis/circle_words.h"
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/find.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kAnswerBytesMax = 64 * 1024;

Result<Rank> rank_named(std::string_view name) {
  for (const Rank rank : {Rank::kMember, Rank::kCoach})
    if (name == name_of(rank)) return rank;
  return Error(Code::kInvalidArgument, "--rank is member or coach, not '" + std::string(name) + "'");
}

Result<CirclePolicy> policy_named(std::string_view name) {
  if (name == "anyone") return CirclePolicy::kAnyMember;
  if (name == "coaches") return CirclePolicy::kCoaches;
  return Error(Code::kInvalidArgument, "who decides is anyone or coaches, not '" + std::string(name) + "'");
}

Status members(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const CircleOverview circle, find_circle(*opened->vault, context.arguments.get("circle")));
  TB_TRY(std::vector<CircleMember> list, opened->vault->members(circle.id));
  if (context.arguments.has("--former")) {
    TB_TRY(list, opened->vault->former_members(circle.id));
  }
  for (const CircleMember& member : list) {
    const std::string name = member.display_name.empty() ? context.say(Text::kUnnamed) : member.display_name;
    std::string about = context.say(words_of(member.rank));
    if (!member.role.empty()) about += ", " + member.role + ", " + member.organisation;
    if (member.self) about += " " + context.say(Text::kSelf);
    context.answer(context.say(Text::kMemberLine, {member.device.text().substr(0, 8), name, about}),
                   member_row(member));
  }
  return {};
}

/// The circle that a command was about, as it is now.
Status tell(Context& context, const Vault& vault, const CircleId& id, Text text, std::string_view whom = {}) {
  TB_TRY(const CircleOverview now, vault.circle(id));
  context.answer(context.say(text, {now.kind, now.name, whom}), circle_row(now));
  return {};
}

Status admit(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  RecordId basis;
  if (const auto given = context.arguments.find("--basis")) {
    TB_TRY(const Record record, find_record(*opened->vault, *given));
    basis = record.id();
  }
  TB_TRY(const Rank rank, rank_named(context.arguments.find("--rank").value_or("coach")));
  TB_TRY(const Bytes answer,
         read_file(context.console.path(context.arguments.get("--answer")), kAnswerBytesMax));
  for (const std::string& name : context.arguments.all("circles")) {
    TB_TRY(const CircleOverview circle, find_circle(*opened->vault, name));
    TB_CHECK(opened->vault->admit(circle.id, answer, basis, rank));
    TB_CHECK(tell(context, *opened->vault, circle.id, Text::kAdmitted));
  }
  return {};
}

Status remove(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const CircleOverview circle, find_circle(*opened->vault, context.arguments.get("circle")));
  std::vector<DeviceId> devices;
  std::string names;
  for (const std::string& text : context.arguments.all("devices")) {
    TB_TRY(const CircleMember member, find_member_ever(*opened->vault, circle.id, text));
    devices.push_back(member.device);
    names += (names.empty() ? "" : ", ") +
             (member.display_name.empty() ? member.device.text().substr(0, 8) : member.display_name);
  }
  const EpochReason reason =
      context.arguments.has("--lost") ? EpochReason::kDeviceLost : EpochReason::kMemberRemoved;
  TB_CHECK(opened->vault->remove(circle.id, devices, reason));
  return tell(context, *opened->vault, circle.id, Text::kRemoved, names);
}

Status leave(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const CircleOverview circle, find_circle(*opened->vault, context.arguments.get("circle")));
  TB_CHECK(opened->vault->leave(circle.id));
  return tell(context, *opened->vault, circle.id, Text::kLeft);
}

Status rotate(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const CircleOverview circle, find_circle(*opened->vault, context.arguments.get("circle")));
  TB_CHECK(opened->vault->rotate(circle.id, EpochReason::kSuspicion));
  return tell(context, *opened->vault, circle.id, Text::kRotated);
}

Status lead(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const CircleOverview circle, find_circle(*opened->vault, context.arguments.get("circle")));
  TB_TRY(const CircleMember member, find_member(*opened->vault, circle.id, context.arguments.get("device")));
  TB_CHECK(opened->vault->hand_over(circle.id, member.device));
  return tell(context, *opened->vault, circle.id, Text::kLeads, member.display_name);
}

Status policy(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const CircleOverview circle, find_circle(*opened->vault, context.arguments.get("circle")));
  TB_TRY(const CirclePolicy wanted, policy_named(context.arguments.get("who")));
  TB_CHECK(opened->vault->set_policy(circle.id, wanted));
  return tell(context, *opened->vault, circle.id,
              wanted == CirclePolicy::kCoaches ? Text::kPolicyCoaches : Text::kPolicyAnyone);
}

using Shape = ParameterSpec::Shape;
const ParameterSpec kCircle{Shape::kWord, "circle", "CIRCLE", Text::kArgCircle, true};

}  // namespace

std::vector<CommandSpec> member_commands() {
  return {
      {"circle members",
       Text::kCircleMembersSummary,
       Text::kCircleMembersExplain,
       "thuisbasis circle members \"school Brouwer\"",
       {kCircle, {Shape::kFlag, "--former", "", Text::kArgFormer, false}},
       Home::kOwner,
       false,
       members},
      {"circle admit",
       Text::kCircleAdmitSummary,
       Text::kCircleAdmitExplain,
       "thuisbasis circle admit \"school Brouwer\" --answer antwoord.bin --rank member",
       {{Shape::kWords, "circles", "CIRCLE", Text::kArgCircles, true},
        {Shape::kOption, "--answer", "FILE", Text::kArgAdmitAnswer, true},
        {Shape::kOption, "--rank", "RANK", Text::kArgRank, false},
        {Shape::kOption, "--basis", "ID", Text::kArgBasis, false}},
       Home::kOwner,
       true,
       admit},
      {"circle remove",
       Text::kCircleRemoveSummary,
       Text::kCircleRemoveExplain,
       "thuisbasis circle remove \"school Brouwer\" \"Laptop van school\"\n"
       "thuisbasis circle remove \"kern Brouwer\" 9f3kTQaa --lost",
       {kCircle,
        {Shape::kWords, "devices", "DEVICE", Text::kArgDevices, true},
        {Shape::kFlag, "--lost", "", Text::kArgLost, false}},
       Home::kOwner,
       true,
       remove},
      {"circle leave",
       Text::kCircleLeaveSummary,
       Text::kCircleLeaveExplain,
       "thuisbasis circle leave \"school Brouwer\"",
       {kCircle},
       Home::kOwner,
       true,
       leave},
      {"circle rotate",
       Text::kCircleRotateSummary,
       Text::kCircleRotateExplain,
       "thuisbasis circle rotate \"school Brouwer\"",
       {kCircle},
       Home::kOwner,
       true,
       rotate},
      {"circle lead",
       Text::kCircleLeadSummary,
       Text::kCircleLeadExplain,
       "thuisbasis circle lead \"kern Brouwer\" \"Tablet van Marieke\"",
       {kCircle, {Shape::kWord, "device", "DEVICE", Text::kArgDevice, true}},
       Home::kOwner,
       true,
       lead},
      {"circle policy",
       Text::kCirclePolicySummary,
       Text::kCirclePolicyExplain,
       "thuisbasis circle policy \"kern Brouwer\" coaches",
       {kCircle, {Shape::kWord, "who", "anyone|coaches", Text::kArgPolicy, true}},
       Home::kOwner,
       true,
       policy},
  };
}

}  // namespace thuisbasis
