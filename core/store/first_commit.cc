// SPDX-License-Identifier: EUPL-1.2
#include "core/store/first_commit.h"

#include "core/store/bare_file.h"
#include "core/store/page_cipher.h"

namespace thuisbasis {
namespace {

Result<bool> has_first_commit(sqlite3_vfs& vfs, BareFile& file, const std::string& path) {
  TB_TRY(const bool wal, BareFile::exists(vfs, path + "-wal"));
  if (wal) return true;
  TB_TRY(const std::uint64_t bytes, file.size());
  return bytes > kPageSize;
}

}  // namespace

Result<bool> has_first_commit(const char* base_vfs, const std::string& path) {
  TB_TRY(sqlite3_vfs * vfs, BareFile::vfs_named(base_vfs));
  TB_TRY(const bool there, BareFile::exists(*vfs, path));
  if (!there) return false;
  TB_TRY(const std::unique_ptr<BareFile> file, BareFile::open(*vfs, path, BareFile::Kind::kDatabase));
  return has_first_commit(*vfs, *file, path);
}

Status clear_unfinished(const char* base_vfs, const std::string& path) {
  TB_TRY(sqlite3_vfs * vfs, BareFile::vfs_named(base_vfs));
  TB_TRY(const bool there, BareFile::exists(*vfs, path));
  if (!there) return {};
  TB_TRY(const std::unique_ptr<BareFile> file, BareFile::open(*vfs, path, BareFile::Kind::kDatabase));
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
