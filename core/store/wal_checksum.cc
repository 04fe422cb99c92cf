// SPDX-License-Identifier: EUPL-1.2
#include "core/store/wal_checksum.h"

namespace thuisbasis {
namespace {

constexpr std::uint32_t kWalMagic = 0x377f0682;  ///< with its last bit the words of checksums are big-endian
constexpr std::size_t kChecksumInHeader = 24;

}  // namespace

WalChecksum WalChecksum::continued(ByteView bytes, bool big_endian) const {
  const auto word = [&](std::size_t at) {
    const std::uint32_t value = read_u32(bytes.subspan(at));
    return big_endian ? value : __builtin_bswap32(value);
  };
  WalChecksum sum = *this;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    sum.first += word(at) + sum.second;
    sum.second += word(at + 4) + sum.first;
  }
  return sum;
}

std::optional<WalHeader> read_wal_header(ByteView bytes) {
  if (bytes.size() < kWalHeaderSize || (read_u32(bytes) & ~1u) != kWalMagic) return std::nullopt;
  WalHeader header;
  header.big_endian = (read_u32(bytes) & 1u) != 0;
  header.checksum = WalChecksum().continued(bytes.first(kChecksumInHeader), header.big_endian);
  if (header.checksum != WalChecksum::read(bytes.subspan(kChecksumInHeader))) return std::nullopt;
  return header;
}

}  // namespace thuisbasis
