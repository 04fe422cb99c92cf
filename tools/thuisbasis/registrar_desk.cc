// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/registrar_desk.h"

namespace thuisbasis {
namespace {

constexpr WallMs kDayMs = 86'400'000;
constexpr int kDaysDefault = 730;
constexpr int kDaysMax = 3650;
/// Certificates hold from a little before now, for devices whose clock is behind.
constexpr WallMs kBackdatedMs = kDayMs;

}  // namespace

Result<RegistrarDesk> RegistrarDesk::open(Context& context) {
  TB_TRY(MunicipalityFolder folder,
         MunicipalityFolder::open(context.console.path(context.arguments.get("dir"))));
  TB_TRY(InvitationBook book, folder.book());
  return RegistrarDesk(context, std::move(folder), std::move(book));
}

Result<ExaminedRequest> RegistrarDesk::examine(ByteView request) {
  return examine_request(book_, request, SystemClock().wall_ms());
}

Status RegistrarDesk::confirm(const ExaminedRequest& request, std::string_view remark) const {
  if (context_.arguments.has("--yes")) return {};
  const std::string question =
      context_.say(Text::kApproveAsk, {request.candidate.display_name, request.invitation.role,
                                       request.invitation.organisation, request.candidate.code});
  const auto answer = context_.console.ask(std::string(remark) + question);
  if (!answer)
    return Error(Code::kNotPermitted, "compare the code " + request.candidate.code + " and give --yes");
  if (*answer == "j" || *answer == "ja" || *answer == "y" || *answer == "yes") return {};
  return Error(Code::kCancelled, "the code was not confirmed");
}

Status RegistrarDesk::certify(const ExaminedRequest& request) {
  SystemRandom random;
  TB_TRY(const int days, context_.arguments.number("--days", 1, kDaysMax, kDaysDefault));
  const WallMs now = SystemClock().wall_ms();
  if (!registrar_) {
    PassphraseSource source(context_.console, context_.settings.passphrase_file, context_.settings.language);
    TB_TRY(Secret passphrase, source.existing(Text::kAskMunicipalityPassphrase));
    TB_TRY(registrar_, folder_.registrar(std::move(passphrase), random));
  }
  const CertificateTerms terms{next_serial(book_), now - kBackdatedMs, now + days * kDayMs};
  const CertificateAttributes attributes{random_id<InvitationId>(random).text(),
                                         request.invitation.organisation, request.invitation.role,
                                         request.candidate.display_name};
  TB_TRY(const IssuedCertificate issued,
         issue_certificate(*registrar_, request.candidate.signing_key, request.candidate.agreement_key, terms,
                           attributes, random));
  request.entry->serial = terms.serial;
  request.entry->redeemed_at = now;
  request.entry->request_hash = request.hash;
  request.entry->display_name = request.candidate.display_name;
  request.entry->answer = encode_enrolment_answer(issued);
  return {};
}

}  // namespace thuisbasis
