// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>

#include "core/base/bytes.h"
#include "core/store/page_cipher.h"

namespace thuisbasis {

/// The running checksum of SQLite's WAL (its file format, section 4.2): of the header, then of each frame in
/// turn, header without checksum and page in clear.
struct WalChecksum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  friend bool operator==(const WalChecksum&, const WalChecksum&) = default;

  /// As it stands in a header: 8 bytes.
  static WalChecksum read(ByteView stored) { return {read_u32(stored), read_u32(stored.subspan(4))}; }
  /// After `bytes` more, a multiple of 8; `big_endian` is how the WAL's magic number has words read.
  WalChecksum continued(ByteView bytes, bool big_endian) const;
};

/// The header of a WAL as SQLite takes it.
struct WalHeader {
  bool big_endian = false;  ///< how checksums read their words
  WalChecksum checksum;     ///< of the header itself
};
/// Nothing where SQLite would pass over the whole WAL: for another magic number, or a checksum that differs.
std::optional<WalHeader> read_wal_header(ByteView bytes);

}  // namespace thuisbasis
