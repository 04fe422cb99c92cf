// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>

#include "core/circle/member_circle.h"

namespace thuisbasis {

/// What an epoch record seals for its members: what the circle is about and who stands behind its devices
/// (PROTOCOL.md P-75).
struct Roster {
  CircleMetadata metadata;
  std::map<DeviceId, Bytes>
      attributes;  ///< serialized CertificateAttributes, not yet held against certificates
};

Result<Bytes> seal_roster(const Roster& roster, const EpochKey& key, const Sha256Digest& header_hash,
                          Random& random);
/// kDecryptFailed, kMalformed.
Result<Roster> open_roster(ByteView sealed, const EpochKey& key, const Sha256Digest& header_hash);

/// The same for the attributes of one device that is admitted later.
Result<Bytes> seal_attributes(ByteView attributes, const DeviceId& device, const EpochKey& key,
                              const Sha256Digest& header_hash, Random& random);
Result<Bytes> open_attributes(ByteView sealed, const DeviceId& device, const EpochKey& key,
                              const Sha256Digest& header_hash);

}  // namespace thuisbasis
