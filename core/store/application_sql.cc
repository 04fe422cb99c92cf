// SPDX-License-Identifier: EUPL-1.2
#include "core/store/application_sql.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/store/schema_names.h"

namespace thuisbasis {
namespace {

/// What an application may know of circles; keys, digests and cursors are the engine's.
constexpr std::array<std::string_view, 6> kCircleColumns{"circle", "id",   "dossier",
                                                         "kind",   "name", "subject"};
/// The tables behind an FTS5 index, which SQLite reads when it opens one.
constexpr std::array<std::string_view, 5> kIndexTables{"_data", "_idx", "_content", "_docsize", "_config"};
/// Functions that reach out of the database or change it.
constexpr std::array<std::string_view, 5> kRefusedFunctions{"load_extension", "readfile", "writefile", "edit",
                                                            "fts3_tokenizer"};

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Tells a second statement from blanks and comments behind the first.
bool is_blank(sqlite3* db, std::string_view rest) {
  sqlite3_stmt* raw = nullptr;
  const int result_code =
      sqlite3_prepare_v3(db, rest.data(), static_cast<int>(rest.size()), 0, &raw, nullptr);
  const bool blank = result_code == SQLITE_OK && raw == nullptr;
  sqlite3_finalize(raw);
  return blank;
}

}  // namespace

ApplicationSql::ApplicationSql(sqlite::Connection& connection, const Schema& schema, DatabaseGuard& guard)
    : connection_(connection),
      guard_(guard),
      openers_{"SELECT 1 FROM json_each('[]') LIMIT 0", "SELECT 1 FROM json_tree('[]') LIMIT 0"} {
  for (const KindSchema& kind : schema.kinds()) {
    readable_.insert(kind.table);
    if (!is_searched(kind)) continue;
    readable_.insert(shown_view(kind));
    readable_.insert(search_table(kind));
    openers_.push_back("SELECT rowid FROM " + quoted(search_table(kind)) + " LIMIT 0");
    for (const std::string_view suffix : kIndexTables)
      readable_.insert(search_table(kind) + std::string(suffix));
  }
  sqlite3_set_authorizer(connection_.handle(), authorize, this);
}

ApplicationSql::~ApplicationSql() { guard_.install(); }

int ApplicationSql::authorize(void* self, int action, const char* first, const char* second, const char*,
                              const char*) {
  const auto& sql = *static_cast<const ApplicationSql*>(self);
  if (sql.preparing_ && !sql.allows(action, first, second)) return SQLITE_DENY;
  return sql.guard_.judge(action, first, second);
}

bool ApplicationSql::may_read(std::string_view table, std::string_view column) const {
  if (table.empty() || readable_.contains(table)) return true;  // no table: count(*) and the like
  if (table == "tb_circle") return is_among(kCircleColumns, column);
  return table == "json_each" || table == "json_tree";
}

bool ApplicationSql::allows(int action, const char* first, const char* second) const {
  const auto text = [](const char* argument) {
    return std::string_view(argument != nullptr ? argument : "");
  };
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
      return true;
    case SQLITE_READ:
      return may_read(text(first), text(second));
    case SQLITE_FUNCTION:
      return !is_among(kRefusedFunctions, text(second));
    default:
      return false;
  }
}

// SQLite makes a virtual table's schema at its first use, which to an authorizer looks like a write.
Status ApplicationSql::open_virtual_tables() {
  for (const std::string& opener : openers_) {
    TB_TRY(sqlite::Statement * statement, connection_.cached(opener));
    TB_CHECK(statement->run());
  }
  return {};
}

Result<sqlite::Statement> ApplicationSql::prepare(std::string_view sql) {
  TB_CHECK(open_virtual_tables());
  preparing_ = true;
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  const int result_code =
      sqlite3_prepare_v3(connection_.handle(), sql.data(), static_cast<int>(sql.size()), 0, &raw, &tail);
  sqlite::Statement statement(connection_.handle(), raw);
  const bool alone = result_code != SQLITE_OK ||
                     is_blank(connection_.handle(), sql.substr(static_cast<std::size_t>(tail - sql.data())));
  preparing_ = false;
  if (result_code == SQLITE_AUTH)
    return Error(Code::kNotPermitted, "only SELECT over the record tables is allowed");
  if (result_code == SQLITE_ERROR) return Error(Code::kInvalidArgument, sqlite3_errmsg(connection_.handle()));
  if (result_code != SQLITE_OK) return sqlite::error_of(connection_.handle(), result_code, "prepare");
  if (!alone) return Error(Code::kNotPermitted, "one statement at a time");
  if (raw == nullptr) return Error(Code::kInvalidArgument, "no statement");
  if (sqlite3_stmt_readonly(raw) == 0 || sqlite3_column_count(raw) == 0)
    return Error(Code::kNotPermitted, "only SELECT over the record tables is allowed");
  return statement;
}

}  // namespace thuisbasis
