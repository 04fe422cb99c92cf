// SPDX-License-Identifier: EUPL-1.2
#include "core/store/bare_file.h"

#include <new>

#include "core/base/sqlite.h"

namespace thuisbasis {

Result<sqlite3_vfs*> BareFile::vfs_named(const char* base_vfs) {
  sqlite3_vfs* const vfs = sqlite3_vfs_find(base_vfs);
  if (base_vfs == nullptr || vfs == nullptr) return Error(Code::kInvalidArgument, "no such SQLite VFS");
  return vfs;
}

Result<bool> BareFile::exists(sqlite3_vfs& vfs, const std::string& path) {
  int answer = 0;
  const int code = vfs.xAccess(&vfs, path.c_str(), SQLITE_ACCESS_EXISTS, &answer);
  if (code != SQLITE_OK) return sqlite::error_of(nullptr, code, path);
  return answer != 0;
}

Result<std::unique_ptr<BareFile>> BareFile::open(sqlite3_vfs& vfs, const std::string& path, Kind kind) {
  std::unique_ptr<BareFile> file(new BareFile(vfs, path));
  const int flags = kind == Kind::kDatabase ? SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READWRITE
                                            : SQLITE_OPEN_WAL | SQLITE_OPEN_READONLY;
  const int code = vfs.xOpen(&vfs, file->name_, file->handle(), flags, nullptr);
  if (code != SQLITE_OK) return sqlite::error_of(nullptr, code, path);
  return file;
}

namespace {
Status remove_file(sqlite3_vfs& vfs, const std::string& path) {
  TB_TRY(const bool there, BareFile::exists(vfs, path));
  if (!there) return {};
  const int code = vfs.xDelete(&vfs, path.c_str(), 1);
  if (code != SQLITE_OK) return sqlite::error_of(nullptr, code, path);
  return {};
}
}  // namespace

Status BareFile::remove(sqlite3_vfs& vfs, const std::string& path) {
  TB_CHECK(remove_wal(vfs, path));
  return remove_file(vfs, path);
}

Status BareFile::remove_wal(sqlite3_vfs& vfs, const std::string& path) {
  return remove_file(vfs, path + "-wal");
}

BareFile::BareFile(sqlite3_vfs& vfs, const std::string& path)
    : path_(path),
      memory_(new std::max_align_t[static_cast<std::size_t>(vfs.szOsFile) / sizeof(std::max_align_t) + 1]()),
      name_(sqlite3_create_filename(path.c_str(), (path + "-journal").c_str(), (path + "-wal").c_str(), 0,
                                    nullptr)) {
  // Without a name a VFS opens a temporary file, which is empty and another one.
  if (name_ == nullptr) throw std::bad_alloc();
}

BareFile::~BareFile() {
  if (handle()->pMethods != nullptr) handle()->pMethods->xClose(handle());
  sqlite3_free_filename(name_);
}

Status BareFile::checked(int code) const {
  if (code != SQLITE_OK) return sqlite::error_of(nullptr, code, path_);
  return {};
}

Result<std::uint64_t> BareFile::size() {
  sqlite3_int64 bytes = 0;
  TB_CHECK(checked(handle()->pMethods->xFileSize(handle(), &bytes)));
  return static_cast<std::uint64_t>(bytes);
}

bool BareFile::read(MutableByteView out, std::uint64_t offset) {
  return handle()->pMethods->xRead(handle(), out.data(), static_cast<int>(out.size()),
                                   static_cast<sqlite3_int64>(offset)) == SQLITE_OK;
}

Status BareFile::lock() {
  for (const int level : {SQLITE_LOCK_SHARED, SQLITE_LOCK_RESERVED, SQLITE_LOCK_EXCLUSIVE})
    TB_CHECK(checked(handle()->pMethods->xLock(handle(), level)));
  return {};
}

void BareFile::unlock() { (void)handle()->pMethods->xUnlock(handle(), SQLITE_LOCK_NONE); }

Status BareFile::clear() {
  TB_CHECK(checked(handle()->pMethods->xTruncate(handle(), 0)));
  return checked(handle()->pMethods->xSync(handle(), SQLITE_SYNC_FULL));
}

}  // namespace thuisbasis
