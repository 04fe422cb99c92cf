// SPDX-License-Identifier: EUPL-1.2
#include "platform/relay_storage/sqlite_relay_storage.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>

#include "core/base/planted_bug.h"
#include "platform/files/files.h"
#include "platform/relay_storage/file_lock.h"
#include "platform/relay_storage/id_column.h"
#include "platform/relay_storage/relay_layout.h"

namespace thuisbasis {
namespace {

constexpr int kWalPagesForced = 8'192;  // 64 MB: a commit then checkpoints by itself
constexpr int kBusyMs = 2'000;          // a backup may hold the file for a moment

Status configure(sqlite::Connection& db) {
  sqlite3_busy_timeout(db.handle(), kBusyMs);
  // EXTRA while a new file turns to WAL: the rollback journal of that step must not come back after a power
  // cut.
  TB_CHECK(db.execute(
      "PRAGMA page_size=8192; PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
      "PRAGMA wal_autocheckpoint=0;"
      "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384; PRAGMA secure_delete=ON;"
      "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"));
  if (is_planted(PlantedBug::kRelayDoesNotSync)) return db.execute("PRAGMA synchronous=OFF");
  return {};
}

std::uint64_t size_of(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : std::uint64_t{size};
}

/// The first column of the only row as bytes, if there is a row and it is not NULL.
Result<std::optional<Bytes>> optional_blob(sqlite::Statement& query) {
  TB_TRY(const bool found, query.step());
  if (!found || query.is_null(0)) {
    query.reset();
    return std::optional<Bytes>();
  }
  Bytes bytes = to_bytes(query.blob(0));
  query.reset();
  return std::optional<Bytes>(std::move(bytes));
}

}  // namespace

struct SqliteRelayStorage::CircleRow {
  std::int64_t row = 0;
  CircleSummary summary;
};

SqliteRelayStorage::SqliteRelayStorage(sqlite::Connection connection) : db_(std::move(connection)) {
  const auto note_pages = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db_.handle(), note_pages, &wal_pages_);
}

SqliteRelayStorage::~SqliteRelayStorage() = default;

Result<std::unique_ptr<SqliteRelayStorage>> SqliteRelayStorage::create(const std::string& path,
                                                                       const RelayEpoch& epoch) {
  TB_TRY(auto lock, FileLock::take(path + ".lock"));
  TB_CHECK(write_new_file(path, {}));
  TB_TRY(sqlite::Connection db, sqlite::Connection::open(path, {}));
  TB_TRY(auto storage, create_in(std::move(db), epoch));
  storage->path_ = path;
  storage->lock_ = std::move(lock);
  TB_CHECK(sync_folder_of(path));
  return storage;
}

Result<std::unique_ptr<SqliteRelayStorage>> SqliteRelayStorage::open(const std::string& path) {
  if (!file_exists(path)) return Error(Code::kNotFound, path);
  TB_TRY(auto lock, FileLock::take(path + ".lock"));
  TB_TRY(sqlite::Connection db, sqlite::Connection::open(path, {}));
  TB_TRY(auto storage, open_in(std::move(db)));
  storage->path_ = path;
  storage->lock_ = std::move(lock);
  return storage;
}

Result<std::unique_ptr<SqliteRelayStorage>> SqliteRelayStorage::create_in(sqlite::Connection connection,
                                                                          const RelayEpoch& epoch) {
  TB_CHECK(configure(connection));
  std::unique_ptr<SqliteRelayStorage> storage(new SqliteRelayStorage(std::move(connection)));
  sqlite::Connection& db = storage->db_;
  TB_TRY(auto transaction, sqlite::Transaction::begin(db));
  TB_CHECK(create_relay_tables(db));
  TB_TRY(sqlite::Statement * put, db.cached("INSERT INTO meta(key, value) VALUES('epoch', ?1)"));
  TB_CHECK(put->bind(1, epoch).run());
  TB_CHECK(transaction.commit());
  return storage;
}

Result<std::unique_ptr<SqliteRelayStorage>> SqliteRelayStorage::open_in(sqlite::Connection connection) {
  TB_CHECK(check_relay_format(connection));
  TB_CHECK(configure(connection));
  TB_CHECK(migrate_relay_tables(connection));
  return std::unique_ptr<SqliteRelayStorage>(new SqliteRelayStorage(std::move(connection)));
}

Result<RelayEpoch> SqliteRelayStorage::epoch() {
  TB_TRY(sqlite::Statement * query, db_.cached("SELECT value FROM meta WHERE key = 'epoch'"));
  TB_TRY(const auto bytes, optional_blob(*query));
  if (!bytes) return Error(Code::kDamaged, "relay file without an epoch");
  auto epoch = RelayEpoch::from(*bytes);
  if (!epoch) return Error(Code::kDamaged, "relay epoch of a wrong length");
  return *epoch;
}

Result<std::optional<SqliteRelayStorage::CircleRow>> SqliteRelayStorage::find_circle(const CircleId& circle) {
  TB_TRY(sqlite::Statement * query,
         db_.cached("SELECT id, head, bytes, entries, mark FROM circle WHERE circle = ?1"));
  TB_TRY(const bool found, query->bind(1, circle).step());
  if (!found) return std::optional<CircleRow>();
  TB_TRY(const LogMark mark, id_column<LogMark>(*query, 4));
  const CircleRow row{query->integer(0),
                      {.head = static_cast<std::uint64_t>(query->integer(1)),
                       .bytes = static_cast<std::uint64_t>(query->integer(2)),
                       .entries = static_cast<std::uint32_t>(query->integer(3)),
                       .mark = mark}};
  query->reset();
  return std::optional<CircleRow>(row);
}

Result<std::optional<CircleSummary>> SqliteRelayStorage::circle(const CircleId& circle) {
  TB_TRY(const auto row, find_circle(circle));
  if (!row) return std::optional<CircleSummary>();
  return std::optional<CircleSummary>(row->summary);
}

Result<std::optional<StoredEntry>> SqliteRelayStorage::entry(const CircleId& circle, std::uint32_t index) {
  TB_TRY(sqlite::Statement * query,
         db_.cached("SELECT l.sequence, l.body FROM circle c JOIN log l ON l.circle = c.id"
                    " WHERE c.circle = ?1 AND l.kind = 1 AND l.number = ?2"));
  TB_TRY(const bool found, query->bind(1, circle).bind(2, index).step());
  if (!found) return std::optional<StoredEntry>();
  StoredEntry entry{static_cast<std::uint64_t>(query->integer(0)), to_bytes(query->blob(1))};
  query->reset();
  return std::optional<StoredEntry>(std::move(entry));
}

Result<std::optional<RelayedHead>> SqliteRelayStorage::author_head(const CircleId& circle,
                                                                   const Author& author) {
  TB_TRY(sqlite::Statement * query,
         db_.cached("SELECT a.number, a.chain FROM circle c JOIN author a ON a.circle = c.id"
                    " WHERE c.circle = ?1 AND a.device = ?2 AND a.instance = ?3"));
  TB_TRY(const bool found, query->bind(1, circle).bind(2, author.device).bind(3, author.instance).step());
  if (!found) return std::optional<RelayedHead>();
  TB_TRY(const ChainValue chain, id_column<ChainValue>(*query, 1));
  const RelayedHead head{static_cast<std::uint64_t>(query->integer(0)), chain};
  query->reset();
  return std::optional<RelayedHead>(head);
}

Result<std::vector<InstanceHead>> SqliteRelayStorage::heads_of(const CircleId& circle,
                                                               const DeviceId& device) {
  TB_TRY(sqlite::Statement * query,
         db_.cached("SELECT a.instance, a.number, a.chain FROM circle c JOIN author a ON a.circle = c.id"
                    " WHERE c.circle = ?1 AND a.device = ?2 ORDER BY a.instance"));
  query->bind(1, circle).bind(2, device);
  std::vector<InstanceHead> heads;
  for (;;) {
    TB_TRY(const bool found, query->step());
    if (!found) return heads;
    TB_TRY(const InstanceId instance, id_column<InstanceId>(*query, 0));
    TB_TRY(const ChainValue chain, id_column<ChainValue>(*query, 2));
    heads.push_back({instance, {static_cast<std::uint64_t>(query->integer(1)), chain}});
  }
}

Result<std::optional<RelayedBundle>> SqliteRelayStorage::bundle_ending_at(const CircleId& circle,
                                                                          const Author& author,
                                                                          std::uint64_t last) {
  TB_TRY(
      sqlite::Statement * query,
      db_.cached(
          "SELECT l.sequence, l.first, l.chain, length(l.body) FROM circle c JOIN author a ON a.circle = c.id"
          " JOIN log l ON l.author = a.id"
          " WHERE c.circle = ?1 AND a.device = ?2 AND a.instance = ?3 AND l.kind = 2 AND l.number = ?4"));
  TB_TRY(const bool found,
         query->bind(1, circle).bind(2, author.device).bind(3, author.instance).bind(4, last).step());
  if (!found) return std::optional<RelayedBundle>();
  TB_TRY(const ChainValue chain, id_column<ChainValue>(*query, 2));
  const RelayedBundle bundle{static_cast<std::uint64_t>(query->integer(0)),
                             static_cast<std::uint64_t>(query->integer(1)), last, chain,
                             static_cast<std::size_t>(query->integer(3))};
  query->reset();
  return std::optional<RelayedBundle>(bundle);
}

Result<std::optional<LogMark>> SqliteRelayStorage::mark_at(const CircleId& circle, std::uint64_t sequence) {
  if (sequence == 0) return std::optional<LogMark>(LogMark());
  TB_TRY(sqlite::Statement * query, db_.cached("SELECT l.mark FROM circle c JOIN log l ON l.circle = c.id"
                                               " WHERE c.circle = ?1 AND l.sequence = ?2"));
  TB_TRY(const bool found, query->bind(1, circle).bind(2, sequence).step());
  if (!found) return std::optional<LogMark>();
  TB_TRY(const LogMark mark, id_column<LogMark>(*query, 0));
  query->reset();
  return std::optional<LogMark>(mark);
}

Status SqliteRelayStorage::read_since(const CircleId& circle, std::uint64_t after, const LogVisitor& visit) {
  TB_TRY(const auto row, find_circle(circle));
  if (!row) return {};
  TB_TRY(sqlite::Statement * query,
         db_.cached(
             "SELECT kind, sequence, body FROM log WHERE circle = ?1 AND sequence > ?2 ORDER BY sequence"));
  query->bind(1, row->row).bind(2, after);
  for (;;) {
    TB_TRY(const bool found, query->step());
    if (!found) return {};
    const LogItem item{query->integer(0) == 1 ? LogItem::Kind::kEntry : LogItem::Kind::kBundle,
                       static_cast<std::uint64_t>(query->integer(1)), query->blob(2)};
    if (!visit(item)) break;
  }
  query->reset();
  return {};
}

Result<std::vector<CircleHead>> SqliteRelayStorage::circles_of(const DeviceId& device) {
  TB_TRY(sqlite::Statement * query,
         db_.cached("SELECT c.circle, coalesce(m.until, c.head), coalesce(l.mark, c.mark)"
                    " FROM device d JOIN member m ON m.device = d.id JOIN circle c ON c.id = m.circle"
                    " LEFT JOIN log l ON l.circle = c.id AND l.sequence = m.until WHERE d.device = ?1"));
  query->bind(1, device);
  std::vector<CircleHead> heads;
  for (;;) {
    TB_TRY(const bool found, query->step());
    if (!found) break;
    TB_TRY(const CircleId circle, id_column<CircleId>(*query, 0));
    TB_TRY(const LogMark mark, id_column<LogMark>(*query, 2));
    heads.push_back({circle, static_cast<std::uint64_t>(query->integer(1)), mark});
  }
  // Here, because SQLite would set up a sorter for each push.
  std::sort(heads.begin(), heads.end(),
            [](const CircleHead& a, const CircleHead& b) { return a.circle < b.circle; });
  return heads;
}

Result<std::vector<DeviceId>> SqliteRelayStorage::members_of(const CircleId& circle) {
  TB_TRY(sqlite::Statement * query,
         db_.cached("SELECT d.device FROM circle c JOIN member m ON m.circle = c.id"
                    " JOIN device d ON d.id = m.device WHERE c.circle = ?1 AND m.until IS NULL"
                    " ORDER BY d.device"));
  query->bind(1, circle);
  std::vector<DeviceId> devices;
  for (;;) {
    TB_TRY(const bool found, query->step());
    if (!found) return devices;
    TB_TRY(const DeviceId device, id_column<DeviceId>(*query, 0));
    devices.push_back(device);
  }
}

Result<std::optional<Bytes>> SqliteRelayStorage::archive_wrap(const CircleId& circle, std::uint32_t epoch) {
  TB_TRY(sqlite::Statement * query,
         db_.cached("SELECT w.wrap FROM circle c JOIN archive_wrap w ON w.circle = c.id"
                    " WHERE c.circle = ?1 AND w.epoch = ?2"));
  query->bind(1, circle).bind(2, epoch);
  return optional_blob(*query);
}

Result<std::optional<Bytes>> SqliteRelayStorage::certificate(const DeviceId& device) {
  TB_TRY(sqlite::Statement * query, db_.cached("SELECT certificate FROM device WHERE device = ?1"));
  query->bind(1, device);
  return optional_blob(*query);
}

Result<std::optional<CursorVector>> SqliteRelayStorage::cursors(const DeviceId& device) {
  TB_TRY(sqlite::Statement * query, db_.cached("SELECT cursors FROM device WHERE device = ?1"));
  query->bind(1, device);
  TB_TRY(const auto bytes, optional_blob(*query));
  if (!bytes) return std::optional<CursorVector>();
  TB_TRY(CursorVector vector, CursorVector::decode(*bytes));
  return std::optional<CursorVector>(std::move(vector));
}

/// One SQLite transaction.
class SqliteRelayStorage::Write final : public RelayWrite {
 public:
  Write(SqliteRelayStorage& storage, sqlite::Transaction transaction)
      : storage_(storage), db_(storage.db_), transaction_(std::move(transaction)) {}

  Result<std::uint64_t> append_entry(const NewLogEntry& entry) override {
    if (entry.index == 0) {
      TB_TRY(sqlite::Statement * found,
             db_.cached("INSERT INTO circle(circle, head, bytes, entries, mark) VALUES(?1, 0, 0, 0, ?2)"
                        " ON CONFLICT(circle) DO NOTHING"));
      TB_CHECK(found->bind(1, entry.circle).bind(2, LogMark()).run());
    }
    TB_TRY(const auto row, storage_.find_circle(entry.circle));
    if (!row || row->summary.entries != entry.index)
      return Error(Code::kConflict, "membership entry out of turn");
    const std::uint64_t sequence = row->summary.head + 1;
    const LogMark mark =
        next_mark(row->summary.mark, MembershipReceipt{entry.circle, sequence, entry.index, entry.hash});
    TB_TRY(sqlite::Statement * insert,
           db_.cached(
               "INSERT INTO log(circle, sequence, kind, number, mark, body) VALUES(?1, ?2, 1, ?3, ?4, ?5)"));
    insert->bind(1, row->row)
        .bind(2, sequence)
        .bind(3, entry.index)
        .bind(4, mark)
        .bind(5, entry.signed_entry);
    TB_CHECK(insert->run());
    TB_CHECK(move_head(row->row, {sequence, mark, entry.signed_entry.size(), 1}));
    return sequence;
  }

  Result<std::uint64_t> append_bundle(const NewBundle& bundle) override {
    TB_TRY(const auto row, storage_.find_circle(bundle.circle));
    if (!row) return Error(Code::kNotFound, "circle of a bundle");
    TB_TRY(const std::int64_t author, move_author(row->row, bundle));
    const std::uint64_t sequence = row->summary.head + 1;
    const LogMark mark =
        next_mark(row->summary.mark, BundleReceipt{bundle.circle, sequence, bundle.author, bundle.first,
                                                   bundle.last, bundle.chain, bundle_hash(bundle.sealed)});
    TB_TRY(sqlite::Statement * insert,
           db_.cached("INSERT INTO log(circle, sequence, kind, author, first, number, chain, mark, body)"
                      " VALUES(?1, ?2, 2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    insert->bind(1, row->row).bind(2, sequence).bind(3, author).bind(4, bundle.first).bind(5, bundle.last);
    TB_CHECK(insert->bind(6, bundle.chain).bind(7, mark).bind(8, bundle.sealed).run());
    TB_CHECK(move_head(row->row, {sequence, mark, bundle.sealed.size(), 0}));
    return sequence;
  }

  Status put_member(const CircleId& circle, const DeviceId& device) override {
    TB_TRY(const auto row, storage_.find_circle(circle));
    if (!row) return Error(Code::kNotFound, "circle of a member");
    TB_CHECK(put_device_row(device));
    TB_TRY(sqlite::Statement * insert,
           db_.cached("INSERT INTO member(device, circle) SELECT id, ?2 FROM device WHERE device = ?1"
                      " ON CONFLICT DO UPDATE SET until = NULL"));
    return insert->bind(1, device).bind(2, row->row).run();
  }

  Status end_member(const CircleId& circle, const DeviceId& device) override {
    TB_TRY(sqlite::Statement * update,
           db_.cached("UPDATE member SET until = (SELECT head FROM circle WHERE circle = ?2)"
                      " WHERE device = (SELECT id FROM device WHERE device = ?1)"
                      " AND circle = (SELECT id FROM circle WHERE circle = ?2) RETURNING 1"));
    TB_TRY(const bool found, update->bind(1, device).bind(2, circle).step());
    if (!found) return Error(Code::kNotFound, "no such member");
    return update->run();
  }

  Status put_archive_wrap(const CircleId& circle, std::uint32_t epoch, ByteView wrap) override {
    TB_TRY(const auto row, storage_.find_circle(circle));
    if (!row) return Error(Code::kNotFound, "circle of an archive wrap");
    TB_TRY(sqlite::Statement * insert,
           db_.cached("INSERT OR REPLACE INTO archive_wrap(circle, epoch, wrap) VALUES(?1, ?2, ?3)"));
    return insert->bind(1, row->row).bind(2, epoch).bind(3, wrap).run();
  }

  Status delete_archive_wraps(const CircleId& circle) override {
    TB_TRY(sqlite::Statement * remove,
           db_.cached("DELETE FROM archive_wrap WHERE circle = (SELECT id FROM circle WHERE circle = ?1)"));
    return remove->bind(1, circle).run();
  }

  Status put_certificate(const DeviceId& device, ByteView signed_certificate) override {
    TB_CHECK(put_device_row(device));
    TB_TRY(sqlite::Statement * update, db_.cached("UPDATE device SET certificate = ?2 WHERE device = ?1"));
    return update->bind(1, device).bind(2, signed_certificate).run();
  }

  Status put_cursors(const DeviceId& device, const CursorVector& cursors) override {
    TB_CHECK(put_device_row(device));
    const Bytes encoded = cursors.encode();
    TB_TRY(sqlite::Statement * update, db_.cached("UPDATE device SET cursors = ?2 WHERE device = ?1"));
    return update->bind(1, device).bind(2, encoded).run();
  }

  Status renew_epoch(const RelayEpoch& epoch) override {
    TB_TRY(sqlite::Statement * update, db_.cached("UPDATE meta SET value = ?1 WHERE key = 'epoch'"));
    TB_CHECK(update->bind(1, epoch).run());
    return db_.execute("UPDATE device SET cursors = NULL");
  }

  Status commit() override {
    const auto start = std::chrono::steady_clock::now();
    TB_CHECK(transaction_.commit());
    storage_.last_commit_time_ = std::chrono::steady_clock::now() - start;
    if (storage_.wal_pages_ > kWalPagesForced) return storage_.checkpoint();
    return {};
  }

 private:
  Status put_device_row(const DeviceId& device) {
    TB_TRY(sqlite::Statement * insert,
           db_.cached("INSERT INTO device(device) VALUES(?1) ON CONFLICT(device) DO NOTHING"));
    return insert->bind(1, device).run();
  }

  /// What one item adds to its circle.
  struct Step {
    std::uint64_t head = 0;
    LogMark mark;
    std::uint64_t bytes = 0;
    int entries = 0;
  };
  Status move_head(std::int64_t row, const Step& step) {
    TB_TRY(sqlite::Statement * update,
           db_.cached("UPDATE circle SET head = ?2, mark = ?3, bytes = bytes + ?4, entries = entries + ?5"
                      " WHERE id = ?1"));
    update->bind(1, row).bind(2, step.head).bind(3, step.mark).bind(4, step.bytes).bind(5, step.entries);
    return update->run();
  }

  /// Moves the author's head to the bundle's end and returns the author's row. The WHERE is the check.
  Result<std::int64_t> move_author(std::int64_t circle, const NewBundle& bundle) {
    TB_TRY(sqlite::Statement * upsert,
           db_.cached(bundle.first == 1
                          ? "INSERT INTO author(circle, device, instance, number, chain)"
                            " VALUES(?1, ?2, ?3, ?5, ?6) ON CONFLICT DO NOTHING RETURNING id"
                          : "UPDATE author SET number = ?5, chain = ?6 WHERE circle = ?1 AND device = ?2"
                            " AND instance = ?3 AND number = ?4 - 1 RETURNING id"));
    upsert->bind(1, circle).bind(2, bundle.author.device).bind(3, bundle.author.instance);
    if (bundle.first != 1) upsert->bind(4, bundle.first);
    TB_TRY(const bool moved, upsert->bind(5, bundle.last).bind(6, bundle.chain).step());
    if (!moved) return Error(Code::kConflict, "bundle does not continue its author's numbers");
    const std::int64_t row = upsert->integer(0);
    TB_CHECK(upsert->run());
    return row;
  }

  SqliteRelayStorage& storage_;
  sqlite::Connection& db_;
  sqlite::Transaction transaction_;
};

Result<std::unique_ptr<RelayWrite>> SqliteRelayStorage::begin() {
  TB_TRY(auto transaction, sqlite::Transaction::begin(db_));
  return std::unique_ptr<RelayWrite>(new Write(*this, std::move(transaction)));
}

Status SqliteRelayStorage::probe() {
  TB_TRY(auto transaction, sqlite::Transaction::begin(db_));
  TB_CHECK(
      db_.execute("INSERT INTO meta(key, value) VALUES('probe', x'01')"
                  " ON CONFLICT(key) DO UPDATE SET value = CASE value WHEN x'01' THEN x'02' ELSE x'01' END"));
  return transaction.commit();
}

Status SqliteRelayStorage::checkpoint() {
  const int result =
      sqlite3_wal_checkpoint_v2(db_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (result != SQLITE_OK && result != SQLITE_BUSY)
    return sqlite::error_of(db_.handle(), result, "checkpoint");
  wal_pages_ = 0;
  return {};
}

std::uint64_t SqliteRelayStorage::file_bytes() const { return size_of(path_); }
std::uint64_t SqliteRelayStorage::wal_bytes() const { return size_of(path_ + "-wal"); }

}  // namespace thuisbasis
