// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <string>

#include "core/base/sqlite.h"
#include "core/store/database_guard.h"
#include "core/store/encrypted_vfs.h"
#include "core/store/file_replacer.h"

namespace thuisbasis {

/// The VFS below in production; see EncryptedVfs::make.
inline constexpr const char* kVaultBaseVfs = "unix-excl";

/// An encrypted database, open and set up the one way a vault is: WAL, synchronous=FULL, one connection that
/// writes and checkpoints, pages of 4096 bytes, temporary data in memory, secure_delete, no memory map, no
/// auto-vacuum, no ATTACH. While it is open no other process can open it. One thread at a time; never across
/// fork().
class EncryptedDatabase final {
 public:
  /// Where a database is and what it needs. `random` outlives the database; the key is copied into cipher
  /// contexts.
  struct Location {
    std::string path;
    Random& random;
    const char* base_vfs = kVaultBaseVfs;
  };

  /// A new, empty database. kAlreadyExists when the file has content, kInvalidArgument for a path SQLite
  /// would read as a URI. A crash on the way leaves a file that open() refuses; clear_unfinished
  /// (first_commit.h) makes room again.
  static Result<EncryptedDatabase> create(const Location& location, const Secret& database_key);
  /// kNotFound without a file, kLocked while another process has it open, kDecryptFailed for another key,
  /// kDamaged (naming the page) for a file that carries this key's check but does not authenticate. A torn or
  /// truncated WAL is no error: the database is then as of its last whole commit.
  static Result<EncryptedDatabase> open(const Location& location, const Secret& database_key);

  EncryptedDatabase(EncryptedDatabase&&) noexcept = default;
  EncryptedDatabase& operator=(EncryptedDatabase&&) =
      delete;  // would take the VFS from under an open connection

  sqlite::Connection& connection() { return connection_; }
  const VfsReport& report() const { return vfs_->report(); }
  /// After a crash: moves what the WAL holds into the file and begins it anew, so that nothing of the crash
  /// stands behind what is written next. Where that cannot be done now, the WAL goes on as it is.
  void begin_log_anew();
  /// Closes the database and leaves its WAL where it is, as it is.
  static void leave_as_it_is(EncryptedDatabase database);
  /// The connection's authorizer. Whoever installs another one asks this one first, and puts it back.
  DatabaseGuard& guard() { return *guard_; }

  /// For a moment in which nobody waits: moves what commits left in the WAL into the file, if that is worth
  /// it, so that no later commit has to stop for it. Nothing becomes more or less durable. Does nothing
  /// within a transaction.
  Status rest();

  /// Reads and authenticates every page and runs SQLite's own check. kDamaged naming the page, or with
  /// SQLite's words.
  Status check_integrity();
  /// An error of a statement with what the cipher knows about it: the number of the page that did not
  /// authenticate.
  Error explain(Error error) const;

  /// Writes this database, compacted, to a new file at `location.path` under `new_key`, checks it, and moves
  /// it over the file at `path`. Closes the database: the caller opens it again with the new key. After an
  /// error or a crash the old file under the old key is untouched (and what stands at `location.path` may
  /// go), or the move is complete; so keep both wrapped keys until open() with the new one has succeeded.
  static Status rewrite_under_new_key(EncryptedDatabase database, const Location& location,
                                      const Secret& new_key, FileReplacer& replacer, const std::string& path);

 private:
  EncryptedDatabase(std::unique_ptr<EncryptedVfs> vfs, sqlite::Connection connection);
  static Result<EncryptedDatabase> connect(const Location& location, const Secret& database_key,
                                           EncryptedVfs::Purpose purpose);
  Status configure(EncryptedVfs::Purpose purpose);
  Status copy_to(const std::string& path, const EncryptedVfs& vfs);

  // In this order: the connection closes first, then the guard it calls goes, then the VFS below it.
  std::unique_ptr<EncryptedVfs> vfs_;
  std::unique_ptr<DatabaseGuard> guard_;
  sqlite::Connection connection_;
};

}  // namespace thuisbasis
