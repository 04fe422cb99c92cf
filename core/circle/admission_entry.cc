// SPDX-License-Identifier: EUPL-1.2
#include "core/circle/admission_entry.h"

#include "core/verify/messages.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {

Result<std::optional<AdmissionWish>> read_admission(ByteView signed_entry, const VerifyKey& registrar) {
  TB_TRY(const auto envelope, parse_envelope<membership::SignedEntry>(signed_entry, kEntryBytesMax, "entry"));
  TB_TRY(const auto entry,
         parse_message<membership::Entry>(as_bytes(envelope.entry()), kEntryBytesMax, "entry"));
  if (!entry.has_admit()) return std::optional<AdmissionWish>();
  AdmissionWish wish;
  wish.signed_certificate = encode_message(entry.admit().certificate());
  TB_TRY(const DeviceCertificate certificate, verify_certificate(wish.signed_certificate, registrar));
  wish.device = certificate.device;
  if (!entry.admit().legal_basis().empty()) {
    LegalBasis basis;
    TB_TRY(basis.record, RecordId::from(as_bytes(entry.admit().legal_basis())));
    TB_TRY(basis.row_hash, Sha256Digest::from(as_bytes(entry.admit().legal_basis_hash())));
    wish.legal_basis = basis;
  }
  return std::optional<AdmissionWish>(std::move(wish));
}

}  // namespace thuisbasis
