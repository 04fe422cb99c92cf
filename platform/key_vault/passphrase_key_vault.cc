// SPDX-License-Identifier: EUPL-1.2
#include "platform/key_vault/passphrase_key_vault.h"

#include "core/base/wire_bytes.h"
#include "core/crypto/aead.h"

namespace thuisbasis {
namespace {

// Blob: magic 4 | suite u16 | passes u32 | memory u64 | salt 16 | nonce 24 | sealed key 32 + tag 16.
// Everything before the sealed key is its associated data.
constexpr std::string_view kMagic = "TBK1";
constexpr std::uint16_t kSuite = 1;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kHeadSize = 4 + 2 + 4 + 8 + kSaltSize + kXaesNonceSize;

struct Head {
  Argon2Cost cost{};
  ByteView salt;
  XaesNonce nonce;
};

Result<Head> parse_head(ByteView bytes) {
  ByteReader reader(bytes);
  TB_TRY(const ByteView magic, reader.raw(kMagic.size()));
  if (as_text(magic) != kMagic) return Error(Code::kMalformed, "wrapped key: not a key file of this program");
  TB_TRY(const std::uint16_t suite, reader.u16());
  if (suite != kSuite) return Error(Code::kUnknownSuite, "wrapped key: suite " + std::to_string(suite));
  Head head;
  TB_TRY(head.cost.passes, reader.u32());
  TB_TRY(head.cost.memory_bytes, reader.u64());
  TB_TRY(head.salt, reader.raw(kSaltSize));
  TB_TRY(head.nonce, reader.id<XaesNonce>());
  return head;
}

}  // namespace

PassphraseKeyVault::PassphraseKeyVault(Secret passphrase, Random& random, Argon2Cost cost)
    : passphrase_(std::move(passphrase)), random_(random), cost_(cost) {}

Result<Bytes> PassphraseKeyVault::wrap(const Secret& key) {
  if (key.size() != kKeySize) return Error(Code::kInvalidArgument, "only keys of 32 bytes can be wrapped");
  std::array<Byte, kSaltSize> salt{};
  random_.fill(salt);
  const XaesNonce nonce = random_id<XaesNonce>(random_);
  ByteWriter blob;
  blob.raw(as_bytes(kMagic));
  blob.u16(kSuite);
  blob.u32(cost_.passes);
  blob.u64(cost_.memory_bytes);
  blob.raw(salt);
  blob.raw(nonce.view());
  TB_TRY(const Secret wrapping_key, argon2id(passphrase_, salt, cost_));
  TB_TRY(const Bytes sealed, Xaes(wrapping_key).seal(nonce, key.view(), blob.view()));
  blob.raw(sealed);
  return blob.take();
}

Result<Secret> PassphraseKeyVault::unwrap(ByteView blob) {
  if (blob.size() != kHeadSize + kKeySize + kAeadTagSize)
    return Error(Code::kMalformed, "wrapped key: " + std::to_string(blob.size()) + " bytes");
  TB_TRY(const Head head, parse_head(blob.first(kHeadSize)));
  TB_TRY(const Secret wrapping_key, argon2id(passphrase_, head.salt, head.cost));
  Secret key(kKeySize);
  const Status opened =
      Xaes(wrapping_key)
          .open_into(key.mutable_view(), head.nonce, blob.subspan(kHeadSize), blob.first(kHeadSize));
  if (!opened) return Error(Code::kWrongPassphrase, "the passphrase does not open this key");
  return key;
}

}  // namespace thuisbasis
