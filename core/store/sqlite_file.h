// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <sqlite3.h>

#include <memory>
#include <new>

#include "core/base/bytes.h"

namespace thuisbasis {

/// A file under a SQLite VFS that passes everything to the file below it. Classes that derive from it replace
/// single members by their own (no virtual call: SQLite's table of functions is the dispatch, see IoMethods).
/// All members answer with SQLite result codes. One thread at a time.
class ForwardingFile : public sqlite3_file {
 public:
  /// `below` is open and stays where it is until close().
  explicit ForwardingFile(sqlite3_file* below) : sqlite3_file{nullptr}, below_(below) {}

  int close() { return below_->pMethods->xClose(below_); }
  int read(MutableByteView out, sqlite3_int64 offset) {
    return below_->pMethods->xRead(below_, out.data(), static_cast<int>(out.size()), offset);
  }
  int write(ByteView bytes, sqlite3_int64 offset) {
    return below_->pMethods->xWrite(below_, bytes.data(), static_cast<int>(bytes.size()), offset);
  }
  int truncate(sqlite3_int64 size) { return below_->pMethods->xTruncate(below_, size); }
  int sync(int flags) { return below_->pMethods->xSync(below_, flags); }
  int file_size(sqlite3_int64* size) { return below_->pMethods->xFileSize(below_, size); }
  int lock(int level) { return below_->pMethods->xLock(below_, level); }
  int unlock(int level) { return below_->pMethods->xUnlock(below_, level); }
  int check_reserved_lock(int* held) { return below_->pMethods->xCheckReservedLock(below_, held); }
  int file_control(int operation, void* argument) {
    return below_->pMethods->xFileControl(below_, operation, argument);
  }
  int sector_size() { return below_->pMethods->xSectorSize(below_); }
  int device_characteristics() { return below_->pMethods->xDeviceCharacteristics(below_); }
  int shm_map(int region, int region_size, int extend, void volatile** mapped) {
    return below_->pMethods->xShmMap(below_, region, region_size, extend, mapped);
  }
  int shm_lock(int first, int count, int flags) {
    return below_->pMethods->xShmLock(below_, first, count, flags);
  }
  void shm_barrier() { below_->pMethods->xShmBarrier(below_); }
  int shm_unmap(int delete_it) { return below_->pMethods->xShmUnmap(below_, delete_it); }

 protected:
  sqlite3_file* below() { return below_; }

 private:
  sqlite3_file* below_;
};

/// SQLite is C, and nothing may be thrown through it.
template <typename Call>
int without_throwing(Call call) noexcept {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
}

/// The function table that SQLite wants, made from the members of `File`. `File` lives in memory of SQLite's
/// and is destroyed after its close(). Version 2: shared-memory functions but no xFetch, so that nothing can
/// be read past the cipher through a memory map.
template <typename File>
struct IoMethods {
  static File* self(sqlite3_file* file) { return static_cast<File*>(file); }
  static int close(sqlite3_file* file) {
    const int result_code = without_throwing([&] { return self(file)->close(); });
    std::destroy_at(self(file));
    return result_code;
  }
  static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    return without_throwing([&] {
      return self(file)->read({static_cast<Byte*>(out), static_cast<std::size_t>(size)}, offset);
    });
  }
  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    return without_throwing([&] {
      return self(file)->write({static_cast<const Byte*>(bytes), static_cast<std::size_t>(size)}, offset);
    });
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return without_throwing([&] { return self(file)->truncate(size); });
  }
  static int sync(sqlite3_file* file, int flags) {
    return without_throwing([&] { return self(file)->sync(flags); });
  }
  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return without_throwing([&] { return self(file)->file_size(size); });
  }
  static int lock(sqlite3_file* file, int level) {
    return without_throwing([&] { return self(file)->lock(level); });
  }
  static int unlock(sqlite3_file* file, int level) { return self(file)->unlock(level); }
  static int check_reserved_lock(sqlite3_file* file, int* held) {
    return self(file)->check_reserved_lock(held);
  }
  static int file_control(sqlite3_file* file, int operation, void* argument) {
    return self(file)->file_control(operation, argument);
  }
  static int sector_size(sqlite3_file* file) { return self(file)->sector_size(); }
  static int device_characteristics(sqlite3_file* file) { return self(file)->device_characteristics(); }
  static int shm_map(sqlite3_file* file, int region, int region_size, int extend, void volatile** mapped) {
    return self(file)->shm_map(region, region_size, extend, mapped);
  }
  static int shm_lock(sqlite3_file* file, int first, int count, int flags) {
    return self(file)->shm_lock(first, count, flags);
  }
  static void shm_barrier(sqlite3_file* file) { self(file)->shm_barrier(); }
  static int shm_unmap(sqlite3_file* file, int delete_it) { return self(file)->shm_unmap(delete_it); }

  static constexpr sqlite3_io_methods kTable{
      .iVersion = 2,
      .xClose = close,
      .xRead = read,
      .xWrite = write,
      .xTruncate = truncate,
      .xSync = sync,
      .xFileSize = file_size,
      .xLock = lock,
      .xUnlock = unlock,
      .xCheckReservedLock = check_reserved_lock,
      .xFileControl = file_control,
      .xSectorSize = sector_size,
      .xDeviceCharacteristics = device_characteristics,
      .xShmMap = shm_map,
      .xShmLock = shm_lock,
      .xShmBarrier = shm_barrier,
      .xShmUnmap = shm_unmap,
      .xFetch = nullptr,
      .xUnfetch = nullptr,
  };
};

/// Makes a `File` in the memory SQLite gave for it, and makes it known to SQLite.
template <typename File, typename... Arguments>
void emplace_file(sqlite3_file* memory, Arguments&&... arguments) {
  File* const file = new (memory) File(std::forward<Arguments>(arguments)...);
  file->pMethods = &IoMethods<File>::kTable;
}

}  // namespace thuisbasis
