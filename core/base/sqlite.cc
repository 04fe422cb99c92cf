// SPDX-License-Identifier: EUPL-1.2
#include "core/base/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <new>
#include <unordered_map>

#include "core/base/assert.h"

namespace thuisbasis::sqlite {
static_assert(kIntegerType == SQLITE_INTEGER && kRealType == SQLITE_FLOAT && kTextType == SQLITE_TEXT &&
              kBlobType == SQLITE_BLOB && kNullType == SQLITE_NULL);
namespace {

bool is_uniqueness(int result_code) {
  return result_code == SQLITE_CONSTRAINT_UNIQUE || result_code == SQLITE_CONSTRAINT_PRIMARYKEY ||
         result_code == SQLITE_CONSTRAINT_ROWID;
}

Code code_of(int result_code) {
  switch (result_code & 0xff) {
    case SQLITE_FULL:
      return Code::kDiskFull;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::kLocked;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::kDamaged;
    case SQLITE_IOERR:
      return result_code == SQLITE_IOERR_DATA ? Code::kDamaged : Code::kIo;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Code::kIo;
    case SQLITE_AUTH:
      return Code::kNotPermitted;
    case SQLITE_TOOBIG:
      return Code::kTooLarge;
    case SQLITE_CONSTRAINT:
      return is_uniqueness(result_code) ? Code::kAlreadyExists : Code::kInvalidArgument;
    case SQLITE_INTERRUPT:
      return Code::kCancelled;
    default:
      return Code::kInternal;
  }
}

}  // namespace

Error error_of(sqlite3* db, int result_code, std::string_view doing) {
  if (result_code == SQLITE_NOMEM || result_code == SQLITE_IOERR_NOMEM) throw std::bad_alloc();
  std::string context(doing);
  context.append(": ").append(db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(result_code));
  return Error(code_of(result_code), std::move(context));
}

/// Also when the error itself finds no memory.
class ResetAtEnd final {
 public:
  explicit ResetAtEnd(sqlite3_stmt* statement) : statement_(statement) {}
  ~ResetAtEnd() { sqlite3_reset(statement_); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  sqlite3_stmt* statement_;
};

/// Without memory SQLite answers no value, and that must not pass for an empty one.
void check_memory(sqlite3* db, const void* value) {
  if (value == nullptr && sqlite3_errcode(db) == SQLITE_NOMEM) throw std::bad_alloc();
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement::Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}

void Statement::note(int result_code) {
  if (bind_result_ == SQLITE_OK) bind_result_ = result_code;
}

Statement& Statement::bind(int position, std::int64_t value) {
  note(sqlite3_bind_int64(statement_.get(), position, value));
  return *this;
}
Statement& Statement::bind(int position, double value) {
  note(sqlite3_bind_double(statement_.get(), position, value));
  return *this;
}
Statement& Statement::bind(int position, std::string_view text) {
  const char* data = text.data() != nullptr ? text.data() : "";
  note(sqlite3_bind_text64(statement_.get(), position, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}
Statement& Statement::bind(int position, ByteView blob) {
  const void* data = blob.data() != nullptr ? static_cast<const void*>(blob.data()) : "";
  note(sqlite3_bind_blob64(statement_.get(), position, data, blob.size(), SQLITE_STATIC));
  return *this;
}
Statement& Statement::bind_null(int position) {
  note(sqlite3_bind_null(statement_.get(), position));
  return *this;
}

Result<bool> Statement::step() {
  if (bind_result_ != SQLITE_OK) {
    const int result_code = std::exchange(bind_result_, SQLITE_OK);
    reset();
    return error_of(nullptr, result_code, sqlite3_sql(statement_.get()));
  }
  const int result_code = sqlite3_step(statement_.get());
  if (result_code == SQLITE_ROW) return true;
  if (result_code == SQLITE_DONE) {
    sqlite3_reset(statement_.get());
    return false;
  }
  const ResetAtEnd reset_at_end(statement_.get());
  return error_of(db_, sqlite3_extended_errcode(db_), sqlite3_sql(statement_.get()));
}

Status Statement::run() {
  for (;;) {
    TB_TRY(const bool row, step());
    if (!row) return {};
  }
}

void Statement::run_undo() {
  while (sqlite3_step(statement_.get()) == SQLITE_ROW) {
  }
  sqlite3_reset(statement_.get());
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

int Statement::columns() const { return sqlite3_column_count(statement_.get()); }
std::string_view Statement::column_name(int column) const {
  const char* const name = sqlite3_column_name(statement_.get(), column);
  if (name == nullptr) throw std::bad_alloc();
  return name;
}
int Statement::column_type(int column) const { return sqlite3_column_type(statement_.get(), column); }
bool Statement::is_null(int column) const { return column_type(column) == SQLITE_NULL; }
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  check_memory(db_, data);
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

ByteView Statement::blob(int column) const {
  const auto* data = static_cast<const Byte*>(sqlite3_column_blob(statement_.get(), column));
  check_memory(db_, data);
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

struct Connection::Cache {
  struct Hash {
    using is_transparent = void;
    /// By its end, where statements on one table differ: those with all its columns have hundreds of bytes.
    std::size_t operator()(std::string_view text) const {
      const std::size_t end = std::min<std::size_t>(text.size(), 24);
      return std::hash<std::string_view>()(text.substr(text.size() - end)) ^ text.size();
    }
  };
  std::unordered_map<std::string, Statement, Hash, std::equal_to<>> statements;
};

void Connection::DropCache::operator()(Cache* cache) const { delete cache; }

void Connection::Close::operator()(sqlite3* db) const {
  const int result_code = sqlite3_close(db);
  TB_ASSERT(result_code == SQLITE_OK);  // a statement outlived its connection
}

Connection::Connection(sqlite3* db) : db_(db), cache_(new Cache) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  cache_ = std::move(other.cache_);  // the statements go before the connection that they belong to
  db_ = std::move(other.db_);
  return *this;
}

Result<Connection> Connection::open(const std::string& path, const Options& options) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (options.create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* raw = nullptr;
  const int result_code = sqlite3_open_v2(path.c_str(), &raw, flags, options.vfs);
  Connection connection(raw);
  if (result_code != SQLITE_OK) return error_of(raw, result_code, "open " + path);
  return connection;
}

Status Connection::execute(std::string_view sql) {
  const int result_code = sqlite3_exec(db_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (result_code != SQLITE_OK) return error_of(db_.get(), sqlite3_extended_errcode(db_.get()), sql);
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int result_code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                             SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (result_code != SQLITE_OK) return error_of(db_.get(), sqlite3_extended_errcode(db_.get()), sql);
  if (raw == nullptr) return Error(Code::kInvalidArgument, "no statement in \"" + std::string(sql) + "\"");
  return Statement(db_.get(), raw);
}

Result<Statement*> Connection::cached(std::string_view sql) {
  const auto found = cache_->statements.find(sql);
  if (found != cache_->statements.end()) {
    found->second.reset();
    return &found->second;
  }
  TB_TRY(Statement statement, prepare(sql));
  return &cache_->statements.emplace(std::string(sql), std::move(statement)).first->second;
}

Result<std::int64_t> Connection::query_integer(std::string_view sql) {
  TB_TRY(Statement * statement, cached(sql));
  TB_TRY(const bool row, statement->step());
  if (!row) return Error(Code::kNotFound, std::string(sql));
  const std::int64_t value = statement->integer(0);
  statement->reset();
  return value;
}

std::int64_t Connection::last_insert_rowid() const { return sqlite3_last_insert_rowid(db_.get()); }
std::int64_t Connection::changes() const { return sqlite3_changes64(db_.get()); }
std::int64_t Connection::total_changes() const { return sqlite3_total_changes64(db_.get()); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
void Connection::clear_cache() { cache_->statements.clear(); }

Result<Transaction> Transaction::begin(Connection& connection) {
  TB_TRY(Statement * statement, connection.cached("BEGIN IMMEDIATE"));
  TB_TRY(Statement * undo, connection.cached("ROLLBACK"));
  TB_CHECK(statement->run());
  return Transaction(&connection, undo);
}

Transaction::~Transaction() { roll_back(); }

void Transaction::roll_back() {
  if (connection_ != nullptr && connection_->in_transaction()) undo_->run_undo();
  connection_ = nullptr;
}

Status Transaction::commit() {
  TB_ASSERT(connection_ != nullptr);  // committed or rolled back before
  const Result<Statement*> statement = connection_->cached("COMMIT");
  Status status = statement ? (*statement)->run() : Status(statement.error());
  if (status) connection_ = nullptr;
  roll_back();
  return status;
}

// ---- Savepoint
// -------------------------------------------------------------------------------------------------

Result<Savepoint> Savepoint::begin(Connection& connection) {
  // Without memory or disk SQLite rolls back everything at once; then nothing may be written as a part of it.
  if (!connection.in_transaction()) return Error(Code::kCancelled, "the transaction was rolled back");
  TB_TRY(Statement * statement, connection.cached("SAVEPOINT tb_part"));
  TB_TRY(Statement * undo, connection.cached("ROLLBACK TO tb_part"));
  TB_TRY(Statement * release, connection.cached("RELEASE tb_part"));
  TB_CHECK(statement->run());
  return Savepoint(&connection, undo, release);
}

Savepoint::~Savepoint() {
  // After an error of the disk SQLite has rolled back everything already.
  if (connection_ == nullptr || !connection_->in_transaction()) return;
  undo_->run_undo();
  release_->run_undo();
}

Status Savepoint::keep() {
  TB_ASSERT(connection_ != nullptr);  // kept before
  TB_CHECK(release_->run());
  connection_ = nullptr;
  return {};
}

}  // namespace thuisbasis::sqlite
