// SPDX-License-Identifier: EUPL-1.2
#include "platform/relay_storage/relay_layout.h"

#include <string>

#include "core/verify/log_mark.h"
#include "core/verify/membership_log.h"
#include "platform/relay_storage/id_column.h"

namespace thuisbasis {
namespace {

// What version 2 made anew.
constexpr const char* kLogTables = R"sql(
CREATE TABLE circle(
  id INTEGER PRIMARY KEY, circle BLOB NOT NULL UNIQUE,
  head INTEGER NOT NULL, bytes INTEGER NOT NULL, entries INTEGER NOT NULL, mark BLOB NOT NULL) STRICT;
-- kind 1: membership entry, number = its index. kind 2: bundle of changes first..number.
CREATE TABLE log(
  id INTEGER PRIMARY KEY, circle INTEGER NOT NULL, sequence INTEGER NOT NULL, kind INTEGER NOT NULL,
  author INTEGER, first INTEGER, number INTEGER NOT NULL, chain BLOB, mark BLOB NOT NULL,
  body BLOB NOT NULL) STRICT;
)sql";

constexpr const char* kLogIndexes = R"sql(
CREATE UNIQUE INDEX log_sequence ON log(circle, sequence);
CREATE UNIQUE INDEX log_entry ON log(circle, number) WHERE kind = 1;
CREATE UNIQUE INDEX log_bundle ON log(author, number) WHERE kind = 2;
)sql";

constexpr const char* kOtherTables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE author(
  id INTEGER PRIMARY KEY, circle INTEGER NOT NULL, device BLOB NOT NULL, instance BLOB NOT NULL,
  number INTEGER NOT NULL, chain BLOB NOT NULL, UNIQUE(circle, device, instance)) STRICT;
CREATE TABLE device(id INTEGER PRIMARY KEY, device BLOB NOT NULL UNIQUE, certificate BLOB, cursors BLOB) STRICT;
CREATE TABLE archive_wrap(
  circle INTEGER NOT NULL, epoch INTEGER NOT NULL, wrap BLOB NOT NULL, PRIMARY KEY(circle, epoch)) STRICT;
)sql";

// What version 3 made anew.
constexpr const char* kMemberTable = R"sql(
-- until: the newest item that a device reads whose membership ended.
CREATE TABLE member(
  device INTEGER NOT NULL, circle INTEGER NOT NULL, until INTEGER,
  PRIMARY KEY(device, circle)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_circle ON member(circle, device);
)sql";

constexpr const char* kSetAside =
    "ALTER TABLE circle RENAME TO circle_before; ALTER TABLE log RENAME TO log_before;";
constexpr const char* kDropAside = "DROP TABLE log_before; DROP TABLE circle_before;";
constexpr int kEntryKind = 1;

Status set_version(sqlite::Connection& db) {
  return db.execute("PRAGMA user_version=" + std::to_string(kRelayFileVersion));
}

/// One item of this selection, as its receipt tells it.
constexpr const char* kItemsOfVersion1 =
    "SELECT l.id, l.sequence, l.kind, l.author, l.first, l.number, l.chain, l.body, a.device, a.instance"
    " FROM log_before l LEFT JOIN author a ON a.id = l.author WHERE l.circle = ?1 ORDER BY l.sequence";
Result<Receipt> receipt_of(const CircleId& circle, const sqlite::Statement& item) {
  const auto sequence = static_cast<std::uint64_t>(item.integer(1));
  if (item.integer(2) == kEntryKind) {
    const auto place = parse_entry_place(item.blob(7));
    if (!place) return Error(Code::kDamaged, "unreadable membership entry in the relay's file");
    return Receipt(MembershipReceipt{circle, sequence, place->index, place->hash});
  }
  TB_TRY(const ChainValue chain, id_column<ChainValue>(item, 6));
  TB_TRY(const DeviceId device, id_column<DeviceId>(item, 8));
  TB_TRY(const InstanceId instance, id_column<InstanceId>(item, 9));
  const auto first = static_cast<std::uint64_t>(item.integer(4));
  const auto last = static_cast<std::uint64_t>(item.integer(5));
  return Receipt(
      BundleReceipt{circle, sequence, {device, instance}, first, last, chain, bundle_hash(item.blob(7))});
}

/// Writes one circle's log with its marks; returns the last.
Result<LogMark> copy_log(sqlite::Connection& db, std::int64_t row, const CircleId& circle) {
  TB_TRY(sqlite::Statement * items, db.cached(kItemsOfVersion1));
  TB_TRY(sqlite::Statement * insert,
         db.cached("INSERT INTO log(id, circle, sequence, kind, author, first, number, chain, body, mark)"
                   " SELECT id, circle, sequence, kind, author, first, number, chain, body, ?2"
                   " FROM log_before WHERE id = ?1"));
  items->bind(1, row);
  LogMark mark;
  for (;;) {
    TB_TRY(const bool found, items->step());
    if (!found) return mark;
    TB_TRY(const Receipt receipt, receipt_of(circle, *items));
    mark = next_mark(mark, receipt);
    TB_CHECK(insert->bind(1, items->integer(0)).bind(2, mark).run());
  }
}

Status copy_logs(sqlite::Connection& db) {
  TB_TRY(sqlite::Statement circles, db.prepare("SELECT id, circle FROM circle_before"));
  TB_TRY(sqlite::Statement insert,
         db.prepare("INSERT INTO circle(id, circle, head, bytes, entries, mark)"
                    " SELECT id, circle, head, bytes, entries, ?2 FROM circle_before WHERE id = ?1"));
  for (;;) {
    TB_TRY(const bool found, circles.step());
    if (!found) return {};
    TB_TRY(const CircleId circle, id_column<CircleId>(circles, 1));
    TB_TRY(const LogMark mark, copy_log(db, circles.integer(0), circle));
    TB_CHECK(insert.bind(1, circles.integer(0)).bind(2, mark).run());
  }
}

/// Version 2: every place of a log has its mark, before the body, so that it is read without that.
Status migrate_from_1(sqlite::Connection& db) {
  TB_CHECK(db.execute(kSetAside));
  TB_CHECK(db.execute(kLogTables));
  TB_CHECK(copy_logs(db));
  db.clear_cache();  // of statements that read what is dropped
  TB_CHECK(db.execute(kDropAside));
  return db.execute(kLogIndexes);
}

/// Version 3: memberships end.
Status migrate_from_2(sqlite::Connection& db) {
  TB_CHECK(db.execute("DROP INDEX member_circle; ALTER TABLE member RENAME TO member_before;"));
  TB_CHECK(db.execute(kMemberTable));
  TB_CHECK(db.execute("INSERT INTO member(device, circle) SELECT device, circle FROM member_before"));
  db.clear_cache();
  return db.execute("DROP TABLE member_before");
}

}  // namespace

Status check_relay_format(sqlite::Connection& db) {
  TB_TRY(const std::int64_t application, db.query_integer("PRAGMA application_id"));
  if (application != kRelayFileApplication) return Error(Code::kDamaged, "not a relay's file");
  TB_TRY(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  if (version > kRelayFileVersion)
    return Error(Code::kSchemaTooNew, "relay's file of version " + std::to_string(version));
  if (version < 1) return Error(Code::kDamaged, "relay's file without a version");
  return {};
}

Status create_relay_tables(sqlite::Connection& db) {
  TB_CHECK(db.execute(kLogTables));
  TB_CHECK(db.execute(kLogIndexes));
  TB_CHECK(db.execute(kOtherTables));
  TB_CHECK(db.execute(kMemberTable));
  TB_CHECK(db.execute("PRAGMA application_id=" + std::to_string(kRelayFileApplication)));
  return set_version(db);
}

Status migrate_relay_tables(sqlite::Connection& db) {
  TB_TRY(const std::int64_t version, db.query_integer("PRAGMA user_version"));
  if (version == kRelayFileVersion) return {};
  TB_TRY(auto transaction, sqlite::Transaction::begin(db));
  if (version < 2) TB_CHECK(migrate_from_1(db));
  TB_CHECK(migrate_from_2(db));
  TB_CHECK(set_version(db));
  return transaction.commit();
}

}  // namespace thuisbasis
