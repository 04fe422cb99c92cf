// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/key_wrap.h"

#include <algorithm>

#include "core/base/wire_bytes.h"
#include "core/verify/hash.h"
#include "core/verify/messages.h"
#include "core/verify/protocol.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {

Result<KeyWrap> parse_wrap(ByteView bytes) {
  TB_TRY(const auto message, parse_envelope<membership::Wrap>(bytes, kArchiveWrapBytesMax, "wrap"));
  TB_TRY(const DeviceId recipient, fixed_field<DeviceId>(message.recipient(), "wrap's recipient"));
  return KeyWrap{recipient, to_bytes(as_bytes(message.enc())), to_bytes(as_bytes(message.ciphertext()))};
}

Bytes encode_wrap(const KeyWrap& wrap) {
  membership::Wrap message;
  message.set_recipient(field_of(wrap.recipient.view()));
  message.set_enc(field_of(wrap.enc));
  message.set_ciphertext(field_of(wrap.ciphertext));
  return encode_message(message);
}

Sha256Digest archive_wrap_hash(const KeyWrap& wrap) {
  ByteWriter writer;
  writer.raw(wrap.recipient.view());
  writer.u32(static_cast<std::uint32_t>(wrap.enc.size()));
  writer.raw(wrap.enc);
  writer.u32(static_cast<std::uint32_t>(wrap.ciphertext.size()));
  writer.raw(wrap.ciphertext);
  return Sha256(label::kArchiveWrap).add(writer.view()).finish();
}

DeviceId archive_recipient(const AgreementKey& archive_key) {
  const Sha256Digest digest = Sha256(label::kArchive).add(archive_key.view()).finish();
  DeviceId id;
  std::copy(digest.view().begin(), digest.view().end(), id.mutable_view().begin());
  return id;
}

Sha256Digest recipients_hash(const std::vector<DeviceId>& sorted_devices) {
  Sha256 hash(label::kRecipients);
  for (const DeviceId& device : sorted_devices) hash.add(device.view());
  return hash.finish();
}

Sha256Digest epoch_header_hash(const CircleId& circle, std::uint32_t epoch,
                               const Sha256Digest& previous_epoch, const Sha256Digest& recipients,
                               const Sha256Digest& commitment) {
  ByteWriter writer;
  writer.u16(kSuite1);
  writer.raw(circle.view());
  writer.u32(epoch);
  writer.raw(previous_epoch.view());
  writer.raw(recipients.view());
  writer.raw(commitment.view());
  return Sha256(label::kEpoch).add(writer.view()).finish();
}

Sha256Digest dossier_commitment(ByteView salt, const DossierId& dossier) {
  return Sha256(label::kDossier).add(salt).add(dossier.view()).finish();
}

}  // namespace thuisbasis
