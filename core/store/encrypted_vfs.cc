// SPDX-License-Identifier: EUPL-1.2
#include "core/store/encrypted_vfs.h"

#include <sqlite3.h>

#include <array>
#include <charconv>
#include <cstring>

#include "core/base/assert.h"
#include "core/store/encrypted_vfs_main.h"
#include "core/store/encrypted_vfs_ram.h"
#include "core/store/encrypted_vfs_wal.h"

namespace thuisbasis {
namespace {

constexpr int kTemporaryFiles =
    SQLITE_OPEN_TEMP_DB | SQLITE_OPEN_TRANSIENT_DB | SQLITE_OPEN_TEMP_JOURNAL | SQLITE_OPEN_SUBJOURNAL;

constexpr std::size_t aligned(std::size_t size) {
  return (size + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);
}
constexpr std::size_t kOurFileSize =
    aligned(std::max({sizeof(VaultMainFile), sizeof(VaultWalFile), sizeof(RamFile)}));

bool is_journal(const char* path) {
  static constexpr std::string_view kSuffix = "-journal";
  const std::string_view text(path);
  return text.size() >= kSuffix.size() && text.substr(text.size() - kSuffix.size()) == kSuffix;
}

/// One name per object and process: its address.
std::string name_at(const void* address) {
  std::array<char, 2 * sizeof(std::uintptr_t)> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 reinterpret_cast<std::uintptr_t>(address), 16);
  return "thuisbasis-" + std::string(digits.data(), end.ptr);
}

}  // namespace

/// The functions SQLite calls; they find the object through pAppData.
struct EncryptedVfs::Calls {
  static EncryptedVfs& self(sqlite3_vfs* vfs) { return *static_cast<EncryptedVfs*>(vfs->pAppData); }
  static sqlite3_vfs* base(sqlite3_vfs* vfs) { return self(vfs).base_; }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    VaultFiles& files = self(vfs).files_;
    const bool journal = (flags & SQLITE_OPEN_MAIN_JOURNAL) != 0;
    if (path == nullptr || (flags & kTemporaryFiles) != 0 || (journal && files.creating)) {
      ++files.report.ram_files;
      emplace_file<RamFile>(file);
      if (out_flags != nullptr) *out_flags = flags;
      return SQLITE_OK;
    }
    if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) return SQLITE_CANTOPEN;
    auto* const below = reinterpret_cast<sqlite3_file*>(reinterpret_cast<Byte*>(file) + kOurFileSize);
    const int result_code = base(vfs)->xOpen(base(vfs), path, below, flags, out_flags);
    if (result_code != SQLITE_OK) {
      if (below->pMethods != nullptr) below->pMethods->xClose(below);
      return result_code;
    }
    if ((flags & SQLITE_OPEN_WAL) != 0)
      emplace_file<VaultWalFile>(file, below, files);
    else
      emplace_file<VaultMainFile>(file, below, base(vfs), path, files);
    return SQLITE_OK;
  }

  /// Always durable, which SQLite does not ask for when it removes a WAL at closing: after a power loss the
  /// old WAL would stand beside a database that was written anew under another key, and would open with the
  /// old one.
  static int remove(sqlite3_vfs* vfs, const char* path, int) {
    if (is_journal(path)) return SQLITE_OK;
    return base(vfs)->xDelete(base(vfs), path, 1);
  }
  static int access(sqlite3_vfs* vfs, const char* path, int flags, int* answer) {
    *answer = 0;
    if (is_journal(path)) return SQLITE_OK;
    return base(vfs)->xAccess(base(vfs), path, flags, answer);
  }
  static int full_pathname(sqlite3_vfs* vfs, const char* path, int size, char* full) {
    return base(vfs)->xFullPathname(base(vfs), path, size, full);
  }

  static void* no_library(sqlite3_vfs*, const char*) { return nullptr; }
  static void no_library_error(sqlite3_vfs*, int size, char* message) {
    if (size > 0) sqlite3_snprintf(size, message, "a vault loads no extensions");
  }
  static void (*no_symbol(sqlite3_vfs*, void*, const char*))(void) { return nullptr; }
  static void no_close(sqlite3_vfs*, void*) {}

  static int randomness(sqlite3_vfs* vfs, int size, char* out) {
    return base(vfs)->xRandomness(base(vfs), size, out);
  }
  static int sleep(sqlite3_vfs* vfs, int microseconds) { return base(vfs)->xSleep(base(vfs), microseconds); }
  static int current_time(sqlite3_vfs* vfs, double* days) { return base(vfs)->xCurrentTime(base(vfs), days); }
  static int last_error(sqlite3_vfs* vfs, int size, char* message) {
    return base(vfs)->xGetLastError == nullptr ? 0 : base(vfs)->xGetLastError(base(vfs), size, message);
  }
};

EncryptedVfs::EncryptedVfs(const Secret& database_key, Random& random, sqlite3_vfs* base, Purpose purpose)
    : base_(base),
      files_(database_key, random, purpose == Purpose::kCreate),
      name_(name_at(this)),
      vfs_(std::make_unique<sqlite3_vfs>()) {
  vfs_->iVersion = 1;
  vfs_->szOsFile = static_cast<int>(kOurFileSize) + base->szOsFile;
  vfs_->mxPathname = base->mxPathname;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = Calls::open;
  vfs_->xDelete = Calls::remove;
  vfs_->xAccess = Calls::access;
  vfs_->xFullPathname = Calls::full_pathname;
  vfs_->xDlOpen = Calls::no_library;
  vfs_->xDlError = Calls::no_library_error;
  vfs_->xDlSym = Calls::no_symbol;
  vfs_->xDlClose = Calls::no_close;
  vfs_->xRandomness = Calls::randomness;
  vfs_->xSleep = Calls::sleep;
  vfs_->xCurrentTime = Calls::current_time;
  vfs_->xGetLastError = Calls::last_error;
  TB_ASSERT(sqlite3_vfs_register(vfs_.get(), 0) == SQLITE_OK);
}

EncryptedVfs::~EncryptedVfs() { sqlite3_vfs_unregister(vfs_.get()); }

Result<std::unique_ptr<EncryptedVfs>> EncryptedVfs::make(const Secret& database_key, Random& random,
                                                         const char* base_vfs, Purpose purpose) {
  sqlite3_vfs* const base = sqlite3_vfs_find(base_vfs);
  if (base_vfs == nullptr || base == nullptr) return Error(Code::kInvalidArgument, "no such SQLite VFS");
  if (database_key.size() != kDatabaseKeySize)
    return Error(Code::kInvalidArgument, "database key is not 32 bytes");
  return std::unique_ptr<EncryptedVfs>(new EncryptedVfs(database_key, random, base, purpose));
}

}  // namespace thuisbasis
