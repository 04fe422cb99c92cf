// SPDX-License-Identifier: EUPL-1.2
#include "platform/key_shares/share_text.h"

#include <algorithm>
#include <optional>

#include "core/base/wire_bytes.h"
#include "core/verify/hash.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kRowLabel = "thuisbasis/1/key-share-row";
/// Crockford's base 32: no I, L, O and U.
constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr Byte kForm = 1;
constexpr unsigned kBitsADigit = 5;
constexpr std::size_t kDigitsOfContent = 10;
constexpr std::size_t kDigitsOfCheck = 2;
constexpr std::size_t kDigitsInARow = kDigitsOfContent + kDigitsOfCheck;
constexpr std::size_t kDigitsInAGroup = 4;
constexpr std::size_t kShareSize = 4 + SharingId::kSize + KeyDigest::kSize + kSharedKeySize;
static_assert(kShareSize * 8 == kShareRows * kDigitsOfContent * kBitsADigit);

std::optional<unsigned> value_of(char digit) {
  if (digit >= 'a' && digit <= 'z') digit = static_cast<char>(digit - 'a' + 'A');
  if (digit == 'O') digit = '0';
  if (digit == 'I' || digit == 'L') digit = '1';
  const std::size_t place = kDigits.find(digit);
  if (place == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(place);
}

std::string in_digits(ByteView bytes) {
  std::string digits;
  unsigned bits = 0;
  unsigned waiting = 0;
  for (const Byte byte : bytes) {
    waiting = waiting << 8 | byte;
    for (bits += 8; bits >= kBitsADigit; bits -= kBitsADigit)
      digits += kDigits[waiting >> (bits - kBitsADigit) & 31U];
  }
  return digits;
}

Secret from_digits(std::string_view digits) {
  Secret bytes(kShareSize);
  unsigned bits = 0;
  unsigned waiting = 0;
  std::size_t filled = 0;
  for (const char digit : digits) {
    waiting = waiting << kBitsADigit | *value_of(digit);
    bits += kBitsADigit;
    if (bits < 8) continue;
    bits -= 8;
    bytes.mutable_view()[filled++] = static_cast<Byte>(waiting >> bits);
  }
  return bytes;
}

std::string check_of(std::size_t row, std::string_view content) {
  const Byte number = static_cast<Byte>(row + 1);
  const Sha256Digest digest = Sha256(kRowLabel).add({&number, 1}).add(as_bytes(content)).finish();
  return in_digits(digest.view()).substr(0, kDigitsOfCheck);
}

/// The digits of the row that begins here, in their usual form; what separates them is left out.
std::optional<std::string> row_at(std::string_view text) {
  std::string digits;
  for (const char letter : text) {
    const auto value = value_of(letter);
    if (value)
      digits += kDigits[*value];
    else if (letter != ' ' && letter != '-')
      break;
    if (digits.size() > kDigitsInARow) return std::nullopt;
  }
  if (digits.size() != kDigitsInARow) return std::nullopt;
  return digits;
}

bool is_checked(std::size_t row, std::string_view digits) {
  return check_of(row, digits.substr(0, kDigitsOfContent)) == digits.substr(kDigitsOfContent);
}

using Rows = std::array<std::optional<std::string>, kShareRows>;

Result<Rows> find_rows(std::string_view text) {
  Rows rows;
  for (std::size_t at = text.find(':'); at != std::string_view::npos; at = text.find(':', at + 1)) {
    if (at == 0 || text[at - 1] < '1' || text[at - 1] >= static_cast<char>('1' + kShareRows)) continue;
    const std::size_t row = static_cast<std::size_t>(text[at - 1] - '1');
    const std::size_t next =
        text.find(':', at + 1);  // of another row, perhaps, whose number stands before it
    std::optional<std::string> digits =
        row_at(text.substr(at + 1, next == std::string_view::npos ? next : next - at - 2));
    if (!digits) continue;
    const std::string name = "row " + std::to_string(row + 1);
    if (!is_checked(row, *digits)) return Error(Code::kMalformed, name + " is not as it was printed");
    if (rows[row] && rows[row] != digits) return Error(Code::kMalformed, name + " stands there in two forms");
    rows[row] = std::move(digits);
  }
  return rows;
}

Result<KeyShare> read_share(ByteView bytes) {
  ByteReader reader(bytes);
  TB_TRY(const ByteView head, reader.raw(4));
  if (head[0] != kForm) return Error(Code::kUnknownSuite, "a share of form " + std::to_string(head[0]));
  KeyShare share;
  share.sharing = {head[1], head[2]};
  share.number = head[3];
  TB_TRY(share.id, reader.id<SharingId>());
  TB_TRY(share.digest, reader.id<KeyDigest>());
  TB_TRY(const ByteView part, reader.raw(kSharedKeySize));
  share.part = Secret::copy_of(part);
  return share;
}

}  // namespace

std::array<std::string, kShareRows> share_rows(const KeyShare& share) {
  ByteWriter content;
  for (const Byte byte : {kForm, share.sharing.needed, share.sharing.total, share.number}) content.u8(byte);
  content.raw(share.id.view());
  content.raw(share.digest.view());
  content.raw(share.part.view());
  Bytes bytes = content.take();
  std::string digits = in_digits(bytes);
  wipe(bytes);
  std::array<std::string, kShareRows> rows;
  for (std::size_t row = 0; row < kShareRows; ++row) {
    const std::string content_digits = digits.substr(row * kDigitsOfContent, kDigitsOfContent);
    const std::string all = content_digits + check_of(row, content_digits);
    rows[row] = std::to_string(row + 1) + ":";
    for (std::size_t at = 0; at < all.size(); at += kDigitsInAGroup)
      rows[row] += " " + all.substr(at, kDigitsInAGroup);
  }
  return rows;
}

Result<KeyShare> parse_share(std::string_view text) {
  TB_TRY(const Rows rows, find_rows(text));
  if (std::none_of(rows.begin(), rows.end(), [](const auto& row) { return row.has_value(); }))
    return Error(Code::kMalformed, "there is no share in it");
  std::string digits;
  for (std::size_t row = 0; row < kShareRows; ++row) {
    if (!rows[row])
      return Error(Code::kMalformed, "row " + std::to_string(row + 1) + " is missing or not whole");
    digits += rows[row]->substr(0, kDigitsOfContent);
  }
  return read_share(from_digits(digits).view());
}

}  // namespace thuisbasis
