// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/fixed_bytes.h"

struct sqlite3;
struct sqlite3_stmt;

namespace thuisbasis::sqlite {

/// The Error for a SQLite result code, with SQLite's own words: kDiskFull, kLocked, kDamaged, kIo,
/// kNotPermitted, kTooLarge, kCancelled, kAlreadyExists (a uniqueness constraint), kInvalidArgument (any
/// other constraint), else kInternal. Memory that runs out is no Error here either, but std::bad_alloc, as
/// from any container: nobody may take it for something that an item, a circle or a disk did.
Error error_of(sqlite3* db, int result_code, std::string_view doing);

/// SQLite's column types, as column_type() answers them.
inline constexpr int kIntegerType = 1;
inline constexpr int kRealType = 2;
inline constexpr int kTextType = 3;
inline constexpr int kBlobType = 4;
inline constexpr int kNullType = 5;

/// A prepared statement. Values are bound by position from 1 and read by position from 0, as SQLite counts.
/// Bound text and bytes are not copied: they must outlive the next step or reset. One thread at a time.
class Statement final {
 public:
  Statement() = default;
  Statement(sqlite3* db, sqlite3_stmt* statement);

  Statement& bind(int position, std::int64_t value);
  Statement& bind(int position, std::uint64_t value) {
    return bind(position, static_cast<std::int64_t>(value));
  }
  Statement& bind(int position, int value) { return bind(position, static_cast<std::int64_t>(value)); }
  Statement& bind(int position, std::uint32_t value) {
    return bind(position, static_cast<std::int64_t>(value));
  }
  Statement& bind(int position, double value);
  Statement& bind(int position, std::string_view text);
  Statement& bind(int position, const char* text) { return bind(position, std::string_view(text)); }
  Statement& bind(int position, ByteView blob);
  Statement& bind(int position, const Bytes& blob) { return bind(position, ByteView(blob)); }
  Statement& bind_null(int position);
  template <typename Tag, std::size_t N>
  Statement& bind(int position, const FixedBytes<Tag, N>& id) {
    return bind(position, id.view());
  }

  /// True with a row to read, false at the end (and then reset).
  Result<bool> step();
  /// Runs to the end, ignores rows, resets.
  Status run();
  void reset();
  /// The same as run() where nothing may be thrown and nobody asks how it went: in a destructor.
  void run_undo();

  int columns() const;
  std::string_view column_name(int column) const;
  int column_type(
      int column) const;  ///< SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB or SQLITE_NULL
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;  ///< valid until the next step or reset
  ByteView blob(int column) const;          ///< valid until the next step or reset

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  /// Keeps the first error of a row of binds for step() to return.
  void note(int result_code);

  sqlite3* db_ = nullptr;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_result_ = 0;
};

/// An open database connection. Owns its statements' cache; close it last. One thread at a time.
class Connection final {
 public:
  struct Options {
    bool create = false;
    bool read_only = false;
    const char* vfs = nullptr;  ///< name of a registered VFS; null for SQLite's own
  };
  static Result<Connection> open(const std::string& path, const Options& options);
  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&& other) noexcept;

  /// Runs one or more statements without parameters.
  Status execute(std::string_view sql);
  /// Prepares a statement that the caller keeps. kInvalidArgument for blank text.
  Result<Statement> prepare(std::string_view sql);
  /// A cached statement for this SQL, reset and ready to bind. The pointer stays valid until clear_cache() or
  /// the connection's end. Asking for the same SQL again restarts the same statement.
  Result<Statement*> cached(std::string_view sql);
  /// The single integer that a query answers.
  Result<std::int64_t> query_integer(std::string_view sql);

  std::int64_t last_insert_rowid() const;
  std::int64_t changes() const;        ///< rows changed by the latest statement
  std::int64_t total_changes() const;  ///< rows changed since the connection was opened
  bool in_transaction() const;
  sqlite3* handle() const { return db_.get(); }
  /// Drops all cached statements, for example before the schema changes.
  void clear_cache();

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  struct Cache;
  struct DropCache {
    void operator()(Cache* cache) const;
  };
  Connection(sqlite3* db);

  std::unique_ptr<sqlite3, Close> db_;
  std::unique_ptr<Cache, DropCache> cache_;
};

/// BEGIN IMMEDIATE now, ROLLBACK when it goes out of scope unless commit() succeeded.
class Transaction final {
 public:
  static Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)), undo_(other.undo_) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  /// Once only. After an error the transaction is rolled back.
  Status commit();

 private:
  Transaction(Connection* connection, Statement* undo) : connection_(connection), undo_(undo) {}
  void roll_back();

  Connection* connection_;
  Statement* undo_;  ///< prepared at the beginning: there may be no memory for it at the end
};

/// A part of the open transaction that can be undone by itself: rolled back when it goes out of scope unless
/// keep() succeeded. Savepoints nest as their scopes do.
class Savepoint final {
 public:
  /// kCancelled when no transaction is open, or not any more.
  static Result<Savepoint> begin(Connection& connection);
  Savepoint(Savepoint&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)),
        undo_(other.undo_),
        release_(other.release_) {}
  Savepoint& operator=(Savepoint&&) = delete;
  ~Savepoint();
  /// What was written since stays, as far as the transaction does.
  Status keep();

 private:
  Savepoint(Connection* connection, Statement* undo, Statement* release)
      : connection_(connection), undo_(undo), release_(release) {}

  Connection* connection_;
  Statement* undo_;
  Statement* release_;
};

}  // namespace thuisbasis::sqlite
