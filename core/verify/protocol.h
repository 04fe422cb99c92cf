// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thuisbasis {

/// The version of proto/PROTOCOL.md that this code speaks; a test compares the two.
inline constexpr std::uint32_t kProtocolVersion = 1;

/// Suite 1: Ed25519, HPKE base mode (X25519, HKDF-SHA256, AES-256-GCM), XAES-256-GCM, SHA-256.
inline constexpr std::uint16_t kSuite1 = 1;

inline constexpr std::size_t kBundleBytesMax = std::size_t{256} << 10;  ///< header and signature included
inline constexpr std::size_t kPayloadBytesMax = std::size_t{4} << 20;   ///< of a bundle, after decompression
inline constexpr std::uint64_t kBundleChangesMax = 65536;
inline constexpr std::size_t kEntryBytesMax = std::size_t{128} << 10;  ///< of a signed membership entry
inline constexpr std::size_t kCertificateBytesMax = std::size_t{8} << 10;
inline constexpr std::size_t kAttributesBytesMax = std::size_t{1} << 10;
inline constexpr std::size_t kArchiveWrapBytesMax = std::size_t{4} << 10;
inline constexpr std::size_t kCircleMembersMax = 256;
inline constexpr std::size_t kCutOffsMax = 64;      ///< instances of one removed device
inline constexpr std::size_t kRetiredKeysMax = 64;  ///< that one epoch tells

/// Domain separation: every hash, signature and derived key of the protocol starts with one of these and a
/// zero byte (PROTOCOL.md P-5).
namespace label {
inline constexpr std::string_view kBundle = "thuisbasis/1/bundle";
inline constexpr std::string_view kChange = "thuisbasis/1/change";
inline constexpr std::string_view kChain = "thuisbasis/1/chain";
inline constexpr std::string_view kChainStart = "thuisbasis/1/chain-start";
inline constexpr std::string_view kFrontier = "thuisbasis/1/frontier";
inline constexpr std::string_view kDevice = "thuisbasis/1/device";
inline constexpr std::string_view kCertificate = "thuisbasis/1/certificate";
inline constexpr std::string_view kAttributes = "thuisbasis/1/attributes";
inline constexpr std::string_view kMembership = "thuisbasis/1/membership";
inline constexpr std::string_view kEntry = "thuisbasis/1/entry";
inline constexpr std::string_view kRecipients = "thuisbasis/1/recipients";
inline constexpr std::string_view kEpoch = "thuisbasis/1/epoch";
inline constexpr std::string_view kArchive = "thuisbasis/1/archive";
inline constexpr std::string_view kArchiveWrap = "thuisbasis/1/archive-wrap";
inline constexpr std::string_view kDossier = "thuisbasis/1/dossier";
inline constexpr std::string_view kBundleHash = "thuisbasis/1/bundle-hash";
inline constexpr std::string_view kReceiptLeaf = "thuisbasis/1/receipt-leaf";
inline constexpr std::string_view kReceipt = "thuisbasis/1/receipt";
inline constexpr std::string_view kLogMark = "thuisbasis/1/log-mark";
inline constexpr std::string_view kLogMarks = "thuisbasis/1/log-marks";
}  // namespace label

}  // namespace thuisbasis
