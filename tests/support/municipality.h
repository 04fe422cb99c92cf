// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>

#include "core/base/assert.h"
#include "core/circle/enrolment.h"
#include "core/vault/vault.h"

namespace thuisbasis::testing_support {

/// A municipality with its registrar and archive keys, that certifies whoever asks. For tests: it never
/// compares codes and writes no book.
class Municipality final {
 public:
  static constexpr WallMs kYearMs = 365LL * 24 * 3600 * 1000;

  explicit Municipality(Random& random, WallMs now, WallMs certified_for = kYearMs)
      : random_(random),
        now_(now),
        certified_for_(certified_for),
        registrar_(SigningKey::generate(random)),
        archive_(AgreementPrivateKey::generate(random)) {}

  const VerifyKey& registrar_key() const { return registrar_.public_key(); }
  /// The registrar's own hand: for what a careless one would sign.
  const SigningKey& registrar() const { return registrar_; }
  const AgreementPrivateKey& archive() const { return archive_; }

  std::string invite(std::string organisation = "Gemeente Emmen", std::string role = "gezinscoach") {
    Invitation invitation = make_invitation("https://relay.test", registrar_.public_key(),
                                            archive_.public_key(), now_ + kInvitationLifeMs, random_);
    invitation.municipality = "Emmen";
    invitation.organisation = std::move(organisation);
    invitation.role = std::move(role);
    std::string text = invitation_text(invitation);
    last_ = std::move(invitation);
    return text;
  }

  /// The registrar's answer to a request made with the last invitation.
  Bytes certify(ByteView request) {
    const auto candidate = check_enrolment_request(*last_, request, now_);
    TB_ASSERT(candidate.has_value());
    const CertificateTerms terms{++serial_, now_ - 1000, now_ + certified_for_};
    const CertificateAttributes attributes{"p" + std::to_string(serial_), last_->organisation, last_->role,
                                           candidate->display_name};
    const auto issued = issue_certificate(registrar_, candidate->signing_key, candidate->agreement_key, terms,
                                          attributes, random_);
    TB_ASSERT(issued.has_value());
    return encode_enrolment_answer(*issued);
  }

  /// A device of its own kind: its keys are no vault's.
  DeviceIdentity certified_device(std::string_view name) {
    SigningKey signing = SigningKey::generate(random_);
    AgreementPrivateKey agreement = AgreementPrivateKey::generate(random_);
    const CertificateTerms terms{++serial_, now_ - 1000, now_ + certified_for_};
    const CertificateAttributes attributes{"p" + std::to_string(serial_), "Gemeente Emmen", "gezinscoach",
                                           std::string(name)};
    auto issued = issue_certificate(registrar_, signing.public_key(), agreement.public_key(), terms,
                                    attributes, random_);
    TB_ASSERT(issued.has_value());
    auto identity = DeviceIdentity::make(std::move(signing), std::move(agreement), issued->signed_certificate,
                                         issued->attributes, registrar_.public_key());
    TB_ASSERT(identity.has_value());
    return std::move(*identity);
  }

  /// Invites, asks, certifies and completes; gives the answer, with which others admit this device.
  Bytes enrol(Vault& vault, std::string_view name) {
    const auto start = vault.begin_enrolment(invite(), name);
    TB_ASSERT(start.has_value());
    const Bytes answer = certify(start->request);
    const Status done = vault.complete_enrolment(answer);
    TB_ASSERT(done.has_value());
    return answer;
  }

 private:
  Random& random_;
  WallMs now_;
  WallMs certified_for_;
  SigningKey registrar_;
  AgreementPrivateKey archive_;
  std::optional<Invitation> last_;
  std::uint64_t serial_ = 0;
};

}  // namespace thuisbasis::testing_support
