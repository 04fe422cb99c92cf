// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <sqlite3.h>

#include <memory>
#include <string>

#include "core/base/bytes.h"

namespace thuisbasis {

/// A database file or its WAL as it lies below the encryption, through the VFS below it. Closed with the
/// object, which must not outlive the VFS. One thread at a time.
class BareFile final {
 public:
  enum class Kind { kDatabase, kWal };

  /// The VFS of that name; kInvalidArgument when there is none.
  static Result<sqlite3_vfs*> vfs_named(const char* base_vfs);
  static Result<bool> exists(sqlite3_vfs& vfs, const std::string& path);
  /// kIo for a file that is not there or may not be opened. A database is opened for writing, since only
  /// such a file can be locked.
  static Result<std::unique_ptr<BareFile>> open(sqlite3_vfs& vfs, const std::string& path, Kind kind);
  /// Durably, a database with its WAL; nothing where there is none.
  static Status remove(sqlite3_vfs& vfs, const std::string& path);
  static Status remove_wal(sqlite3_vfs& vfs, const std::string& path);
  ~BareFile();
  BareFile(const BareFile&) = delete;
  BareFile& operator=(const BareFile&) = delete;

  Result<std::uint64_t> size();
  /// False beyond the end of the file, and where the disk cannot read it.
  bool read(MutableByteView out, std::uint64_t offset);
  /// For this process alone, until unlock() or the end. kLocked while another has it open.
  Status lock();
  void unlock();
  /// Empties the file, durably.
  Status clear();

 private:
  BareFile(sqlite3_vfs& vfs, const std::string& path);
  sqlite3_file* handle() { return reinterpret_cast<sqlite3_file*>(memory_.get()); }
  Status checked(int code) const;

  std::string path_;
  std::unique_ptr<std::max_align_t[]> memory_;
  sqlite3_filename name_;
};

}  // namespace thuisbasis
