// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "core/base/ids.h"
#include "core/verify/signature.h"

namespace thuisbasis {

/// HPKE output for one recipient of an epoch key: opaque to whoever is not that recipient (PROTOCOL.md P-72).
struct KeyWrap {
  DeviceId recipient;
  Bytes enc;
  Bytes ciphertext;
  friend bool operator==(const KeyWrap&, const KeyWrap&) = default;
};

/// Parses a serialized Wrap, as it travels beside a rotate entry. kTooLarge, kMalformed.
Result<KeyWrap> parse_wrap(ByteView bytes);
Bytes encode_wrap(const KeyWrap& wrap);

/// How an epoch record names the archive's wrap: SHA-256("thuisbasis/1/archive-wrap" 0 | recipient | u32
/// size, enc | u32 size, ciphertext).
Sha256Digest archive_wrap_hash(const KeyWrap& wrap);
/// The archive key as a recipient: SHA-256("thuisbasis/1/archive" 0 | key).
DeviceId archive_recipient(const AgreementKey& archive_key);
/// SHA-256("thuisbasis/1/recipients" 0 | device ids, sorted).
Sha256Digest recipients_hash(const std::vector<DeviceId>& sorted_devices);

/// What every wrap and sealed part of an epoch has as associated data: SHA-256("thuisbasis/1/epoch" 0 | suite
/// u16 | circle | epoch u32 | hash of the entry of the epoch before | recipients hash | commitment). Depends
/// on nothing that depends on a wrap.
Sha256Digest epoch_header_hash(const CircleId& circle, std::uint32_t epoch,
                               const Sha256Digest& previous_epoch, const Sha256Digest& recipients,
                               const Sha256Digest& commitment);

/// Binds the salted dossier id of a circle: SHA-256("thuisbasis/1/dossier" 0 | salt | dossier id).
Sha256Digest dossier_commitment(ByteView salt, const DossierId& dossier);

}  // namespace thuisbasis
