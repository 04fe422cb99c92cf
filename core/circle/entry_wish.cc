// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/entry_wish.h"

#include "core/verify/messages.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {
namespace {

Result<AdmissionWish> admission_in(const membership::Admit& body, const VerifyKey& registrar) {
  AdmissionWish wish;
  wish.signed_certificate = encode_message(body.certificate());
  TB_TRY(const DeviceCertificate certificate, verify_certificate(wish.signed_certificate, registrar));
  wish.device = certificate.device;
  wish.with_history = body.with_history();
  wish.rank = static_cast<Rank>(body.rank());
  if (!body.after_removal().empty()) {
    TB_TRY(wish.after_removal, Sha256Digest::from(as_bytes(body.after_removal())));
  }
  if (!body.legal_basis().empty()) {
    LegalBasis basis;
    TB_TRY(basis.record, RecordId::from(as_bytes(body.legal_basis())));
    TB_TRY(basis.row_hash, Sha256Digest::from(as_bytes(body.legal_basis_hash())));
    wish.legal_basis = basis;
  }
  return wish;
}

Result<EntryWish> removal_in(const membership::Remove& body) {
  if (!body.has_epoch()) return EntryWish(LeaveWish());
  RemovalWish wish;
  wish.reason = static_cast<EpochReason>(body.epoch().reason());
  wish.evidence = to_bytes(as_bytes(body.evidence()));
  for (const membership::RemovedDevice& removed : body.devices()) {
    TB_TRY(const auto device, fixed_field<DeviceId>(removed.device(), "removed device"));
    wish.devices.push_back(device);
  }
  return EntryWish(std::move(wish));
}

}  // namespace

Result<std::optional<EntryWish>> read_wish(ByteView signed_entry, const VerifyKey& registrar) {
  TB_TRY(const auto envelope, parse_envelope<membership::SignedEntry>(signed_entry, kEntryBytesMax, "entry"));
  TB_TRY(const auto entry,
         parse_message<membership::Entry>(as_bytes(envelope.entry()), kEntryBytesMax, "entry"));
  std::optional<EntryWish> wish;
  switch (entry.body_case()) {
    case membership::Entry::kAdmit: {
      TB_TRY(wish, admission_in(entry.admit(), registrar));
      break;
    }
    case membership::Entry::kRemove: {
      TB_TRY(wish, removal_in(entry.remove()));
      break;
    }
    case membership::Entry::kRotate:
      if (entry.rotate().reason() != membership::FIRST_EPOCH)
        wish = RotationWish{static_cast<EpochReason>(entry.rotate().reason())};
      break;
    case membership::Entry::kPolicy:
      wish = PolicyWish{static_cast<CirclePolicy>(entry.policy().policy())};
      break;
    case membership::Entry::kHandover: {
      TB_TRY(const auto lead, fixed_field<DeviceId>(entry.handover().lead(), "new lead"));
      wish = HandoverWish{lead};
      break;
    }
    case membership::Entry::kCertify:
      wish = CertificateWish{encode_message(entry.certify().certificate())};
      break;
    default:
      break;
  }
  return wish;
}

}  // namespace thuisbasis
