// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/store/page_cipher.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis {
namespace {

class PageCipherTest : public ::testing::Test {
 protected:
  static Bytes plain_page() {
    Bytes page(kPageSize);
    for (std::size_t i = 0; i < kPageUsableSize; ++i) page[i] = static_cast<Byte>(i * 7);
    return page;
  }
  Bytes sealed() {
    Bytes page(kPageSize);
    EXPECT_TRUE(cipher.seal_page(page, plain_page(), place));
    return page;
  }
  bool opens(const Bytes& page, const PagePlace& at) {
    Bytes plain(kPageSize, 1);
    const bool opened = cipher.open_page(plain, page, at).has_value();
    if (!opened) {
      EXPECT_TRUE(std::all_of(plain.begin(), plain.end(), [](Byte b) { return b == 0; }))
          << "released plaintext";
    }
    return opened;
  }

  testing_support::SeededRandom random{1};
  PageCipher cipher{Secret::copy_of(Bytes(kDatabaseKeySize, 9)), random};
  const PagePlace place{.file = PagePlace::File::kWal, .page = 7, .offset = 4152, .frame = {}};
};

TEST_F(PageCipherTest, OpensWhatItSealedWithAZeroTail) {
  Bytes page = sealed();
  ASSERT_TRUE(cipher.open_page(page, page, place));
  EXPECT_EQ(page, plain_page());
}

TEST_F(PageCipherTest, RefusesAFlippedBitInEveryByte) {
  const Bytes page = sealed();
  for (std::size_t at = 0; at < kPageSize; ++at) {
    Bytes damaged = page;
    damaged[at] = static_cast<Byte>(damaged[at] ^ (1u << (at % 8)));
    EXPECT_FALSE(opens(damaged, place)) << "byte " << at;
  }
}

TEST_F(PageCipherTest, BindsAPageToItsFileNumberOffsetFrameAndSalt) {
  const Bytes page = sealed();
  PagePlace other = place;
  other.file = PagePlace::File::kMain;
  EXPECT_FALSE(opens(page, other));
  other = place;
  other.page = 8;
  EXPECT_FALSE(opens(page, other));
  other = place;
  other.offset += kFrameSize;
  EXPECT_FALSE(opens(page, other));
  for (std::size_t at = 0; at < FramePlace::kSize; ++at) {
    other = place;
    other.frame.mutable_view()[at] = 1;
    EXPECT_FALSE(opens(page, other)) << "frame byte " << at;
  }
  FileSalt salt;
  salt.mutable_view()[0] = 1;
  cipher.set_salt(salt);
  EXPECT_FALSE(opens(page, place));
}

TEST_F(PageCipherTest, CarriesAPieceOfTheFileSalt) {
  FileSalt salt;
  random.fill(salt.mutable_view());
  cipher.set_salt(salt);
  std::array<SaltPiece, kSaltPieces> pieces;
  for (std::uint32_t number = 5; number < 5 + kSaltPieces; ++number) {
    PagePlace at = place;
    at.page = number;
    Bytes page(kPageSize);
    ASSERT_TRUE(cipher.seal_page(page, plain_page(), at));
    EXPECT_TRUE(opens(page, at));
    pieces[number % kSaltPieces] = salt_piece_on(page);
    std::fill(page.end() - kKeyCheckSize, page.end(), Byte{0});
    EXPECT_TRUE(opens(page, at)) << "a vault of before";
    page.back() = static_cast<Byte>(~salt_piece(salt, number).back());
    EXPECT_FALSE(opens(page, at));
  }
  EXPECT_EQ(joined_salt(pieces), salt);
}

TEST_F(PageCipherTest, NeverUsesANonceTwice) {
  std::set<Bytes> nonces;
  for (int i = 0; i < 1000; ++i) {
    const Bytes page = sealed();
    nonces.insert(Bytes(page.begin() + 4064, page.begin() + 4088));
  }
  EXPECT_EQ(nonces.size(), 1000u);
}

TEST_F(PageCipherTest, HidesSaltsAndChecksumOfAFrameHeader) {
  std::array<Byte, kFrameHeaderSize> header{};
  for (std::size_t i = 0; i < header.size(); ++i) header[i] = static_cast<Byte>(i);
  const auto plain = header;
  cipher.seal_frame_header(header);
  EXPECT_TRUE(std::equal(header.begin(), header.begin() + 8, plain.begin()))
      << "page number and size stay readable";
  EXPECT_FALSE(std::equal(header.begin() + 8, header.end(), plain.begin() + 8));
  cipher.open_frame_header(header);
  EXPECT_EQ(header, plain);
}

// FIPS 197, appendix C.3.
TEST(AesBlock, GivesThePublishedExample) {
  const Bytes key = from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").value();
  Bytes block = from_hex("00112233445566778899aabbccddeeff").value();
  const Bytes plain = block;
  AesBlock cipher(Secret::copy_of(key));
  cipher.encrypt(std::span<Byte, AesBlock::kSize>(block));
  EXPECT_EQ(to_hex(block), "8ea2b7ca516745bfeafc49904b496089");
  cipher.decrypt(std::span<Byte, AesBlock::kSize>(block));
  EXPECT_EQ(block, plain);
}

}  // namespace
}  // namespace thuisbasis
