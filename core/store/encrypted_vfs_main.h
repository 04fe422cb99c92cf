// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/store/encrypted_vfs_state.h"
#include "core/store/sqlite_file.h"

namespace thuisbasis {

/// The database file itself: whole pages, each sealed for its number. It learns the file salt, and whether
/// the key fits, when SQLite takes its first lock: before that another process might be writing.
class VaultMainFile final : public ForwardingFile {
 public:
  /// `vfs_below` and `files` outlive the file; `name` is SQLite's and lives as long as the file is open.
  VaultMainFile(sqlite3_file* below, sqlite3_vfs* vfs_below, const char* name, VaultFiles& files)
      : ForwardingFile(below), vfs_below_(vfs_below), name_(name), files_(files) {}

  int read(MutableByteView out, sqlite3_int64 offset);
  int write(ByteView bytes, sqlite3_int64 offset);
  int lock(int level);
  int file_control(int operation, void* argument);
  int sector_size() { return static_cast<int>(kPageSize); }
  /// A WAL frame must never be split at a sync point (SQLite does that without this promise), and no
  /// atomic-write feature of a file system may change the order of writes.
  int device_characteristics() { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

 private:
  int read_page(MutableByteView plain, std::uint32_t page);
  int read_header(MutableByteView out);
  int read_part(MutableByteView out, std::uint32_t page, std::size_t skip);
  int identify();
  bool first_page_opens();
  int salt_from_wal();

  sqlite3_vfs* vfs_below_;
  const char* name_;
  VaultFiles& files_;
};

}  // namespace thuisbasis
