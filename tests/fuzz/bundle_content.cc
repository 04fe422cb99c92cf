// SPDX-License-Identifier: EUPL-1.2
// What a member who lies can put inside a bundle: the input is sealed and signed with keys of the fuzzer's
// own, so that it reaches padding, the payload, decompression, the packed changes and the chain.
//
// The first byte: bits 0-1 tell what the rest is (0 a payload, 1 the texts' zstd frame, 2 the whole
// plaintext), bit 2 leaves the chain value wrong, bit 3 the number of changes. The second byte: how many
// changes there are.
#include <zstd.h>

#include <algorithm>

#include "core/circle/bundle_opener.h"
#include "core/circle/bundle_sealer.h"
#include "core/circle/padding.h"
#include "core/crypto/aead.h"
#include "core/pack/packed_changes.h"
#include "core/verify/messages.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/message_mutator.h"
#include "tests/fuzz/town.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis::fuzzing {
namespace {

constexpr Byte kWhatMask = 3;
constexpr Byte kFrame = 1;
constexpr Byte kPlaintext = 2;
constexpr Byte kWrongChain = 4;
constexpr Byte kWrongCount = 8;
constexpr std::uint64_t kFirst = 5;

struct Zstd {
  ZSTD_DCtx* decompress = ZSTD_createDCtx();

  /// Nothing unless it is a frame of a moderate size.
  Bytes payload_of(ByteView frame) {
    const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (size > kPayloadBytesMax) return {};
    Bytes payload(size);
    const std::size_t got =
        ZSTD_decompressDCtx(decompress, payload.data(), payload.size(), frame.data(), frame.size());
    payload.resize(ZSTD_isError(got) != 0 ? 0 : got);
    return payload;
  }
};

/// Walks the chain over a payload by the protocol's own words (PROTOCOL.md, chains), apart from the product.
/// As it began where the payload has no such changes.
ChainValue chain_over(const ChainValue& previous, const change::BundlePayload& payload, std::uint64_t count,
                      ByteView texts) {
  const auto changes =
      unpack_changes(kFirst, count, as_bytes(payload.outline()), as_bytes(payload.loose()), texts);
  if (!changes) return previous;
  const SaltSeed seed = SaltSeed::from(as_bytes(payload.salt_seed())).value_or(SaltSeed());
  ChainValue chain = previous;
  std::uint64_t number = kFirst;
  for (const UnpackedChange& one : *changes) {
    const ChangeSalt salt = one.salt.value_or(derive_salt(seed, number));
    chain = chain_step(chain, one.commitment.value_or(commit_change(salt, number, as_bytes(one.content))));
    ++number;
  }
  return chain;
}

/// A payload of one change that is carried whole, in this frame.
Bytes payload_around(ByteView frame, ByteView texts) {
  const CarriedChange carried{texts, {}, {}};
  const PackedChanges packed = pack_changes(kFirst, {&carried, 1}, Outlines::kNone);
  change::BundlePayload payload;
  payload.set_salt_seed(std::string(16, 's'));
  payload.set_form(kPackForm);
  payload.set_outline(field_of(packed.outline));
  payload.set_texts(field_of(frame));
  return encode_message(payload);
}

struct Sealer {
  Zstd zstd;
  SigningKey signing = signing_key(0x31);
  Author author{*DeviceId::from(Bytes(32, 0x41)), *InstanceId::from(Bytes(8, 0x42))};
  CircleId circle = *CircleId::from(Bytes(16, 0x43));
  EpochKey key = *EpochKey::from_secret(circle, 1, Secret::copy_of(Bytes(32, 0x44)));
  ChainValue previous = *ChainValue::from(Bytes(32, 0x45));
  Xaes cipher = Xaes(key.sender_key(author));
  BundleOpener opener;

  BundleHeader header_for(Byte mode, std::uint64_t count, ByteView payload_bytes) {
    BundleHeader header;
    header.circle = circle;
    header.epoch = 1;
    header.author = author;
    header.first = kFirst;
    header.last = kFirst + count - 1;
    header.previous = header.chain = previous;
    header.signed_time = kNow;
    change::BundlePayload payload;
    if (payload.ParseFromArray(payload_bytes.data(), static_cast<int>(payload_bytes.size()))) {
      if ((mode & kWrongChain) == 0)
        header.chain = chain_over(previous, payload, count, zstd.payload_of(as_bytes(payload.texts())));
    }
    if ((mode & kWrongCount) != 0) ++header.last;
    return header;
  }

  Bytes seal(BundleHeader header, ByteView plaintext) {
    header.ciphertext_size = static_cast<std::uint32_t>(plaintext.size() + kAeadTagSize);
    const auto head = encode_bundle_header(header);
    Bytes bundle(head.begin(), head.end());
    bundle.resize(head.size() + header.ciphertext_size);
    const MutableByteView ciphertext = MutableByteView(bundle).subspan(head.size());
    expect(cipher.seal_into(ciphertext, XaesNonce(), plaintext, head).has_value(), "sealing works");
    append(bundle, signing.sign(label::kBundle, bundle_signature_message(head, ciphertext)).view());
    return bundle;
  }

  void try_it(Byte mode, std::uint64_t count, ByteView content) {
    Bytes payload;
    Bytes plaintext;
    if ((mode & kWhatMask) == kPlaintext) {
      plaintext = to_bytes(content);
      if (const auto inner = unpad(plaintext)) payload = to_bytes(*inner);
    } else {
      payload = (mode & kWhatMask) == kFrame ? payload_around(content, zstd.payload_of(content))
                                             : to_bytes(content);
      plaintext = pad(payload);
    }
    const BundleHeader header = header_for(mode, count, payload);
    const Bytes bytes = seal(header, plaintext);
    const auto bundle = parse_bundle(bytes);
    if (!bundle) return;
    const auto opened = opener.open(*bundle, signing.public_key(), key, previous);
    if (!opened) {
      const Code code = opened.error().code();
      expect(code == Code::kMalformed || code == Code::kTooLarge || code == Code::kBrokenChain ||
                 code == Code::kSchemaTooNew,
             "bad content is told from a bad key");
      return;
    }
    expect(opened->changes.size() == header.last - header.first + 1, "as many changes as the header says");
    expect(opened->changes.back().chain == header.chain, "the chain ends where the header says");
    expect(opened->changes.front().number == kFirst, "changes count from the first number");
  }
};

}  // namespace

void fuzz(ByteView input) {
  static auto& sealer = *new Sealer;
  Input parts(input);
  const Byte mode = parts.byte();
  const std::uint64_t count = std::max<Byte>(parts.byte(), 1);
  sealer.try_it(mode, count, parts.rest());
}

}  // namespace thuisbasis::fuzzing

TB_FUZZ_MESSAGES(thuisbasis::change::BundlePayload, 2)
