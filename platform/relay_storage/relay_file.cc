// SPDX-License-Identifier: EUPL-1.2
#include "platform/relay_storage/relay_file.h"

#include <sqlite3.h>

#include "platform/files/files.h"
#include "platform/relay_storage/file_lock.h"
#include "platform/relay_storage/relay_layout.h"
#include "platform/relay_storage/sqlite_relay_storage.h"

namespace thuisbasis {
namespace {

/// Copies every page as of one moment. In WAL mode one step reads under one read transaction, so a daemon
/// that writes meanwhile neither waits nor makes it start again.
Status copy_pages(sqlite::Connection& from, sqlite::Connection& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) return sqlite::error_of(to.handle(), sqlite3_errcode(to.handle()), "begin copy");
  const int step = sqlite3_backup_step(backup, -1);
  const int finish = sqlite3_backup_finish(backup);
  if (step != SQLITE_DONE) return sqlite::error_of(to.handle(), step, "copy");
  if (finish != SQLITE_OK) return sqlite::error_of(to.handle(), finish, "end copy");
  return {};
}

Status copy_relay_file(const std::string& from, const std::string& to) {
  TB_TRY(sqlite::Connection source, sqlite::Connection::open(from, {.read_only = true}));
  // This connection must never move the WAL: the daemon's is the only one that may.
  sqlite3_db_config(source.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  TB_CHECK(source.execute("PRAGMA wal_autocheckpoint=0; PRAGMA mmap_size=0;"));
  TB_CHECK(check_relay_format(source));
  TB_CHECK(write_new_file(to, {}));
  {
    TB_TRY(sqlite::Connection target, sqlite::Connection::open(to, {}));
    TB_CHECK(copy_pages(source, target));
  }
  return sync_written_file(to);
}

/// Cleans up after a copy that did not end well.
class PartFile final {
 public:
  explicit PartFile(std::string path) : path_(std::move(path)) {}
  ~PartFile() {
    for (const char* suffix : {"", "-wal", "-shm", "-journal", ".lock"}) (void)remove_file(path_ + suffix);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Status check_integrity(const std::string& path) {
  TB_TRY(sqlite::Connection db, sqlite::Connection::open(path, {}));
  TB_CHECK(check_relay_format(db));
  TB_TRY(sqlite::Statement check, db.prepare("PRAGMA integrity_check(1)"));
  TB_TRY(const bool row, check.step());
  if (!row || check.text(0) != "ok") return Error(Code::kDamaged, path + " fails the integrity check");
  return {};
}

Status renew_epoch_in(const std::string& path, const RelayEpoch& epoch) {
  TB_TRY(auto storage, SqliteRelayStorage::open(path));
  TB_TRY(auto write, storage->begin());
  TB_CHECK(write->renew_epoch(epoch));
  return write->commit();
}

}  // namespace

Status backup_relay_file(const std::string& from, const std::string& to) {
  if (!file_exists(from)) return Error(Code::kNotFound, from);
  if (file_exists(to)) return Error(Code::kAlreadyExists, to);
  const PartFile part(to + ".part");
  TB_CHECK(remove_file(part.path()));
  TB_CHECK(copy_relay_file(from, part.path()));
  TB_CHECK(check_integrity(part.path()));
  if (file_exists(to)) return Error(Code::kAlreadyExists, to);
  return rename_durably(part.path(), to);
}

Status restore_relay_file(const std::string& backup, const std::string& path, const RelayEpoch& epoch) {
  if (!file_exists(backup)) return Error(Code::kNotFound, backup);
  TB_TRY(const auto lock, FileLock::take(path + ".lock"));
  const PartFile part(path + ".restoring");
  TB_CHECK(remove_file(part.path()));
  TB_CHECK(copy_relay_file(backup, part.path()));
  TB_CHECK(check_integrity(part.path()));
  TB_CHECK(renew_epoch_in(part.path(), epoch));
  if (file_exists(path)) {
    // The WAL holds commits of the old file and would be replayed over the new one: it moves aside with its
    // file.
    const std::string kept = path + ".before-restore";
    for (const char* suffix : {"-wal", "-shm"}) TB_CHECK(remove_file(kept + suffix));
    if (file_exists(path + "-wal")) TB_CHECK(rename_durably(path + "-wal", kept + "-wal"));
    TB_CHECK(rename_durably(path, kept));
  }
  for (const char* suffix : {"-wal", "-shm"}) TB_CHECK(remove_file(path + suffix));
  return rename_durably(part.path(), path);
}

}  // namespace thuisbasis
