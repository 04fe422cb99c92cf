// SPDX-License-Identifier: EUPL-1.2
#include "core/store/encrypted_vfs_state.h"

#include <sqlite3.h>

#include <algorithm>

namespace thuisbasis {
namespace {

bool is_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](Byte b) { return b == 0; });
}

/// Page size 4096, reserve 48, fixed payload fractions, no auto-vacuum, and WAL mode once the database is
/// made. What stands at these places is SQLite's "database header", section 1.3 of its file format.
bool is_first_page(ByteView page, bool creating) {
  const bool wal = page[18] == 2 && page[19] == 2;
  const bool before_wal = page[18] == 1 && page[19] == 1;
  return std::equal(sqlite_magic().begin(), sqlite_magic().end(), page.begin()) &&
         page[16] == kPageSize >> 8 && page[17] == 0 && (wal || (creating && before_wal)) &&
         page[20] == kPageReservedSize && page[21] == 64 && page[22] == 32 && page[23] == 32 &&
         is_zero(page.subspan(52, 4)) && is_zero(page.subspan(64, 4));
}

}  // namespace

int VaultFiles::damaged(std::uint32_t page) {
  ++report.damaged_reads;
  report.damaged_page = page;
  return SQLITE_IOERR_DATA;
}

int VaultFiles::refused_read() {
  ++report.refused_reads;
  return SQLITE_IOERR_READ;
}

int VaultFiles::refused_write() {
  ++report.refused_writes;
  return SQLITE_IOERR_WRITE;
}

bool is_writable_page(ByteView page, std::uint32_t number, bool creating) {
  return page.size() == kPageSize && is_zero(page.subspan(kPageUsableSize)) &&
         (number != 1 || is_first_page(page, creating));
}

}  // namespace thuisbasis
