// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <chrono>
#include <string>

#include "core/base/sqlite.h"
#include "sync/relay/storage.h"

namespace thuisbasis {

class FileLock;

/// The relay's storage in one SQLite file: WAL, synchronous=FULL, 8 KB pages, no memory mapping. This
/// connection is the file's only writer and its only checkpointer, because Debian's SQLite predates the fix
/// of the WAL-reset bug; an advisory lock on "<path>.lock" keeps a second daemon out.
///
/// Layout: the log's bodies in a rowid table, so that large rows stay out of the key trees, and separate
/// unique indexes for (circle, sequence) and (author, last number). Sequences come from the circle's row in
/// the same transaction.
///
/// One thread at a time.
class SqliteRelayStorage final : public RelayStorage {
 public:
  /// A new file with this epoch. kAlreadyExists when there is a file.
  static Result<std::unique_ptr<SqliteRelayStorage>> create(const std::string& path, const RelayEpoch& epoch);
  /// kNotFound without the file, kLocked when another process has it, kSchemaTooNew, kDamaged.
  static Result<std::unique_ptr<SqliteRelayStorage>> open(const std::string& path);
  /// The same on a connection that the caller opened, on whatever VFS; no file lock is taken.
  static Result<std::unique_ptr<SqliteRelayStorage>> create_in(sqlite::Connection connection,
                                                               const RelayEpoch& epoch);
  static Result<std::unique_ptr<SqliteRelayStorage>> open_in(sqlite::Connection connection);
  ~SqliteRelayStorage() override;

  Result<RelayEpoch> epoch() override;
  Result<std::optional<CircleSummary>> circle(const CircleId& circle) override;
  Result<std::optional<StoredEntry>> entry(const CircleId& circle, std::uint32_t index) override;
  Result<std::optional<RelayedHead>> author_head(const CircleId& circle, const Author& author) override;
  Result<std::vector<InstanceHead>> heads_of(const CircleId& circle, const DeviceId& device) override;
  Result<std::optional<RelayedBundle>> bundle_ending_at(const CircleId& circle, const Author& author,
                                                        std::uint64_t last) override;
  Result<std::optional<LogMark>> mark_at(const CircleId& circle, std::uint64_t sequence) override;
  Status read_since(const CircleId& circle, std::uint64_t after, const LogVisitor& visit) override;
  Result<std::vector<CircleHead>> circles_of(const DeviceId& device) override;
  Result<std::vector<DeviceId>> members_of(const CircleId& circle) override;
  Result<std::optional<Bytes>> archive_wrap(const CircleId& circle, std::uint32_t epoch) override;
  Result<std::optional<Bytes>> certificate(const DeviceId& device) override;
  Result<std::optional<CursorVector>> cursors(const DeviceId& device) override;
  Result<std::unique_ptr<RelayWrite>> begin() override;
  Status probe() override;

  /// Moves the WAL into the file, as far as readers allow; the writer calls it when it is idle.
  Status checkpoint();
  /// Pages in the WAL after the latest commit.
  int wal_pages() const { return wal_pages_; }
  std::uint64_t file_bytes() const;  ///< of the database file
  std::uint64_t wal_bytes() const;
  /// How long the latest commit took, its fsync included.
  std::chrono::nanoseconds last_commit_time() const { return last_commit_time_; }

 private:
  class Write;
  struct CircleRow;
  explicit SqliteRelayStorage(sqlite::Connection connection);
  Result<std::optional<CircleRow>> find_circle(const CircleId& circle);

  std::string path_;
  std::unique_ptr<FileLock> lock_;
  sqlite::Connection db_;
  int wal_pages_ = 0;
  std::chrono::nanoseconds last_commit_time_{0};
};

}  // namespace thuisbasis
