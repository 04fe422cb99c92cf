// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/random.h"
#include "core/crypto/aead.h"
#include "core/crypto/aes_block.h"

namespace thuisbasis {

// How one page lies on disk (CRYPTO 3.3), 4096 bytes:
//
//      0  4048 bytes  ciphertext; on page 1 bytes 0-15 are the file salt, and 16-23 clear but
//                     authenticated
//   4048    16 bytes  tag of XAES-256-GCM
//   4064    24 bytes  nonce, fresh for every write
//   4088     1 byte   key id
//   4089     7 bytes  on page 1 the key check, which tells a wrong key from a damaged page; on every other
//                     page a third of the file salt, without which no page opens (zero in vaults of before)
//
// SQLite sees the last 48 bytes as reserved and always as zero: they are covered by the checksums of its WAL
// frames, so a tail that changes on its way to disk would end in a lost WAL after a crash.
inline constexpr std::size_t kPageSize = 4096;
inline constexpr std::size_t kPageReservedSize = 48;
inline constexpr std::size_t kPageUsableSize = kPageSize - kPageReservedSize;
inline constexpr std::size_t kWalHeaderSize = 32;
inline constexpr std::size_t kFrameHeaderSize = 24;
inline constexpr std::size_t kFrameSize = kFrameHeaderSize + kPageSize;
inline constexpr std::size_t kFileSaltSize = 16;
/// Where page 1 starts to be encrypted: after the salt and the bytes SQLite reads before it can ask for a
/// key.
inline constexpr std::size_t kFirstPageClearSize = 24;
inline constexpr std::size_t kKeyCheckSize = 7;
inline constexpr std::size_t kDatabaseKeySize = 32;

/// Separates copies of a database under the same key; random, in clear at the start of page 1.
using FileSalt = FixedBytes<struct FileSaltTag, kFileSaltSize>;
/// What a page other than the first carries of the file salt, so that the loss of page 1 costs page 1 only:
/// pages whose numbers are alike modulo kSaltPieces have the same one. The last is filled up with zeros.
inline constexpr std::size_t kSaltPieces = 3;
using SaltPiece = std::array<Byte, kKeyCheckSize>;
SaltPiece salt_piece(const FileSalt& salt, std::uint32_t page);
/// The salt that was cut into these; by page number modulo kSaltPieces.
FileSalt joined_salt(const std::array<SaltPiece, kSaltPieces>& pieces);
/// The piece that a sealed page carries.
SaltPiece salt_piece_on(ByteView sealed_page);
/// What stays the same in a WAL frame's header as long as the frame does: page number, size of the database
/// after the commit (or zero), and the two salts of this generation of the WAL.
using FramePlace = FixedBytes<struct FramePlaceTag, 16>;

/// Where a page stands. All of it is authenticated with the page, so that no page opens anywhere else.
struct PagePlace {
  enum class File : Byte { kMain = 1, kWal = 2 };
  File file = File::kMain;
  std::uint32_t page = 0;    ///< from 1
  std::uint64_t offset = 0;  ///< of the page's first byte in its file
  FramePlace frame;          ///< zero outside the WAL
};

/// Nonces out of a buffer: asking the system for 24 bytes costs as much as sealing a page. The buffer is one
/// more reason why a connection must not cross fork(), which SQLite forbids already. One thread at a time.
class NonceBuffer final {
 public:
  /// `random` must outlive the buffer.
  explicit NonceBuffer(Random& random) : random_(random) {}
  XaesNonce next();

 private:
  Random& random_;
  std::array<Byte, kXaesNonceSize * 128> bytes_{};
  std::size_t used_ = bytes_.size();
};

/// Seals and opens the pages and WAL frame headers of one database file. Allocates nothing after
/// construction, except for the Error of a page that does not open. One thread at a time.
class PageCipher final {
 public:
  /// The page key, the key of the frame headers and the key check come from the 32-byte database key by HKDF.
  PageCipher(const Secret& database_key, Random& random);

  void set_salt(const FileSalt& salt) { salt_ = salt; }
  const FileSalt& salt() const { return salt_; }

  /// Both views are one page; they are the same or do not overlap. The reserved tail of `plain` must be zero
  /// and the first 16 bytes of page 1 must be SQLite's magic: the caller has checked.
  Status seal_page(MutableByteView sealed, ByteView plain, const PagePlace& place);
  /// kDamaged, naming the page, for anything that was not sealed by this key for this place; `plain` is then
  /// zero.
  Status open_page(MutableByteView plain, ByteView sealed, const PagePlace& place);
  /// Whether page 1 carries the check of this key. Says nothing about the rest of the page.
  bool key_check_fits(ByteView sealed_first_page) const;
  /// Puts the check of this key there, to see whether only the check was damaged.
  void put_key_check(MutableByteView sealed_first_page) const;

  // The frame header's checksum is computed by SQLite over plaintext, and it is linear: in clear it would
  // give away the difference of two pages. So bytes 8-23, salts and checksum, travel as one AES block under a
  // key of their own.
  void seal_frame_header(std::span<Byte, kFrameHeaderSize> header);
  void open_frame_header(std::span<Byte, kFrameHeaderSize> header);

 private:
  struct AssociatedData;
  AssociatedData associated_data(const PagePlace& place, ByteView clear) const;

  Xaes pages_;
  AesBlock frame_headers_;
  NonceBuffer nonces_;
  std::array<Byte, kKeyCheckSize> key_check_{};
  FileSalt salt_;
};

/// "SQLite format 3" and its zero byte, which page 1 shows above the cipher where the salt stands below it.
ByteView sqlite_magic();
/// The big-endian number at the start of the view.
std::uint32_t read_u32(ByteView bytes);

}  // namespace thuisbasis
