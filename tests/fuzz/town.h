// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/circle/enrolment.h"
#include "core/verify/membership_log.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis::fuzzing {

inline constexpr WallMs kNow = 1'800'000'000'000;
inline constexpr WallMs kYearMs = 365LL * 24 * 60 * 60 * 1000;

/// Keys that protect nothing: with them a target signs and seals what the fuzzer wrote, so that it gets
/// behind signatures and tags. The same in every run.
inline SigningKey signing_key(Byte number) {
  return *SigningKey::from_seed(Secret::copy_of(Bytes(32, number)));
}
inline AgreementPrivateKey agreement_key(Byte number) {
  return *AgreementPrivateKey::from_bytes(Secret::copy_of(Bytes(32, number)));
}

/// A municipality: its registrar's and archive's keys, and devices by number.
struct Town {
  SigningKey registrar = signing_key(0x11);
  AgreementPrivateKey archive = agreement_key(0x22);
  testing_support::SeededRandom random{1};

  TrustRoots roots() const { return {registrar.public_key(), archive.public_key()}; }

  /// Numbers from 1; the serial is the number.
  DeviceIdentity device(Byte number) {
    SigningKey signing = signing_key(number);
    AgreementPrivateKey agreement = agreement_key(number);
    const auto issued = issue_certificate(registrar, signing.public_key(), agreement.public_key(),
                                          {number, kNow - kYearMs, kNow + kYearMs},
                                          {"p-1", "Gemeente", "coach", "tablet"}, random);
    return *DeviceIdentity::make(std::move(signing), std::move(agreement), issued->signed_certificate,
                                 issued->attributes, registrar.public_key());
  }

  Invitation invitation() {
    testing_support::SeededRandom own(7);
    Invitation invitation = make_invitation("https://relay.test", registrar.public_key(),
                                            archive.public_key(), kNow + kInvitationLifeMs, own);
    invitation.municipality = "Emmen";
    invitation.organisation = "Gemeente";
    invitation.role = "coach";
    return invitation;
  }
};

}  // namespace thuisbasis::fuzzing
