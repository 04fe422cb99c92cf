// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <string>

#include "core/store/encrypted_vfs_state.h"

struct sqlite3_vfs;

namespace thuisbasis {

/// A SQLite VFS for one encrypted database (CRYPTO 3.3), over another VFS. The key is given here and nowhere
/// in SQL or a URI; the object is registered with SQLite under a name of its own for as long as it lives, so
/// whoever opens a file through it can only open this database. It must outlive the connection. One thread at
/// a time.
///
/// What goes where: the database file and its -wal are sealed page by page; everything temporary stays in
/// RAM; there is no rollback journal on disk, and one that lies beside the database is never looked at,
/// because playing it back would write pages nobody authenticated; super-journals and extensions are refused.
///
/// What it cannot see (CRYPTO 3.4): a whole file, or one page of the database file, put back to an older
/// state (17; the relay's heads show the former), file sizes and the pattern of writes (22), plaintext in
/// SQLite's page cache (21; close the connection to lock), and SQLite's backup API, which copies out of the
/// cache (14; a test keeps it out of this room and those above). Keep it out of shared containers on iOS,
/// which kills apps for locks on files it does not recognise (19).
class EncryptedVfs final {
 public:
  enum class Purpose { kOpen, kCreate };

  /// `random` gives nonces and the file salt, and must outlive the VFS. `base_vfs` is the name of the VFS
  /// below, for production "unix-excl": it locks out other processes and keeps the WAL's index in memory
  /// instead of in a -shm file. kInvalidArgument when there is no VFS of that name.
  static Result<std::unique_ptr<EncryptedVfs>> make(const Secret& database_key, Random& random,
                                                    const char* base_vfs, Purpose purpose);
  ~EncryptedVfs();
  EncryptedVfs(const EncryptedVfs&) = delete;
  EncryptedVfs& operator=(const EncryptedVfs&) = delete;

  const char* name() const { return name_.c_str(); }
  const VfsReport& report() const { return files_.report; }
  /// How far the WAL is written, in frames; 0 while nothing was written since it was opened.
  std::uint32_t wal_frames() const { return files_.wal_frames; }
  /// The database is made and in WAL mode: from now on it is as strict as with Purpose::kOpen.
  void finish_creation() { files_.creating = false; }

 private:
  struct Calls;
  EncryptedVfs(const Secret& database_key, Random& random, sqlite3_vfs* base, Purpose purpose);

  sqlite3_vfs* base_;
  VaultFiles files_;
  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace thuisbasis
