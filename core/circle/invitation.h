// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/crypto/secret.h"
#include "core/verify/signature.h"

namespace thuisbasis {

inline constexpr WallMs kInvitationLifeMs = 24LL * 60 * 60 * 1000;
inline constexpr std::size_t kInvitationTextMax = 8192;

/// What goes from the inviter's screen to a new device, out of the relay's sight (PROTOCOL.md P-55): the
/// pinned keys and a one-time secret. Here and not in core/verify because of that secret.
struct Invitation {
  std::string relay_url;
  VerifyKey registrar_key;
  AgreementKey archive_key;
  InvitationId id;
  Secret secret;  ///< 16 bytes
  WallMs expires_at = 0;
  std::string municipality;
  std::string organisation;
  std::string role;
};

/// The invitation with a fresh id and secret, to be shown once.
Invitation make_invitation(std::string relay_url, const VerifyKey& registrar_key,
                           const AgreementKey& archive_key, WallMs expires_at, Random& random);

/// "TB1-" and base64url of the message and a checksum; for a QR code or a text field.
std::string invitation_text(const Invitation& invitation);
/// Spaces and line ends around and inside are ignored. kMalformed says which: no invitation at all, not
/// copied whole, or broken inside; kUnknownSuite; kBadKey.
Result<Invitation> parse_invitation(std::string_view text);
/// kExpired after its time.
Status check_invitation(const Invitation& invitation, WallMs now);

/// What an enrolment binds itself to: a hash of everything in the invitation.
Sha256Digest invitation_hash(const Invitation& invitation);

}  // namespace thuisbasis
