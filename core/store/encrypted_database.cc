// SPDX-License-Identifier: EUPL-1.2
#include "core/store/encrypted_database.h"

#include <sqlite3.h>

#include "core/base/assert.h"
#include "core/base/planted_bug.h"
#include "core/store/first_commit.h"

namespace thuisbasis {
namespace {

constexpr const char* kPageCache = "PRAGMA cache_size=-8000";  // 8 MB: to read a page again is to decrypt it
constexpr const char* kWalAutocheckpoint = "PRAGMA wal_autocheckpoint=1000";  // 4 MB, when nobody rests
constexpr std::uint32_t kWalFramesWorthMoving = 250;                          // 1 MB

/// "file:" at the start makes SQLite read a path as a URI, which could name another VFS.
Status check_path(const std::string& path) {
  const bool plain = !path.empty() && path[0] != ':' && path.rfind("file:", 0) != 0;
  if (!plain || path.find('\0') != std::string::npos)
    return Error(Code::kInvalidArgument, "not a path: " + path);
  return {};
}

Result<bool> exists(const char* base_vfs, const std::string& path) {
  sqlite3_vfs* const vfs = sqlite3_vfs_find(base_vfs);
  if (vfs == nullptr) return Error(Code::kInvalidArgument, "no such SQLite VFS");
  int answer = 0;
  const int result_code = vfs->xAccess(vfs, path.c_str(), SQLITE_ACCESS_EXISTS, &answer);
  if (result_code != SQLITE_OK) return sqlite::error_of(nullptr, result_code, path);
  return answer != 0;
}

/// For files that failed on the way; that one of them stays is no worse than a crash.
void remove_leftover(const char* base_vfs, const std::string& path) {
  if (sqlite3_vfs* const vfs = sqlite3_vfs_find(base_vfs); vfs != nullptr)
    (void)vfs->xDelete(vfs, path.c_str(), 0);
}

std::string file_uri(const std::string& path, const char* vfs_name) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#')
      uri += '%' + to_hex(as_bytes(std::string_view(&c, 1)));
    else
      uri += c;
  }
  return uri + "?vfs=" + vfs_name;
}

Status expect_setting(sqlite::Connection& connection, const char* pragma, std::int64_t wanted) {
  TB_TRY(sqlite::Statement statement, connection.prepare(pragma));
  TB_TRY(const bool row, statement.step());
  if (!row || statement.integer(0) != wanted)
    return Error(Code::kInternal, std::string("not as it must be: ") + pragma);
  return {};
}

Status expect_wal(sqlite::Connection& connection) {
  TB_TRY(sqlite::Statement statement, connection.prepare("PRAGMA journal_mode=WAL"));
  TB_TRY(const bool row, statement.step());
  if (!row || statement.text(0) != "wal") return Error(Code::kInternal, "the database is not in WAL mode");
  return {};
}

}  // namespace

EncryptedDatabase::EncryptedDatabase(std::unique_ptr<EncryptedVfs> vfs, sqlite::Connection connection)
    : vfs_(std::move(vfs)), connection_(std::move(connection)) {}

Result<EncryptedDatabase> EncryptedDatabase::connect(const Location& location, const Secret& database_key,
                                                     EncryptedVfs::Purpose purpose) {
  TB_TRY(std::unique_ptr<EncryptedVfs> vfs,
         EncryptedVfs::make(database_key, location.random, location.base_vfs, purpose));
  const sqlite::Connection::Options options{
      .create = purpose == EncryptedVfs::Purpose::kCreate, .read_only = false, .vfs = vfs->name()};
  TB_TRY(sqlite::Connection connection, sqlite::Connection::open(location.path, options));
  EncryptedDatabase database(std::move(vfs), std::move(connection));
  if (auto configured = database.configure(purpose); !configured) {
    Error error = database.explain(std::move(configured.error()));
    // Closing it otherwise would move into the file what was read of the WAL, and remove the rest.
    if (purpose == EncryptedVfs::Purpose::kOpen) leave_as_it_is(std::move(database));
    return error;
  }
  return database;
}

Result<EncryptedDatabase> EncryptedDatabase::create(const Location& location, const Secret& database_key) {
  TB_CHECK(check_path(location.path));
  TB_TRY(const bool taken, exists(location.base_vfs, location.path));
  if (taken) return Error(Code::kAlreadyExists, location.path);
  auto created = connect(location, database_key, EncryptedVfs::Purpose::kCreate);
  if (created || created.error().code() == Code::kLocked) return created;
  // Another process may have made its own in the meantime: only what holds nothing goes.
  const auto began = has_first_commit(location.base_vfs, location.path);
  if (began && !*began) remove_leftover(location.base_vfs, location.path);
  return created;
}

Result<EncryptedDatabase> EncryptedDatabase::open(const Location& location, const Secret& database_key) {
  TB_CHECK(check_path(location.path));
  TB_TRY(const bool there, exists(location.base_vfs, location.path));
  if (!there) return Error(Code::kNotFound, location.path);
  return connect(location, database_key, EncryptedVfs::Purpose::kOpen);
}

void EncryptedDatabase::leave_as_it_is(EncryptedDatabase database) {
  (void)sqlite3_db_config(database.connection_.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void EncryptedDatabase::begin_log_anew() {
  if (report().frames_after_crash == 0) return;
  (void)sqlite3_wal_checkpoint_v2(connection_.handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

/// The settings, then a look whether SQLite took them: a build without SECURE_DELETE, say, would leave pages
/// in the file that nobody sealed.
Status EncryptedDatabase::configure(EncryptedVfs::Purpose purpose) {
  sqlite3* const db = connection_.handle();
  if (sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr) != SQLITE_OK ||
      sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr) != SQLITE_OK)
    return Error(Code::kInternal, "SQLite has no defensive mode");
  TB_CHECK(connection_.execute("PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA cell_size_check=ON"));
  TB_CHECK(connection_.execute(kPageCache));
  if (purpose == EncryptedVfs::Purpose::kCreate) {
    int reserved = kPageReservedSize;
    TB_CHECK(connection_.execute("PRAGMA page_size=4096; PRAGMA auto_vacuum=NONE"));
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved) != SQLITE_OK)
      return Error(Code::kInternal, "SQLite cannot reserve bytes in its pages");
  }
  TB_CHECK(expect_wal(connection_));
  vfs_->finish_creation();
  TB_CHECK(connection_.execute("PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON"));
  TB_CHECK(connection_.execute(kWalAutocheckpoint));
  TB_CHECK(expect_setting(connection_, "PRAGMA page_size", kPageSize));
  TB_CHECK(expect_setting(connection_, "PRAGMA synchronous", 2));
  TB_CHECK(expect_setting(connection_, "PRAGMA secure_delete", 1));
  TB_CHECK(expect_setting(connection_, "PRAGMA temp_store", 2));
  if (is_planted(PlantedBug::kVaultDoesNotSync)) TB_CHECK(connection_.execute("PRAGMA synchronous=OFF"));
  TB_CHECK(expect_setting(connection_, "PRAGMA auto_vacuum", 0));
  guard_ = std::make_unique<DatabaseGuard>(db);
  guard_->install();
  return {};
}

Error EncryptedDatabase::explain(Error error) const {
  const VfsReport& seen = report();
  if (seen.wrong_key) return Error(Code::kDecryptFailed, "the key does not fit this database");
  if (error.code() != Code::kDamaged || seen.damaged_page == 0) return error;
  return std::move(error).within("page " + std::to_string(seen.damaged_page) + " does not authenticate");
}

Status EncryptedDatabase::rest() {
  if (vfs_->wal_frames() < kWalFramesWorthMoving || connection_.in_transaction()) return {};
  sqlite3* const db = connection_.handle();
  const int result_code = sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (result_code == SQLITE_OK || result_code == SQLITE_BUSY) return {};
  return explain(sqlite::error_of(db, result_code, "checkpoint"));
}

Status EncryptedDatabase::check_integrity() {
  const std::uint64_t damaged_before = report().damaged_reads;
  sqlite3_db_release_memory(connection_.handle());  // so that pages are read from the file
  std::string finding = "no answer";
  Status read = [&]() -> Status {
    TB_TRY(sqlite::Statement statement, connection_.prepare("PRAGMA integrity_check(1)"));
    TB_TRY(const bool row, statement.step());
    if (row) finding = statement.text(0);
    return {};
  }();
  if (report().damaged_reads != damaged_before) return explain(Error(Code::kDamaged, "integrity check"));
  TB_CHECK(std::move(read));
  if (finding != "ok") return Error(Code::kDamaged, finding);
  return {};
}

/// VACUUM INTO, the one place that may: the copy goes through a VFS of its own, so it is sealed under another
/// key.
Status EncryptedDatabase::copy_to(const std::string& path, const EncryptedVfs& vfs) {
  const std::string uri = file_uri(path, vfs.name());
  guard_->install();
  guard_->allow_export_to(uri);
  const Status copied = [&]() -> Status {
    TB_TRY(sqlite::Statement statement, connection_.prepare("VACUUM INTO ?1"));
    return statement.bind(1, uri).run();
  }();
  guard_->allow_export_to({});
  if (!copied) return explain(copied.error());
  return {};
}

Status EncryptedDatabase::rewrite_under_new_key(EncryptedDatabase database, const Location& location,
                                                const Secret& new_key, FileReplacer& replacer,
                                                const std::string& path) {
  TB_CHECK(check_path(location.path));
  remove_leftover(location.base_vfs, location.path);
  const Status written = [&]() -> Status {
    EncryptedDatabase old = std::move(database);  // closes before the move: its WAL must not outlive it
    TB_TRY(const std::unique_ptr<EncryptedVfs> vfs,
           EncryptedVfs::make(new_key, location.random, location.base_vfs, EncryptedVfs::Purpose::kCreate));
    TB_CHECK(old.copy_to(location.path, *vfs));
    TB_TRY(EncryptedDatabase copy, connect(location, new_key, EncryptedVfs::Purpose::kCreate));
    return copy.check_integrity();
  }();
  if (!written) {
    remove_leftover(location.base_vfs, location.path);
    return written;
  }
  return replacer.replace(location.path, path);
}

}  // namespace thuisbasis
