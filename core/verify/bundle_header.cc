// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/bundle_header.h"

#include <algorithm>
#include <limits>

#include "core/base/planted_bug.h"
#include "core/base/wire_bytes.h"
#include "core/verify/hash.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kMagic = "TBB1";

Status check_size(ByteView bytes) {
  if (bytes.size() > kBundleBytesMax)
    return Error(Code::kTooLarge, "bundle of " + std::to_string(bytes.size()) + " bytes");
  if (bytes.size() < kBundleHeaderSize + kBundleCiphertextMin + Signature::kSize)
    return Error(Code::kMalformed, "bundle of only " + std::to_string(bytes.size()) + " bytes");
  return {};
}

Result<BundleHeader> read_fields(ByteReader& reader) {
  BundleHeader header;
  TB_TRY(header.flags, reader.u16());
  TB_TRY(header.circle, reader.id<CircleId>());
  TB_TRY(header.epoch, reader.u32());
  TB_TRY(header.author.device, reader.id<DeviceId>());
  TB_TRY(header.author.instance, reader.id<InstanceId>());
  TB_TRY(header.first, reader.u64());
  TB_TRY(header.last, reader.u64());
  TB_TRY(header.previous, reader.id<ChainValue>());
  TB_TRY(header.chain, reader.id<ChainValue>());
  TB_TRY(header.membership_index, reader.u32());
  TB_TRY(header.membership_hash, reader.id<Sha256Digest>());
  TB_TRY(header.frontier, reader.id<Sha256Digest>());
  TB_TRY(const std::uint64_t signed_time, reader.u64());
  if (signed_time > std::uint64_t{kSignedTimeMax})
    return Error(Code::kMalformed, "bundle's signed time is out of range");
  header.signed_time = static_cast<WallMs>(signed_time);
  TB_TRY(header.context, reader.u32());
  TB_TRY(header.nonce, reader.id<BundleNonce>());
  TB_TRY(header.ciphertext_size, reader.u32());
  return header;
}

Status check_limits(const BundleHeader& header) {
  if (header.flags != 0) return Error(Code::kMalformed, "bundle has flags that are not defined");
  if (header.epoch == 0) return Error(Code::kMalformed, "bundle of epoch 0");
  if (header.first == 0 || header.last < header.first)
    return Error(Code::kMalformed, "bundle's range is empty");
  if (header.last == std::numeric_limits<std::uint64_t>::max())
    return Error(Code::kMalformed, "bundle's numbers are used up");
  if (header.last - header.first >= kBundleChangesMax)
    return Error(Code::kTooLarge, "bundle of too many changes");
  return {};
}

}  // namespace

std::array<Byte, kBundleHeaderSize> encode_bundle_header(const BundleHeader& header) {
  ByteWriter writer;
  writer.raw(as_bytes(kMagic));
  writer.u16(header.suite);
  writer.u16(header.flags);
  writer.raw(header.circle.view());
  writer.u32(header.epoch);
  writer.raw(header.author.device.view());
  writer.raw(header.author.instance.view());
  writer.u64(header.first);
  writer.u64(is_planted(PlantedBug::kNumberCut) ? header.last & 0xffff : header.last);
  writer.raw(header.previous.view());
  writer.raw(header.chain.view());
  writer.u32(header.membership_index);
  writer.raw(header.membership_hash.view());
  writer.raw(header.frontier.view());
  writer.u64(static_cast<std::uint64_t>(header.signed_time));
  writer.u32(header.context);
  writer.raw(header.nonce.view());
  writer.u32(header.ciphertext_size);
  std::array<Byte, kBundleHeaderSize> bytes{};
  std::copy(writer.view().begin(), writer.view().end(), bytes.begin());
  return bytes;
}

Result<SealedBundle> parse_bundle(ByteView bytes) {
  TB_CHECK(check_size(bytes));
  ByteReader reader(bytes);
  TB_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (as_text(magic) != kMagic) return Error(Code::kMalformed, "not a bundle");
  TB_TRY(const std::uint16_t suite, reader.u16());
  if (suite != kSuite1) return Error(Code::kUnknownSuite, "bundle of suite " + std::to_string(suite));
  TB_TRY(const BundleHeader header, read_fields(reader));
  TB_CHECK(check_limits(header));
  if (header.ciphertext_size != bytes.size() - kBundleHeaderSize - Signature::kSize)
    return Error(Code::kMalformed, "bundle's length is not what its header says");
  return SealedBundle{header, bytes.first(kBundleHeaderSize),
                      bytes.subspan(kBundleHeaderSize, header.ciphertext_size), bytes.last(Signature::kSize)};
}

Bytes bundle_signature_message(ByteView header_bytes, ByteView ciphertext) {
  Bytes message = to_bytes(header_bytes);
  append(message, sha256(ciphertext).view());
  return message;
}

Status verify_bundle(const SealedBundle& bundle, const VerifyKey& author_key) {
  return verify_signature(author_key, label::kBundle,
                          bundle_signature_message(bundle.header_bytes, bundle.ciphertext), bundle.signature);
}

}  // namespace thuisbasis
