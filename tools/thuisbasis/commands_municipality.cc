// SPDX-License-Identifier: EUPL-1.2
// thuisbasis municipality create, invite, invitations, withdraw, key.
#include "platform/files/files.h"
#include "platform/qr_code/qr_code.h"
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/municipality.h"
#include "tools/thuisbasis/shown_record.h"

namespace thuisbasis {
namespace {

constexpr WallMs kHourMs = 3'600'000;
constexpr int kHoursDefault = static_cast<int>(kInvitationLifeMs / kHourMs);
constexpr int kHoursMax = 24 * 30;

Status create(Context& context) {
  SystemRandom random;
  SystemClock clock;
  const std::string folder = context.console.path(context.arguments.get("dir"));
  const std::string name = context.arguments.get("--name");
  if (file_exists(folder + "/municipality.json"))
    return Error(Code::kAlreadyExists, "a municipality in " + folder);
  PassphraseSource source(context.console, context.settings.passphrase_file, context.settings.language);
  TB_TRY(Secret passphrase, source.chosen(Text::kAskNewMunicipalityPassphrase));
  TB_CHECK(MunicipalityFolder::create(folder, name, std::move(passphrase), clock.wall_ms(), random));
  TB_TRY(const MunicipalityFolder made, MunicipalityFolder::open(folder));
  Row row;
  row.text("municipality", name)
      .text("folder", folder)
      .text("registrar_key", to_base64url(made.profile().registrar_key.view()));
  context.answer(context.say(Text::kMunicipalityMade, {name, folder}), row);
  return {};
}

Status key(Context& context) {
  TB_TRY(const MunicipalityFolder folder,
         MunicipalityFolder::open(context.console.path(context.arguments.get("dir"))));
  const std::string text = to_base64url(folder.profile().registrar_key.view());
  context.remark(context.say(Text::kMunicipalityKeyIs));
  context.answer(text, Row().text("registrar_key", text));
  return {};
}

Status invite(Context& context) {
  SystemRandom random;
  SystemClock clock;
  TB_TRY(const MunicipalityFolder folder,
         MunicipalityFolder::open(context.console.path(context.arguments.get("dir"))));
  TB_TRY(const int hours, context.arguments.number("--hours", 1, kHoursMax, kHoursDefault));
  const WallMs now = clock.wall_ms();
  Invitation invitation = make_invitation(context.arguments.get("--relay"), folder.profile().registrar_key,
                                          folder.profile().archive_key, now + hours * kHourMs, random);
  invitation.municipality = folder.profile().name;
  invitation.organisation = context.arguments.get("--organisation");
  invitation.role = context.arguments.get("--role");
  TB_TRY(InvitationBook book, folder.book());
  BookEntry entry;
  entry.invitation = invitation_text(invitation);
  const Result<QrCode> code = QrCode::of(entry.invitation);
  const auto picture = context.arguments.find("--qr");
  if (picture && !code) return Error(code.error());
  entry.made_at = now;
  book.push_back(entry);
  TB_CHECK(folder.keep(book));
  const std::string until = time_text(invitation.expires_at);
  if (picture) TB_CHECK(write_file(context.console.path(*picture), as_bytes(code->svg() + "\n")));
  context.remark(context.say(Text::kInvitationMade, {invitation.organisation, invitation.role, until}));
  if (context.console.is_terminal() && code) context.remark(code->for_terminal());
  Row row;
  row.text("invitation", entry.invitation).text("organisation", invitation.organisation);
  row.text("role", invitation.role).number("expires_at", invitation.expires_at);
  context.answer(entry.invitation, row);
  return {};
}

/// "gezinscoach at Gemeente Emmen" and what became of it.
void show_invitation(const Context& context, const BookEntry& entry, const Invitation& invitation,
                     WallMs now) {
  constexpr struct {
    const char* name;
    Text text;
  } kStates[] = {{"open", Text::kInvitationOpen},
                 {"used", Text::kInvitationUsed},
                 {"withdrawn", Text::kInvitationWithdrawn},
                 {"expired", Text::kInvitationExpired}};
  const WallMs times[] = {invitation.expires_at, entry.redeemed_at, entry.withdrawn_at,
                          invitation.expires_at};
  const auto index = static_cast<std::size_t>(invitation_state(entry, invitation, now));
  const auto& state = kStates[index];
  Row row;
  row.text("invitation", invitation.id.text()).text("role", invitation.role);
  row.text("organisation", invitation.organisation).text("state", state.name);
  row.number("made_at", entry.made_at).number("expires_at", invitation.expires_at);
  if (entry.serial != 0)
    row.text("name", entry.display_name)
        .number("serial", entry.serial)
        .number("redeemed_at", entry.redeemed_at);
  if (entry.withdrawn_at != 0) row.number("withdrawn_at", entry.withdrawn_at);
  context.answer(invitation.id.text() + "  " + invitation.role + ", " + invitation.organisation + "  " +
                     context.say(state.text, {time_text(times[index]), entry.display_name}),
                 row);
}

Status invitations(Context& context) {
  TB_TRY(const MunicipalityFolder folder,
         MunicipalityFolder::open(context.console.path(context.arguments.get("dir"))));
  TB_TRY(const InvitationBook book, folder.book());
  const WallMs now = SystemClock().wall_ms();
  for (const BookEntry& entry : book) {
    TB_TRY(const Invitation invitation, parse_invitation(entry.invitation));
    show_invitation(context, entry, invitation, now);
  }
  return {};
}

Status withdraw(Context& context) {
  TB_TRY(const MunicipalityFolder folder,
         MunicipalityFolder::open(context.console.path(context.arguments.get("dir"))));
  TB_TRY(InvitationBook book, folder.book());
  const std::string wanted = context.arguments.get("invitation");
  const WallMs now = SystemClock().wall_ms();
  for (BookEntry& entry : book) {
    TB_TRY(const Invitation invitation, parse_invitation(entry.invitation));
    if (invitation.id.text() != wanted && entry.invitation != wanted) continue;
    if (entry.serial != 0)
      return Error(Code::kConflict, "it was used by " + entry.display_name + " on " +
                                        time_text(entry.redeemed_at) +
                                        ": remove that device from its circles");
    if (entry.withdrawn_at == 0) entry.withdrawn_at = now;
    TB_CHECK(folder.keep(book));
    show_invitation(context, entry, invitation, now);
    return {};
  }
  return Error(Code::kNotFound, "the invitation " + wanted + ": municipality invitations lists them");
}

}  // namespace

std::vector<CommandSpec> municipality_commands() {
  using Shape = ParameterSpec::Shape;
  const ParameterSpec dir{Shape::kWord, "dir", "DIR", Text::kArgMunicipalityDir, true};
  return {
      {"municipality create",
       Text::kMunicipalityCreateSummary,
       Text::kMunicipalityCreateExplain,
       "thuisbasis municipality create ./emmen --name Emmen",
       {dir, {Shape::kOption, "--name", "NAME", Text::kArgMunicipalityName, true}},
       Home::kHere,
       false,
       create},
      {"municipality invite",
       Text::kMunicipalityInviteSummary,
       Text::kMunicipalityInviteExplain,
       "thuisbasis municipality invite ./emmen --relay https://sync.emmen.example --organisation \"Gemeente "
       "Emmen\" "
       "--role gezinscoach > uitnodiging.txt",
       {dir,
        {Shape::kOption, "--relay", "URL", Text::kArgRelay, true},
        {Shape::kOption, "--organisation", "NAME", Text::kArgOrganisation, true},
        {Shape::kOption, "--role", "ROLE", Text::kArgRole, true},
        {Shape::kOption, "--hours", "N", Text::kArgHours, false},
        {Shape::kOption, "--qr", "FILE", Text::kArgQr, false}},
       Home::kHere,
       false,
       invite},
      {"municipality invitations",
       Text::kMunicipalityInvitationsSummary,
       Text::kMunicipalityInvitationsExplain,
       "thuisbasis municipality invitations ./emmen",
       {dir},
       Home::kHere,
       false,
       invitations},
      {"municipality withdraw",
       Text::kMunicipalityWithdrawSummary,
       Text::kMunicipalityWithdrawExplain,
       "thuisbasis municipality withdraw ./emmen AAAAAAAAAAAAAAAAAAAAAA",
       {dir, {Shape::kWord, "invitation", "INVITATION", Text::kArgWithdrawn, true}},
       Home::kHere,
       false,
       withdraw},
      {"municipality key",
       Text::kMunicipalityKeySummary,
       Text::kMunicipalityKeyExplain,
       "thuisbasis municipality key ./emmen",
       {dir},
       Home::kHere,
       false,
       key},
  };
}

}  // namespace thuisbasis
