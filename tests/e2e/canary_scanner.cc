// SPDX-License-Identifier: EUPL-1.2
#include "tests/e2e/canary_scanner.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "core/base/assert.h"

namespace thuisbasis::e2e {
namespace {

constexpr std::size_t kStart = 8;
constexpr std::size_t kSecretMin = 10;
constexpr std::size_t kUnpackedMax = std::size_t{8} << 20;
constexpr std::array<Byte, 4> kZstdMagic{0x28, 0xb5, 0x2f, 0xfd};

std::uint64_t start_of(const Byte* at) {
  std::uint64_t start = 0;
  std::memcpy(&start, at, kStart);
  return start;
}

Bytes utf16(std::string_view text, bool big_endian) {
  Bytes wide;
  for (const char c : text) {
    const Byte low = static_cast<Byte>(c);
    wide.insert(wide.end(), {big_endian ? Byte{0} : low, big_endian ? low : Byte{0}});
  }
  return wide;
}

Bytes varint(std::uint64_t value) {
  Bytes out;
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<Byte>(value | 0x80));
  out.push_back(static_cast<Byte>(value));
  return out;
}

Bytes eight_bytes(std::uint64_t value) {
  Bytes out(8);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<Byte>(value >> (56 - 8 * i));
  return out;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

/// As much as the frame gives, also when it is cut or damaged further on.
Bytes unpack(ByteView frame) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          ZSTD_freeDStream);
  Bytes out(kUnpackedMax);
  ZSTD_inBuffer in{frame.data(), frame.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  for (;;) {
    const std::size_t before_in = in.pos;
    const std::size_t before_out = to.pos;
    const std::size_t left = ZSTD_decompressStream(stream.get(), &to, &in);
    if (ZSTD_isError(left) != 0 || left == 0 || to.pos == to.size) break;
    if (in.pos == before_in && to.pos == before_out) break;
  }
  out.resize(to.pos);
  return out;
}

}  // namespace

void CanaryScanner::add(const std::string& name, const std::string& encoding, Bytes bytes) {
  TB_ASSERT(bytes.size() >= kStart);
  by_start_[start_of(bytes.data())].push_back(patterns_.size());
  patterns_.push_back({name, encoding, std::move(bytes)});
}

void CanaryScanner::add_base64(const std::string& name, ByteView secret) {
  for (std::size_t shift = 0; shift < 3; ++shift) {
    Bytes shifted(shift);
    append(shifted, secret);
    // Only the characters that the secret alone decides.
    const std::size_t first = (shift * 8 + 5) / 6;
    const std::size_t end = shifted.size() * 8 / 6;
    const std::string url = to_base64url(shifted).substr(first, end - first);
    const std::string standard = to_base64(shifted).substr(first, end - first);
    add(name, "base64url+" + std::to_string(shift), to_bytes(as_bytes(url)));
    add(name, "base64+" + std::to_string(shift), to_bytes(as_bytes(standard)));
  }
}

void CanaryScanner::plant_bytes(const std::string& name, ByteView secret) {
  TB_ASSERT(secret.size() >= kSecretMin && names_.insert(name).second);
  add(name, "raw", to_bytes(secret));
  add(name, "hex", to_bytes(as_bytes(to_hex(secret))));
  add(name, "HEX", to_bytes(as_bytes(upper(to_hex(secret)))));
  add_base64(name, secret);
}

void CanaryScanner::plant_text(const std::string& name, std::string_view text) {
  plant_bytes(name, as_bytes(text));
  add(name, "UTF-16LE", utf16(text, false));
  add(name, "UTF-16BE", utf16(text, true));
}

void CanaryScanner::plant_number(const std::string& name, std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  TB_ASSERT(varint(bits).size() > kStart && names_.insert(name).second);
  add(name, "varint", varint(bits));
  add(name, "decimal", to_bytes(as_bytes(std::to_string(number))));
  // A small negative number starts with bytes that anything may have.
  if (number < 0) return;
  Bytes big = eight_bytes(bits);
  add(name, "big-endian", big);
  std::reverse(big.begin(), big.end());
  add(name, "little-endian", std::move(big));
}

void CanaryScanner::scan_plain(ByteView bytes, const std::string& place, const std::string& wrapping,
                               std::set<Sighting>& found) const {
  for (std::size_t at = 0; at + kStart <= bytes.size(); ++at) {
    const auto candidates = by_start_.find(start_of(bytes.data() + at));
    if (candidates == by_start_.end()) continue;
    for (const std::size_t index : candidates->second) {
      const Pattern& pattern = patterns_[index];
      if (bytes.size() - at < pattern.bytes.size()) continue;
      if (std::equal(pattern.bytes.begin(), pattern.bytes.end(), bytes.data() + at))
        found.insert({pattern.name, wrapping + pattern.encoding, place});
    }
  }
}

std::set<Sighting> CanaryScanner::scan(ByteView bytes, const std::string& place) const {
  std::set<Sighting> found;
  scan_plain(bytes, place, "", found);
  for (auto at = bytes.begin();;) {
    at = std::search(at, bytes.end(), kZstdMagic.begin(), kZstdMagic.end());
    if (at == bytes.end()) return found;
    scan_plain(unpack(bytes.subspan(static_cast<std::size_t>(at - bytes.begin()))), place, "zstd:", found);
    ++at;
  }
}

std::map<std::string, Bytes> CanaryScanner::spellings(const std::string& name) const {
  std::map<std::string, Bytes> all;
  for (const Pattern& pattern : patterns_)
    if (pattern.name == name) all.emplace(pattern.encoding, pattern.bytes);
  return all;
}

}  // namespace thuisbasis::e2e
