// SPDX-License-Identifier: EUPL-1.2
// How a vault comes to belong to a municipality: its keys, the request, the registrar's answer.
#include "core/circle/enrolment.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {
namespace {

/// Reads a value that must be there because another one is.
Result<Bytes> required(const Values& values, std::string_view name) {
  TB_TRY(auto bytes, values.get(name));
  if (!bytes) return Error(Code::kDamaged, "the vault lacks its " + std::string(name));
  return std::move(*bytes);
}

Result<SigningKey> load_signing_key(const Values& values) {
  TB_TRY(Bytes seed, required(values, value::kSigningSeed));
  Secret secret = Secret::copy_of(seed);
  wipe(seed);
  return SigningKey::from_seed(std::move(secret));
}

Result<AgreementPrivateKey> load_agreement_key(const Values& values) {
  TB_TRY(Bytes bytes, required(values, value::kAgreementKey));
  Secret secret = Secret::copy_of(bytes);
  wipe(bytes);
  return AgreementPrivateKey::from_bytes(std::move(secret));
}

Result<Invitation> load_invitation(const Values& values) {
  TB_TRY(const Bytes text, required(values, value::kInvitation));
  return parse_invitation(as_text(text));
}

}  // namespace

Status VaultState::load_identity() {
  TB_TRY(const auto certificate, store.values.get(value::kCertificate));
  if (!certificate) return {};
  TB_TRY(const Invitation invitation, load_invitation(store.values));
  TB_TRY(SigningKey signing, load_signing_key(store.values));
  TB_TRY(AgreementPrivateKey agreement, load_agreement_key(store.values));
  TB_TRY(Bytes attributes, required(store.values, value::kAttributes));
  TB_TRY(DeviceIdentity loaded, DeviceIdentity::make(std::move(signing), std::move(agreement), *certificate,
                                                     std::move(attributes), invitation.registrar_key));
  roots = TrustRoots{invitation.registrar_key, invitation.archive_key};
  identity.emplace(std::move(loaded));
  self.device = identity->device();
  return {};
}

Status VaultState::require_identity() const {
  if (identity) return {};
  return Error(Code::kNotPermitted,
               "this vault does not belong to a municipality yet: join with an invitation first");
}

Result<EnrolmentStart> Vault::begin_enrolment(std::string_view invitation_text,
                                              std::string_view display_name) {
  VaultState& state = *state_;
  if (state.identity) return Error(Code::kAlreadyExists, "this vault belongs to a municipality already");
  TB_TRY(const Invitation invitation, parse_invitation(invitation_text));
  TB_TRY(const auto former, state.store.values.get(value::kInvitation));
  if (former && as_text(*former) == invitation_text) {
    TB_TRY(Bytes request, required(state.store.values, value::kEnrolmentRequest));
    TB_TRY(const Bytes code, required(state.store.values, value::kEnrolmentCode));
    return EnrolmentStart{std::move(request), to_string(code)};
  }
  TB_TRY(const PendingEnrolment pending,
         request_enrolment(invitation, display_name, state.world.clock.wall_ms(), state.world.random));
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  Values& values = state.store.values;
  TB_CHECK(values.put(value::kInvitation, as_bytes(invitation_text)));
  TB_CHECK(values.put(value::kSigningSeed, pending.signing.seed().view()));
  TB_CHECK(values.put(value::kAgreementKey, pending.agreement.bytes().view()));
  TB_CHECK(values.put(value::kEnrolmentRequest, pending.request));
  TB_CHECK(values.put(value::kEnrolmentCode, as_bytes(pending.code)));
  TB_CHECK(unit.commit());
  return EnrolmentStart{pending.request, pending.code};
}

Status Vault::complete_enrolment(ByteView answer) {
  VaultState& state = *state_;
  if (state.identity) return Error(Code::kAlreadyExists, "this vault belongs to a municipality already");
  Values& values = state.store.values;
  TB_TRY(const auto request, values.get(value::kEnrolmentRequest));
  if (!request)
    return Error(Code::kNotFound, "no request was made from this vault: join with an invitation first");
  TB_TRY(const Invitation invitation, load_invitation(values));
  TB_TRY(SigningKey signing, load_signing_key(values));
  TB_TRY(AgreementPrivateKey agreement, load_agreement_key(values));
  TB_TRY(const Bytes code, required(values, value::kEnrolmentCode));
  PendingEnrolment pending{std::move(signing), std::move(agreement), *request, to_string(code)};
  TB_TRY(const DeviceIdentity accepted, accept_enrolment(std::move(pending), invitation, answer));
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  TB_CHECK(values.put(value::kCertificate, accepted.signed_certificate()));
  TB_CHECK(values.put(value::kAttributes, accepted.attributes()));
  TB_CHECK(values.erase(value::kEnrolmentRequest));
  TB_CHECK(values.erase(value::kEnrolmentCode));
  TB_CHECK(unit.commit());
  return state.load_identity();
}

std::optional<Membership> Vault::membership() const {
  const VaultState& state = *state_;
  if (!state.identity) return std::nullopt;
  const auto invitation = load_invitation(state.store.values);
  const auto attributes = verify_attributes(state.identity->attributes(), state.identity->certificate());
  if (!invitation || !attributes) return std::nullopt;
  return Membership{state.self.device,
                    invitation->municipality,
                    invitation->relay_url,
                    attributes->display_name,
                    attributes->organisation,
                    attributes->role,
                    state.identity->certificate().valid_until};
}

}  // namespace thuisbasis
