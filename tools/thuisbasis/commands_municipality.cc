// SPDX-License-Identifier: EUPL-1.2
// thuisbasis municipality create, invite, approve, key.
#include <algorithm>

#include "core/verify/hash.h"
#include "platform/files/files.h"
#include "platform/qr_code/qr_code.h"
#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/municipality.h"
#include "tools/thuisbasis/shown_record.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kRequestBytesMax = 64 * 1024;
constexpr WallMs kHourMs = 3'600'000;
constexpr int kHoursDefault = static_cast<int>(kInvitationLifeMs / kHourMs);
constexpr int kHoursMax = 24 * 30;
constexpr int kDaysDefault = 730;
constexpr int kDaysMax = 3650;
/// Certificates hold from a little before now, for devices whose clock is behind.
constexpr WallMs kBackdatedMs = 24 * kHourMs;

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
  TB_TRY(std::vector<BookEntry> book, folder.book());
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

/// The invitation that a request was made with, and what the request proved.
struct Match {
  BookEntry* entry;
  Invitation invitation;
  EnrolmentCandidate candidate;
};

Result<Match> find_invitation(std::vector<BookEntry>& book, ByteView request, WallMs now) {
  Error reason(Code::kNotFound, "no invitation of this municipality belongs to this request");
  for (BookEntry& entry : book) {
    TB_TRY(Invitation invitation, parse_invitation(entry.invitation));
    // An expired invitation is recognised first and refused afterwards, so that the refusal says why.
    auto candidate = check_enrolment_request(invitation, request, std::min(now, invitation.expires_at - 1));
    if (candidate) return Match{&entry, std::move(invitation), std::move(*candidate)};
    if (candidate.error().code() != Code::kNotFound) reason = candidate.error();
  }
  return reason;
}

Status confirm_code(const Context& context, const Match& match) {
  if (context.arguments.has("--yes")) return {};
  const auto answer = context.console.ask(
      context.say(Text::kApproveAsk, {match.candidate.display_name, match.invitation.role,
                                      match.invitation.organisation, match.candidate.code}));
  if (!answer)
    return Error(Code::kNotPermitted, "compare the code " + match.candidate.code + " and give --yes");
  if (*answer == "j" || *answer == "ja" || *answer == "y" || *answer == "yes") return {};
  return Error(Code::kCancelled, "the code was not confirmed");
}

Status certify(Context& context, const MunicipalityFolder& folder, Match& match, std::uint64_t serial,
               SystemRandom& random) {
  TB_TRY(const int days, context.arguments.number("--days", 1, kDaysMax, kDaysDefault));
  SystemClock clock;
  const WallMs now = clock.wall_ms();
  PassphraseSource source(context.console, context.settings.passphrase_file, context.settings.language);
  TB_TRY(Secret passphrase, source.existing(Text::kAskMunicipalityPassphrase));
  TB_TRY(const SigningKey registrar, folder.registrar(std::move(passphrase), random));
  const CertificateTerms terms{serial, now - kBackdatedMs, now + days * 24 * kHourMs};
  const CertificateAttributes attributes{random_id<InvitationId>(random).text(),
                                         match.invitation.organisation, match.invitation.role,
                                         match.candidate.display_name};
  TB_TRY(const IssuedCertificate issued,
         issue_certificate(registrar, match.candidate.signing_key, match.candidate.agreement_key, terms,
                           attributes, random));
  match.entry->serial = serial;
  match.entry->redeemed_at = now;
  match.entry->display_name = match.candidate.display_name;
  match.entry->answer = encode_enrolment_answer(issued);
  return {};
}

Row approval_row(const Match& match, const std::string& out) {
  Row row;
  row.text("name", match.entry->display_name).text("role", match.invitation.role);
  row.text("organisation", match.invitation.organisation).text("code", match.candidate.code);
  row.number("serial", match.entry->serial).text("answer", out);
  return row;
}

Status approve(Context& context) {
  SystemRandom random;
  SystemClock clock;
  TB_TRY(const MunicipalityFolder folder,
         MunicipalityFolder::open(context.console.path(context.arguments.get("dir"))));
  TB_TRY(const Bytes request,
         read_file(context.console.path(context.arguments.get("--request")), kRequestBytesMax));
  const std::string out = context.console.path(context.arguments.get("--out"));
  TB_TRY(std::vector<BookEntry> book, folder.book());
  TB_TRY(Match match, find_invitation(book, request, clock.wall_ms()));
  const Sha256Digest hash = sha256(request);
  if (match.entry->serial != 0) {
    if (match.entry->request_hash != hash)
      return Error(Code::kConflict,
                   "used by " + match.entry->display_name + " on " + time_text(match.entry->redeemed_at));
    TB_CHECK(write_file(out, match.entry->answer));
    context.answer(context.say(Text::kApprovedBefore, {out}), approval_row(match, out));
    return {};
  }
  if (const Status in_time = check_invitation(match.invitation, clock.wall_ms()); !in_time)
    return Error(Code::kExpired, "the invitation for " + match.invitation.role + " at " +
                                     match.invitation.organisation + " was valid until " +
                                     time_text(match.invitation.expires_at));
  TB_CHECK(confirm_code(context, match));
  std::uint64_t serial = 1;
  for (const BookEntry& entry : book) serial = std::max(serial, entry.serial + 1);
  TB_CHECK(certify(context, folder, match, serial, random));
  match.entry->request_hash = hash;
  // The book first: an invitation is never redeemed twice, and a lost answer is written again on request.
  TB_CHECK(folder.keep(book));
  TB_CHECK(write_file(out, match.entry->answer));
  context.answer(context.say(Text::kApproved,
                             {match.entry->display_name, match.invitation.role, match.invitation.organisation,
                              match.candidate.code, std::to_string(serial), out}),
                 approval_row(match, out));
  return {};
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
      {"municipality approve",
       Text::kMunicipalityApproveSummary,
       Text::kMunicipalityApproveExplain,
       "thuisbasis municipality approve ./emmen --request aanvraag.bin --out antwoord.bin",
       {dir,
        {Shape::kOption, "--request", "FILE", Text::kArgRequest, true},
        {Shape::kOption, "--out", "FILE", Text::kArgAnswerOut, true},
        {Shape::kOption, "--days", "N", Text::kArgDays, false},
        {Shape::kFlag, "--yes", "", Text::kArgYes, false}},
       Home::kHere,
       false,
       approve},
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
