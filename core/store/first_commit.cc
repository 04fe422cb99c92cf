// SPDX-License-Identifier: EUPL-1.2
#include "core/store/first_commit.h"

#include <sqlite3.h>

#include <memory>

#include "core/base/sqlite.h"
#include "core/store/page_cipher.h"

namespace thuisbasis {
namespace {

/// The bare file below the encryption, through SQLite's VFS.
class BareFile final {
 public:
  static Result<std::unique_ptr<BareFile>> open(sqlite3_vfs& vfs, const std::string& path) {
    std::unique_ptr<BareFile> file(new BareFile(vfs, path));
    const int code =
        vfs.xOpen(&vfs, file->name_, file->handle(), SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READWRITE, nullptr);
    if (code != SQLITE_OK) return sqlite::error_of(nullptr, code, path);
    return file;
  }
  ~BareFile() {
    if (handle()->pMethods != nullptr) handle()->pMethods->xClose(handle());
    sqlite3_free_filename(name_);
  }
  BareFile(const BareFile&) = delete;
  BareFile& operator=(const BareFile&) = delete;

  Result<sqlite3_int64> size() {
    sqlite3_int64 bytes = 0;
    TB_CHECK(checked(handle()->pMethods->xFileSize(handle(), &bytes)));
    return bytes;
  }
  Status lock() {
    for (const int level : {SQLITE_LOCK_SHARED, SQLITE_LOCK_RESERVED, SQLITE_LOCK_EXCLUSIVE})
      TB_CHECK(checked(handle()->pMethods->xLock(handle(), level)));
    return {};
  }
  Status clear() {
    TB_CHECK(checked(handle()->pMethods->xTruncate(handle(), 0)));
    return checked(handle()->pMethods->xSync(handle(), SQLITE_SYNC_FULL));
  }
  void unlock() { (void)handle()->pMethods->xUnlock(handle(), SQLITE_LOCK_NONE); }

 private:
  BareFile(sqlite3_vfs& vfs, const std::string& path)
      : path_(path),
        memory_(
            new std::max_align_t[static_cast<std::size_t>(vfs.szOsFile) / sizeof(std::max_align_t) + 1]()),
        name_(sqlite3_create_filename(path.c_str(), (path + "-journal").c_str(), (path + "-wal").c_str(), 0,
                                      nullptr)) {}
  sqlite3_file* handle() { return reinterpret_cast<sqlite3_file*>(memory_.get()); }
  Status checked(int code) const {
    if (code != SQLITE_OK) return sqlite::error_of(nullptr, code, path_);
    return {};
  }

  std::string path_;
  std::unique_ptr<std::max_align_t[]> memory_;
  sqlite3_filename name_;
};

Result<bool> exists(sqlite3_vfs& vfs, const std::string& path) {
  int answer = 0;
  const int code = vfs.xAccess(&vfs, path.c_str(), SQLITE_ACCESS_EXISTS, &answer);
  if (code != SQLITE_OK) return sqlite::error_of(nullptr, code, path);
  return answer != 0;
}

Result<bool> has_first_commit(sqlite3_vfs& vfs, BareFile& file, const std::string& path) {
  TB_TRY(const bool wal, exists(vfs, path + "-wal"));
  if (wal) return true;
  TB_TRY(const sqlite3_int64 bytes, file.size());
  return bytes > static_cast<sqlite3_int64>(kPageSize);
}

Result<sqlite3_vfs*> found(const char* name) {
  sqlite3_vfs* const vfs = sqlite3_vfs_find(name);
  if (vfs == nullptr) return Error(Code::kInvalidArgument, "no such SQLite VFS");
  return vfs;
}

}  // namespace

Result<bool> has_first_commit(const char* base_vfs, const std::string& path) {
  TB_TRY(sqlite3_vfs * vfs, found(base_vfs));
  TB_TRY(const bool there, exists(*vfs, path));
  if (!there) return false;
  TB_TRY(const std::unique_ptr<BareFile> file, BareFile::open(*vfs, path));
  return has_first_commit(*vfs, *file, path);
}

Status clear_unfinished(const char* base_vfs, const std::string& path) {
  TB_TRY(sqlite3_vfs * vfs, found(base_vfs));
  TB_TRY(const bool there, exists(*vfs, path));
  if (!there) return {};
  TB_TRY(const std::unique_ptr<BareFile> file, BareFile::open(*vfs, path));
  TB_TRY(const bool began, has_first_commit(*vfs, *file, path));
  if (began) return Error(Code::kAlreadyExists, path);
  TB_CHECK(file->lock());
  const Status cleared = [&]() -> Status {
    // It may have got its first commit while nobody held the lock.
    TB_TRY(const bool finished, has_first_commit(*vfs, *file, path));
    if (finished) return Error(Code::kAlreadyExists, path);
    return file->clear();
  }();
  file->unlock();
  return cleared;
}

}  // namespace thuisbasis
