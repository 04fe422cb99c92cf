// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/fixed_bytes.h"

namespace thuisbasis {

using RecordId = FixedBytes<struct RecordIdTag, 16>;
using CircleId = FixedBytes<struct CircleIdTag, 16>;
using DossierId = FixedBytes<struct DossierIdTag, 16>;
/// SHA-256 of the public part of a device's certificate.
using DeviceId = FixedBytes<struct DeviceIdTag, 32>;
/// Random; new for every vault that was created, restored or cloned.
using InstanceId = FixedBytes<struct InstanceIdTag, 8>;
/// The relay's own incarnation, renewed by every restore.
using RelayEpoch = FixedBytes<struct RelayEpochTag, 16>;
using InvitationId = FixedBytes<struct InvitationIdTag, 16>;

using Sha256Digest = FixedBytes<struct Sha256Tag, 32>;
/// Running value over an author's changes; see proto/PROTOCOL.md.
using ChainValue = FixedBytes<struct ChainValueTag, 32>;
/// Sum of the canonical row hashes of a circle.
using StateDigest = FixedBytes<struct StateDigestTag, 32>;

/// Who made a change: a device in one of its incarnations. Dots, numbers and chains belong to an author.
struct Author {
  DeviceId device;
  InstanceId instance;
  friend auto operator<=>(const Author&, const Author&) = default;
};

/// One change of one author. Numbers start at 1.
struct Dot {
  Author author;
  std::uint64_t number = 0;
  friend auto operator<=>(const Dot&, const Dot&) = default;
};

}  // namespace thuisbasis

template <>
struct std::hash<thuisbasis::Author> {
  std::size_t operator()(const thuisbasis::Author& author) const noexcept {
    return std::hash<thuisbasis::DeviceId>()(author.device) ^
           std::hash<thuisbasis::InstanceId>()(author.instance);
  }
};
