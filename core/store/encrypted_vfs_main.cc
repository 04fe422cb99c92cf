// SPDX-License-Identifier: EUPL-1.2
#include "core/store/encrypted_vfs_main.h"

#include <algorithm>

#include "core/store/encrypted_vfs_wal.h"

namespace thuisbasis {
namespace {

/// SQLite reads these 100 bytes before it takes a lock and before it looks at the WAL, so page 1 may be torn
/// then.
constexpr std::size_t kDatabaseHeaderSize = 100;
/// The change counter and what follows, which SQLite compares when it takes a lock again.
constexpr std::size_t kVersionOffset = 24;
constexpr std::size_t kVersionSize = 16;

/// What every vault has in bytes 16-23: page size, WAL mode twice, reserve, payload fractions.
constexpr std::array<Byte, 8> kSettings{kPageSize >> 8, 0, 2, 2, kPageReservedSize, 64, 32, 32};

PagePlace place_of(std::uint32_t page) {
  return {.file = PagePlace::File::kMain,
          .page = page,
          .offset = std::uint64_t{page - 1} * kPageSize,
          .frame = {}};
}

}  // namespace

int VaultMainFile::read(MutableByteView out, sqlite3_int64 offset) {
  const auto page = static_cast<std::uint32_t>(offset / sqlite3_int64{kPageSize} + 1);
  const auto skip = static_cast<std::size_t>(offset % sqlite3_int64{kPageSize});
  if (offset == 0 && out.size() == kDatabaseHeaderSize) return read_header(out);
  if (skip == 0 && out.size() == kPageSize) return read_page(out, page);
  // A build with DIRECT_OVERFLOW_READ takes an overflow page without its reserved tail.
  if (skip == 0 && out.size() == kPageUsableSize) return read_part(out, page, 0);
  if (page == 1 && skip == kVersionOffset && out.size() == kVersionSize) return read_part(out, page, skip);
  return files_.refused_read();
}

/// Strict: a page that SQLite asks for is there and authentic, or the read fails. That includes pages beyond
/// the end of the file, which SQLite would take for empty ones; only a database that is being made has such.
int VaultMainFile::read_page(MutableByteView plain, std::uint32_t page) {
  const int result_code = ForwardingFile::read(plain, sqlite3_int64{page - 1} * sqlite3_int64{kPageSize});
  if (result_code == SQLITE_IOERR_SHORT_READ) {
    std::fill(plain.begin(), plain.end(), Byte{0});
    return files_.creating ? SQLITE_IOERR_SHORT_READ : files_.damaged(page);
  }
  if (result_code != SQLITE_OK) return result_code;
  return files_.cipher.open_page(plain, plain, place_of(page)) ? SQLITE_OK : files_.damaged(page);
}

int VaultMainFile::read_part(MutableByteView out, std::uint32_t page, std::size_t skip) {
  const MutableByteView whole = MutableByteView(files_.scratch).first(kPageSize);
  const int result_code = read_page(whole, page);
  std::copy_n(whole.begin() + static_cast<std::ptrdiff_t>(skip), out.size(), out.begin());
  wipe(whole);
  return result_code;
}

/// Lenient, the only read that is: SQLite takes nothing from it but the settings, which are the same in every
/// vault.
int VaultMainFile::read_header(MutableByteView out) {
  std::fill(out.begin(), out.end(), Byte{0});
  sqlite3_int64 size = 0;
  if (const int result_code = file_size(&size); result_code != SQLITE_OK) return result_code;
  if (size == 0) return SQLITE_IOERR_SHORT_READ;
  if (files_.salt_known && read_part(out, 1, 0) == SQLITE_OK) return SQLITE_OK;
  std::copy(sqlite_magic().begin(), sqlite_magic().end(), out.begin());
  std::copy(kSettings.begin(), kSettings.end(), out.begin() + kFileSaltSize);
  return SQLITE_OK;
}

int VaultMainFile::write(ByteView bytes, sqlite3_int64 offset) {
  const auto page = static_cast<std::uint32_t>(offset / sqlite3_int64{kPageSize} + 1);
  if (offset % sqlite3_int64{kPageSize} != 0 || !files_.salt_known ||
      !is_writable_page(bytes, page, files_.creating))
    return files_.refused_write();
  const MutableByteView sealed = MutableByteView(files_.scratch).first(kPageSize);
  if (!files_.cipher.seal_page(sealed, bytes, place_of(page))) return SQLITE_IOERR_WRITE;
  return ForwardingFile::write(sealed, offset);
}

int VaultMainFile::lock(int level) {
  if (const int result_code = ForwardingFile::lock(level); result_code != SQLITE_OK) return result_code;
  if (files_.salt_known) return SQLITE_OK;
  const int result_code = identify();
  if (result_code != SQLITE_OK) (void)unlock(SQLITE_LOCK_NONE);
  return result_code;
}

/// Finds the file salt. Page 1 has it, unless a crash tore page 1 while it was being copied out of the WAL;
/// then the WAL has a whole page 1, and that one has the salt too.
int VaultMainFile::identify() {
  sqlite3_int64 size = 0;
  if (const int result_code = file_size(&size); result_code != SQLITE_OK) return result_code;
  if (size == 0) {
    if (!files_.creating) return files_.damaged(1);
    FileSalt salt;
    files_.random.fill(salt.mutable_view());
    files_.cipher.set_salt(salt);
    files_.salt_known = true;
    return SQLITE_OK;
  }
  const MutableByteView page = MutableByteView(files_.scratch).first(kPageSize);
  const int result_code = ForwardingFile::read(page, 0);
  if (result_code != SQLITE_OK && result_code != SQLITE_IOERR_SHORT_READ) return result_code;
  const bool key_fits = files_.cipher.key_check_fits(page);
  files_.cipher.put_key_check(page);
  const bool opens = first_page_opens();
  files_.salt_known = key_fits && opens;
  if (files_.salt_known) return SQLITE_OK;
  if (const int in_wal = salt_from_wal(); in_wal != SQLITE_NOTFOUND) return in_wal;
  files_.report.wrong_key = !key_fits && !opens;
  return files_.damaged(1);
}

/// Whether the page in the scratch opens with the salt it carries and is one that this engine would write.
bool VaultMainFile::first_page_opens() {
  const MutableByteView page = MutableByteView(files_.scratch).first(kPageSize);
  FileSalt salt;
  std::copy_n(page.begin(), kFileSaltSize, salt.mutable_view().begin());
  files_.cipher.set_salt(salt);
  return files_.cipher.open_page(page, page, place_of(1)) && is_writable_page(page, 1, files_.creating);
}

int VaultMainFile::salt_from_wal() {
  const char* const wal_name = sqlite3_filename_wal(name_);
  int exists = 0;
  if (wal_name == nullptr) return SQLITE_NOTFOUND;
  if (const int result_code = vfs_below_->xAccess(vfs_below_, wal_name, SQLITE_ACCESS_EXISTS, &exists);
      result_code != SQLITE_OK)
    return result_code;
  if (exists == 0) return SQLITE_NOTFOUND;
  return find_salt_in_wal(vfs_below_, wal_name, files_);
}

int VaultMainFile::file_control(int operation, void* argument) {
  switch (operation) {
    case SQLITE_FCNTL_MMAP_SIZE:
      *static_cast<sqlite3_int64*>(argument) = 0;
      return SQLITE_OK;
    case SQLITE_FCNTL_CHUNK_SIZE:  // would leave pages in the file that nobody has sealed
    case SQLITE_FCNTL_SIZE_HINT:
    case SQLITE_FCNTL_POWERSAFE_OVERWRITE:
    case SQLITE_FCNTL_BEGIN_ATOMIC_WRITE:
    case SQLITE_FCNTL_COMMIT_ATOMIC_WRITE:
    case SQLITE_FCNTL_ROLLBACK_ATOMIC_WRITE:
      return SQLITE_NOTFOUND;
    default:
      return ForwardingFile::file_control(operation, argument);
  }
}

}  // namespace thuisbasis
