// SPDX-License-Identifier: EUPL-1.2
// thuisbasis join: ask, and take the answer.
#include "platform/files/files.h"
#include "tools/thuisbasis/command.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kFileBytesMax = 64 * 1024;
constexpr std::size_t kCertificatesBytesMax = std::size_t{1} << 20;

Row membership_row(const Membership& membership) {
  Row row;
  row.text("device", membership.device.text()).text("municipality", membership.municipality);
  row.text("name", membership.display_name).text("role", membership.role);
  row.text("organisation", membership.organisation).text("relay", membership.relay_url);
  return row;
}

Status complete(Context& context, const std::string& file) {
  TB_TRY(const Bytes answer, read_file(context.console.path(file), kFileBytesMax));
  TB_TRY(OpenVault * opened, context.open());
  TB_CHECK(opened->vault->complete_enrolment(answer));
  const auto membership = opened->vault->membership();
  if (!membership) return Error(Code::kInternal, "no membership after joining");
  context.answer(context.say(Text::kJoined, {membership->municipality, membership->display_name,
                                             membership->role, membership->organisation}),
                 membership_row(*membership));
  return {};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<std::string> invitation_of(const Context& context) {
  const Arguments& arguments = context.arguments;
  if (arguments.has("invitation")) return arguments.get("invitation");
  const auto file = arguments.find("--invitation-file");
  if (!file)
    return Error(Code::kInvalidArgument, "give an invitation, or --answer with the municipality's answer");
  TB_TRY(const Bytes bytes, read_file(context.console.path(*file), kFileBytesMax));
  return std::string(trimmed(as_text(bytes)));
}

Status ask(Context& context) {
  const Arguments& arguments = context.arguments;
  TB_TRY(const std::string invitation, invitation_of(context));
  const std::string name = arguments.get("--name");
  const std::string out = context.console.path(arguments.get("--request-out"));
  if (name.empty()) return Error(Code::kInvalidArgument, "give --name: how others in a circle will see you");
  if (!arguments.has("--request-out"))
    return Error(Code::kInvalidArgument, "give --request-out: where the request goes");
  std::optional<Bytes> authority;
  if (const auto file = arguments.find("--ca")) {
    TB_TRY(authority, read_file(context.console.path(*file), kCertificatesBytesMax));
  }
  TB_TRY(OpenVault * opened, context.access.open_or_create());
  if (authority) TB_CHECK(write_file(opened->folder.relay_ca(), *authority));
  TB_TRY(const EnrolmentStart start, opened->vault->begin_enrolment(invitation, name));
  TB_CHECK(write_file(out, start.request));
  Row row;
  row.text("vault", opened->folder.path).text("request", out).text("code", start.code);
  context.answer(context.say(Text::kJoinAsked, {opened->folder.path, out, start.code}), row);
  return {};
}

Status join(Context& context) {
  if (const auto answer = context.arguments.find("--answer")) return complete(context, *answer);
  return ask(context);
}

}  // namespace

std::vector<CommandSpec> join_commands() {
  using Shape = ParameterSpec::Shape;
  return {{"join",
           Text::kJoinSummary,
           Text::kJoinExplain,
           "thuisbasis join --invitation-file uitnodiging.txt --name \"Anneke, tablet\" --request-out "
           "aanvraag.bin\n"
           "thuisbasis join --answer antwoord.bin",
           {{Shape::kWord, "invitation", "INVITATION", Text::kArgInvitation, false},
            {Shape::kOption, "--invitation-file", "FILE", Text::kArgInvitationFile, false},
            {Shape::kOption, "--name", "NAME", Text::kArgDisplayName, false},
            {Shape::kOption, "--request-out", "FILE", Text::kArgRequestOut, false},
            {Shape::kOption, "--ca", "PEM", Text::kArgCa, false},
            {Shape::kOption, "--answer", "FILE", Text::kArgAnswer, false}},
           Home::kOwner,
           false,
           join}};
}

}  // namespace thuisbasis
