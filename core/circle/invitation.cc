// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/invitation.h"

#include <algorithm>

#include "core/circle/labels.h"
#include "core/verify/hash.h"
#include "core/verify/messages.h"
#include "core/verify/protocol.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kPrefix = "TB1-";
constexpr std::size_t kSecretSize = 16;
constexpr std::size_t kChecksumSize = 4;

Bytes encode(const Invitation& invitation) {
  membership::Invitation message;
  message.set_suite(kSuite1);
  message.set_relay_url(invitation.relay_url);
  message.set_registrar_key(field_of(invitation.registrar_key.view()));
  message.set_archive_key(field_of(invitation.archive_key.view()));
  message.set_invitation(field_of(invitation.id.view()));
  message.set_secret(field_of(invitation.secret.view()));
  message.set_expires_at(invitation.expires_at);
  message.set_municipality(invitation.municipality);
  message.set_organisation(invitation.organisation);
  message.set_role(invitation.role);
  return encode_message(message);
}

Result<Invitation> decode(ByteView bytes) {
  TB_TRY(const auto message, parse_message<membership::Invitation>(bytes, kInvitationTextMax, "invitation"));
  if (message.suite() != kSuite1)
    return Error(Code::kUnknownSuite, "invitation of suite " + std::to_string(message.suite()));
  Invitation invitation;
  invitation.relay_url = message.relay_url();
  TB_TRY(invitation.registrar_key, VerifyKey::parse(as_bytes(message.registrar_key())));
  TB_TRY(invitation.archive_key, AgreementKey::parse(as_bytes(message.archive_key())));
  TB_TRY(invitation.id, fixed_field<InvitationId>(message.invitation(), "invitation's id"));
  if (message.secret().size() != kSecretSize)
    return Error(Code::kMalformed, "invitation's secret has a wrong size");
  invitation.secret = Secret::copy_of(as_bytes(message.secret()));
  invitation.expires_at = message.expires_at();
  invitation.municipality = message.municipality();
  invitation.organisation = message.organisation();
  invitation.role = message.role();
  return invitation;
}

Sha256Digest hash_of(ByteView message) { return Sha256(label::kInvitation).add(message).finish(); }

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

Invitation make_invitation(std::string relay_url, const VerifyKey& registrar_key,
                           const AgreementKey& archive_key, WallMs expires_at, Random& random) {
  Invitation invitation;
  invitation.relay_url = std::move(relay_url);
  invitation.registrar_key = registrar_key;
  invitation.archive_key = archive_key;
  invitation.id = random_id<InvitationId>(random);
  invitation.secret = Secret(kSecretSize);
  random.fill(invitation.secret.mutable_view());
  invitation.expires_at = expires_at;
  return invitation;
}

std::string invitation_text(const Invitation& invitation) {
  Bytes bytes = encode(invitation);
  append(bytes, hash_of(bytes).view().first(kChecksumSize));
  return std::string(kPrefix) + to_base64url(bytes);
}

Result<Invitation> parse_invitation(std::string_view text) {
  if (text.size() > kInvitationTextMax) return Error(Code::kTooLarge, "too long for an invitation");
  std::string packed;
  std::copy_if(text.begin(), text.end(), std::back_inserter(packed), [](char c) { return !is_space(c); });
  if (!packed.starts_with(kPrefix)) return Error(Code::kMalformed, "not an invitation: it begins with TB1-");
  const auto bytes = from_base64url(std::string_view(packed).substr(kPrefix.size()));
  if (!bytes || bytes->size() < kChecksumSize)
    return Error(Code::kMalformed, "invitation was not copied whole: it has characters that do not belong");
  const ByteView message = ByteView(*bytes).first(bytes->size() - kChecksumSize);
  if (!std::ranges::equal(ByteView(*bytes).last(kChecksumSize), hash_of(message).view().first(kChecksumSize)))
    return Error(Code::kMalformed, "invitation was not copied whole: its checksum is wrong");
  return decode(message);
}

Status check_invitation(const Invitation& invitation, WallMs now) {
  if (now > invitation.expires_at) return Error(Code::kExpired, "invitation has expired");
  return {};
}

Sha256Digest invitation_hash(const Invitation& invitation) { return hash_of(encode(invitation)); }

}  // namespace thuisbasis
