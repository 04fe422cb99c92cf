// SPDX-License-Identifier: EUPL-1.2
#include "core/store/page_cipher.h"

#include <algorithm>
#include <utility>

#include "core/base/assert.h"
#include "core/crypto/kdf.h"

namespace thuisbasis {
namespace {

constexpr std::size_t kTagAt = kPageUsableSize;
constexpr std::size_t kNonceAt = kTagAt + kAeadTagSize;
constexpr std::size_t kKeyIdAt = kNonceAt + kXaesNonceSize;
constexpr std::size_t kSpareAt = kKeyIdAt + 1;
static_assert(kSpareAt + kKeyCheckSize == kPageSize);

/// Room for a second key while a database is being rewritten page by page; today there is one.
constexpr Byte kKeyId = 1;

Secret derived(const Secret& database_key, std::string_view purpose, std::size_t size) {
  TB_ASSERT(database_key.size() == kDatabaseKeySize);
  return hkdf(database_key, as_bytes("thuisbasis/1/vault"), as_bytes(purpose), size);
}

void put_big_endian(Byte* to, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<Byte>(value >> (8 * (size - 1 - i)));
}

/// Where a piece of the salt begins and ends.
std::pair<std::size_t, std::size_t> piece_range(std::uint32_t page) {
  const std::size_t from = page % kSaltPieces * kKeyCheckSize;
  return {from, std::min(from + kKeyCheckSize, kFileSaltSize)};
}
static_assert(kSaltPieces * kKeyCheckSize >= kFileSaltSize);

std::size_t clear_size(const PagePlace& place) { return place.page == 1 ? kFirstPageClearSize : 0; }

}  // namespace

SaltPiece salt_piece(const FileSalt& salt, std::uint32_t page) {
  const auto [from, end] = piece_range(page);
  SaltPiece piece{};
  std::copy_n(salt.view().begin() + static_cast<std::ptrdiff_t>(from), end - from, piece.begin());
  return piece;
}

FileSalt joined_salt(const std::array<SaltPiece, kSaltPieces>& pieces) {
  FileSalt salt;
  for (std::uint32_t page = 0; page < kSaltPieces; ++page) {
    const auto [from, end] = piece_range(page);
    std::copy_n(pieces[page].begin(), end - from,
                salt.mutable_view().begin() + static_cast<std::ptrdiff_t>(from));
  }
  return salt;
}

SaltPiece salt_piece_on(ByteView sealed_page) {
  SaltPiece piece;
  std::copy_n(sealed_page.begin() + kSpareAt, piece.size(), piece.begin());
  return piece;
}

/// What is authenticated with a page: 54 bytes, all at fixed places.
struct PageCipher::AssociatedData {
  std::array<Byte, 1 + 1 + 4 + 8 + 16 + 16 + 8> bytes{};
};

XaesNonce NonceBuffer::next() {
  if (used_ == bytes_.size()) {
    random_.fill(bytes_);
    used_ = 0;
  }
  XaesNonce nonce;
  const MutableByteView fresh = MutableByteView(bytes_).subspan(used_, kXaesNonceSize);
  std::copy(fresh.begin(), fresh.end(), nonce.mutable_view().begin());
  std::fill(fresh.begin(), fresh.end(), Byte{0});
  used_ += kXaesNonceSize;
  return nonce;
}

PageCipher::PageCipher(const Secret& database_key, Random& random)
    : pages_(derived(database_key, "page", kXaesKeySize)),
      frame_headers_(derived(database_key, "wal frame header", 32)),
      nonces_(random) {
  const Secret check = derived(database_key, "key check", kKeyCheckSize);
  std::copy(check.view().begin(), check.view().end(), key_check_.begin());
}

PageCipher::AssociatedData PageCipher::associated_data(const PagePlace& place, ByteView clear) const {
  AssociatedData data;
  Byte* at = data.bytes.data();
  *at++ = static_cast<Byte>(place.file);
  *at++ = kKeyId;
  put_big_endian(at, place.page, 4);
  put_big_endian(at + 4, place.offset, 8);
  at = std::copy(place.frame.view().begin(), place.frame.view().end(), at + 12);
  at = std::copy(salt_.view().begin(), salt_.view().end(), at);
  if (!clear.empty()) std::copy(clear.begin() + kFileSaltSize, clear.end(), at);
  return data;
}

Status PageCipher::seal_page(MutableByteView sealed, ByteView plain, const PagePlace& place) {
  TB_ASSERT(sealed.size() == kPageSize && plain.size() == kPageSize && place.page != 0);
  const std::size_t clear = clear_size(place);
  std::array<Byte, kKeyCheckSize> spare = salt_piece(salt_, place.page);
  if (clear != 0) {
    std::copy_n(salt_.view().begin(), kFileSaltSize, sealed.begin());
    std::copy(plain.begin() + kFileSaltSize, plain.begin() + kFirstPageClearSize,
              sealed.begin() + kFileSaltSize);
    spare = key_check_;
  }
  const AssociatedData data = associated_data(place, sealed.first(clear));
  const XaesNonce nonce = nonces_.next();
  TB_CHECK(pages_.seal_into(sealed.subspan(clear, kNonceAt - clear), nonce,
                            plain.subspan(clear, kTagAt - clear), data.bytes));
  std::copy(nonce.view().begin(), nonce.view().end(), sealed.begin() + kNonceAt);
  sealed[kKeyIdAt] = kKeyId;
  std::copy(spare.begin(), spare.end(), sealed.begin() + kSpareAt);
  return {};
}

Status PageCipher::open_page(MutableByteView plain, ByteView sealed, const PagePlace& place) {
  TB_ASSERT(sealed.size() == kPageSize && plain.size() == kPageSize);
  const std::size_t clear = clear_size(place);
  const SaltPiece piece = salt_piece_on(sealed);
  const bool canonical =
      sealed[kKeyIdAt] == kKeyId &&
      (clear != 0 ? key_check_fits(sealed) : piece == salt_piece(salt_, place.page) || piece == SaltPiece{});
  const bool salt_fits = clear == 0 || std::equal(salt_.view().begin(), salt_.view().end(), sealed.begin());
  const AssociatedData data = associated_data(place, sealed.first(clear));
  XaesNonce nonce;
  std::copy_n(sealed.begin() + kNonceAt, kXaesNonceSize, nonce.mutable_view().begin());
  if (!canonical || !salt_fits ||
      !pages_.open_into(plain.subspan(clear, kTagAt - clear), nonce, sealed.subspan(clear, kNonceAt - clear),
                        data.bytes)) {
    std::fill(plain.begin(), plain.end(), Byte{0});
    return Error(Code::kDamaged, "page " + std::to_string(place.page));
  }
  if (clear != 0) {
    std::copy_n(sealed.begin() + kFileSaltSize, clear - kFileSaltSize, plain.begin() + kFileSaltSize);
    std::copy_n(sqlite_magic().begin(), kFileSaltSize, plain.begin());
  }
  std::fill(plain.begin() + kTagAt, plain.end(), Byte{0});
  return {};
}

bool PageCipher::key_check_fits(ByteView sealed_first_page) const {
  return equal_constant_time(sealed_first_page.subspan(kSpareAt, kKeyCheckSize), key_check_);
}

void PageCipher::put_key_check(MutableByteView sealed_first_page) const {
  std::copy(key_check_.begin(), key_check_.end(), sealed_first_page.begin() + kSpareAt);
}

void PageCipher::seal_frame_header(std::span<Byte, kFrameHeaderSize> header) {
  frame_headers_.encrypt(header.last<AesBlock::kSize>());
}

void PageCipher::open_frame_header(std::span<Byte, kFrameHeaderSize> header) {
  frame_headers_.decrypt(header.last<AesBlock::kSize>());
}

ByteView sqlite_magic() {
  static constexpr std::array<Byte, kFileSaltSize> kMagic{'S', 'Q', 'L', 'i', 't', 'e', ' ', 'f',
                                                          'o', 'r', 'm', 'a', 't', ' ', '3', 0};
  return kMagic;
}

std::uint32_t read_u32(ByteView bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
         std::uint32_t{bytes[3]};
}

}  // namespace thuisbasis
