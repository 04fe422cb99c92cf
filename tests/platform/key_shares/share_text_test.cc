// SPDX-License-Identifier: EUPL-1.2
#include "platform/key_shares/share_text.h"

#include "core/verify/hash.h"
#include "tests/core/circle/golden_vectors.h"
#include "tests/support/seeded_random.h"

namespace thuisbasis {
namespace {

using circle_test::pattern;
using circle_test::VectorCase;
using testing_support::SeededRandom;

struct ShareText : testing::Test {
  SeededRandom random{3};
  const Secret key = Secret::copy_of(pattern(kSharedKeySize, 0x40));
  const std::vector<KeyShare> shares = *split_key(key, {}, random);
  const std::array<std::string, kShareRows> rows = share_rows(shares[1]);
  std::string page(const std::string& between = "\n") const {
    std::string text;
    for (const std::string& row : rows) text += row + between;
    return text;
  }
  static void expect_fault(const std::string& text, const std::string& what) {
    const auto read = parse_share(text);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().context().find(what), std::string::npos) << read.error().message();
  }
  static void expect_same(const KeyShare& a, const Result<KeyShare>& b) {
    ASSERT_TRUE(b) << b.error().message();
    EXPECT_EQ(a.sharing, b->sharing);
    EXPECT_EQ(a.number, b->number);
    EXPECT_EQ(a.id, b->id);
    EXPECT_EQ(a.digest, b->digest);
    EXPECT_TRUE(a.part == b->part);
  }
};

TEST_F(ShareText, ComesBackAsItWasPrinted) {
  expect_same(shares[1], parse_share(page()));
  expect_same(shares[1],
              parse_share("Aandeel 2 van 5: bewaar het apart\n" + page() + "\nHouder: 12:30 uur\n"));
  expect_same(shares[1], parse_share(page("/")));
  expect_same(shares[1], parse_share(page(" ")));
}

TEST_F(ShareText, ForgivesHowItWasTyped) {
  std::string typed;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    std::string line = row->substr(2);
    std::erase(line, ' ');
    for (char& letter : line)
      letter = letter == '0' ? 'o' : letter == '1' ? 'l' : static_cast<char>(std::tolower(letter));
    typed += "  " + row->substr(0, 2) + line + "\r\n";
  }
  expect_same(shares[1], parse_share(typed));
}

TEST_F(ShareText, NamesTheRowThatIsWrong) {
  std::string text = page();
  const std::size_t at = text.find("4:") + 4;
  text[at] = text[at] == 'X' ? 'Y' : 'X';
  expect_fault(text, "row 4 is not as it was printed");
  expect_fault(rows[0] + "\n" + rows[1], "row 3 is missing");
  std::string swapped = page();
  std::swap(swapped[swapped.find("1:")], swapped[swapped.find("2:")]);
  expect_fault(swapped, "is not as it was printed");
  expect_fault(page() + share_rows(shares[2])[7], "row 8 stands there in two forms");
  expect_fault("", "there is no share in it");
  expect_fault("TB1-uitnodiging", "there is no share in it");
}

/// Every letter of every row, changed to each other one: the check of a row has ten bits, so one in a
/// thousand may pass it; what passes all is found by the key's digest.
TEST_F(ShareText, OneWrongLetterHardlyEverPassesUnseen) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const std::string text = page();
  int tried = 0;
  int passed = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (kDigits.find(text[at]) == std::string_view::npos || (at + 1 < text.size() && text[at + 1] == ':'))
      continue;
    for (const char other : kDigits) {
      if (other == text[at]) continue;
      std::string changed = text;
      changed[at] = other;
      ++tried;
      const auto read = parse_share(changed);
      if (!read) continue;
      ++passed;
      std::vector<KeyShare> three;
      three.push_back(*parse_share(changed));
      for (const std::size_t place : {0U, 2U}) {
        std::string whole;
        for (const std::string& row : share_rows(shares[place])) whole += row + "\n";
        three.push_back(*parse_share(whole));
      }
      EXPECT_FALSE(join_key(three)) << "and the key that comes out is another";
    }
  }
  EXPECT_EQ(tried, 96 * 31);
  EXPECT_LT(passed, 15);
}

TEST_F(ShareText, RefusesAFormOfALaterTime) {
  std::string row = rows[0];
  ASSERT_EQ(row.substr(3, 2), "04") << "form 1, and the first bits of the number that is needed";
  row[4] = '8';
  std::string content = row.substr(3);
  std::erase(content, ' ');
  content.resize(10);
  const Byte number = 1;
  const Sha256Digest check =
      Sha256("thuisbasis/1/key-share-row").add({&number, 1}).add(as_bytes(content)).finish();
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  row[row.size() - 2] = kDigits[check.view()[0] >> 3];
  row[row.size() - 1] = kDigits[(check.view()[0] & 7U) << 2 | check.view()[1] >> 6];
  const auto read = parse_share(row + page().substr(rows[0].size()));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::kUnknownSuite) << read.error().message();
}

/// PROTOCOL.md P-140 and P-141.
TEST(Vectors, SharesOfAKeyAreWrittenAndReadAsTheySay) {
  const Secret key = Secret::copy_of(pattern(kSharedKeySize, 0x40));
  SeededRandom random(11);
  const std::vector<KeyShare> shares = *split_key(key, {}, random);
  std::vector<VectorCase> made;
  for (const KeyShare& share : shares) {
    VectorCase one("share " + std::to_string(share.number) + " of five, of which three give the key", "ok");
    one.hex("key", key.view()).hex("digest", share.digest.view()).hex("splitting", share.id.view());
    one.hex("part", share.part.view());
    for (const std::string& row : share_rows(share)) one.text("row", row);
    made.push_back(std::move(one));
  }
  const auto cases =
      circle_test::golden("shares.txt", "Shares of the archive key (PROTOCOL.md, chapter 4).", made);
  std::vector<KeyShare> read;
  for (const VectorCase& one : cases) {
    std::string text;
    for (const std::string& row : one.all("row")) text += row + "\n";
    read.push_back(*parse_share(text));
    EXPECT_EQ(to_hex(read.back().part.view()), one.get("part"));
  }
  read.resize(3);
  EXPECT_EQ(to_hex(join_key(read)->view()), cases[0].get("key"));
}

}  // namespace
}  // namespace thuisbasis
