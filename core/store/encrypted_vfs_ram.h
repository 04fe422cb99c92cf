// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/store/sqlite_file.h"

namespace thuisbasis {

/// A temporary file that never reaches a disk: sorters, materialised views, statement journals, and the
/// rollback journal while a database is being made. The VFS cannot know which of them hold plaintext, so all
/// of them stay in memory, and are wiped when they close. One thread at a time.
class RamFile final : public ForwardingFile {
 public:
  RamFile() : ForwardingFile(nullptr) {}

  int close();
  int read(MutableByteView out, sqlite3_int64 offset);
  int write(ByteView bytes, sqlite3_int64 offset);
  int truncate(sqlite3_int64 size);
  int sync(int) { return SQLITE_OK; }
  int file_size(sqlite3_int64* size);
  int lock(int) { return SQLITE_OK; }
  int unlock(int) { return SQLITE_OK; }
  int check_reserved_lock(int* held);
  int file_control(int, void*) { return SQLITE_NOTFOUND; }
  int sector_size() { return 4096; }
  int device_characteristics() { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
  int shm_map(int, int, int, void volatile**) { return SQLITE_IOERR_SHMMAP; }
  int shm_lock(int, int, int) { return SQLITE_IOERR_SHMLOCK; }
  void shm_barrier() {}
  int shm_unmap(int) { return SQLITE_OK; }

 private:
  int resize(std::size_t size);
  Bytes content_;
};

}  // namespace thuisbasis
