// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/device.h"

#include "tools/transfer/caseload_import.h"

namespace thuisbasis::bench {
namespace {

constexpr std::size_t kLinesPerTransaction = 500;
constexpr const char* kOrganisation = "Gemeente Emmen";
constexpr const char* kRole = "gezinscoach";
constexpr WallMs kCertificateLifeMs = 365LL * 24 * 3600 * 1000;

}  // namespace

Result<Bytes> Registrar::enrol(Vault& vault, const std::string& name, WallMs now) {
  Invitation invitation =
      make_invitation("https://127.0.0.1", key(), archive_.public_key(), now + kInvitationLifeMs, random_);
  invitation.municipality = "Emmen";
  invitation.organisation = kOrganisation;
  invitation.role = kRole;
  TB_TRY(const EnrolmentStart start, vault.begin_enrolment(invitation_text(invitation), name));
  TB_TRY(const EnrolmentCandidate candidate, check_enrolment_request(invitation, start.request, now));
  TB_TRY(Bytes answered, answer(candidate.signing_key, candidate.agreement_key, candidate.display_name, now));
  TB_CHECK(vault.complete_enrolment(answered));
  return answered;
}

Result<Bytes> Registrar::enrol_elsewhere(const std::string& name, WallMs now) {
  return answer(SigningKey::generate(random_).public_key(),
                AgreementPrivateKey::generate(random_).public_key(), name, now);
}

Result<Bytes> Registrar::answer(const VerifyKey& signing, const AgreementKey& agreement,
                                const std::string& name, WallMs now) {
  const CertificateTerms terms{++serial_, now - 1000, now + kCertificateLifeMs};
  const CertificateAttributes attributes{"p" + std::to_string(serial_), kOrganisation, kRole, name};
  TB_TRY(const IssuedCertificate issued,
         issue_certificate(key_, signing, agreement, terms, attributes, random_));
  return encode_enrolment_answer(issued);
}

Result<std::unique_ptr<Device>> Device::create(const std::string& file, Registrar& registrar,
                                               const std::string& name) {
  std::unique_ptr<Device> device(new Device());
  TB_TRY(device->vault_, Vault::create(file, key(), device->world()));
  TB_TRY(device->certificate_, registrar.enrol(*device->vault_, name, device->clock_.wall_ms()));
  return device;
}

Result<std::unique_ptr<Device>> Device::open(const std::string& file) {
  std::unique_ptr<Device> device(new Device());
  TB_TRY(device->vault_, Vault::open(file, key(), device->world()));
  TB_TRY(const std::vector<CircleOverview> circles, device->vault_->circles());
  for (const CircleOverview& circle : circles) device->circles_[circle.subject] = circle.id;
  return device;
}

Status Device::sync(Exchange& relay, RoundReport& report, bool hold) {
  SyncSession session(vault_->sync(), relay, clock_, random_);
  SyncRound::Options options;
  options.hold = hold;
  return session.run(options, report);
}

Result<CircleId> Device::circle_of(const RecordId& family) {
  const auto found = circles_.find(family);
  if (found != circles_.end()) return found->second;
  TB_TRY(const CircleId made,
         vault_->create_circle({random_id<DossierId>(random_), "kern", "Gezin", family}));
  circles_.emplace(family, made);
  return made;
}

Status Device::write(const CaseloadLine& line) {
  TB_TRY(const CircleId circle, circle_of(line.family));
  TB_TRY([[maybe_unused]] const bool written, write_caseload_line(*vault_, circle, line));
  return {};
}

Status Device::import(const std::vector<CaseloadLine>& lines) {
  for (const CaseloadLine& line : lines) {
    TB_TRY([[maybe_unused]] const CircleId circle, circle_of(line.family));
  }
  for (std::size_t at = 0; at < lines.size(); at += kLinesPerTransaction) {
    TB_TRY(Vault::Batch batch, vault_->begin());
    for (std::size_t i = at; i < std::min(lines.size(), at + kLinesPerTransaction); ++i)
      TB_CHECK(write(lines[i]));
    TB_CHECK(batch.commit());
  }
  return {};
}

}  // namespace thuisbasis::bench
