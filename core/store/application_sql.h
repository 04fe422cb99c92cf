// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <set>
#include <string>
#include <vector>

#include "core/base/sqlite.h"
#include "core/schema/schema.h"
#include "core/store/database_guard.h"

namespace thuisbasis {

/// Lets applications read with plain SQL, and nothing else: SELECT over the record tables, their search
/// indexes and what tb_circle says about circles. While it lives it is the connection's authorizer, which
/// asks the database's own guard as well. The arguments must outlive it; one a connection; one thread at a
/// time.
class ApplicationSql final {
 public:
  ApplicationSql(sqlite::Connection& connection, const Schema& schema, DatabaseGuard& guard);
  ~ApplicationSql();
  ApplicationSql(const ApplicationSql&) = delete;
  ApplicationSql& operator=(const ApplicationSql&) = delete;

  /// One SELECT, ready to bind. kNotPermitted for anything else, kInvalidArgument for SQL that does not
  /// parse. Steps answer errors as the engine's own statements do.
  Result<sqlite::Statement> prepare(std::string_view sql);

 private:
  static int authorize(void* self, int action, const char* first, const char* second, const char* database,
                       const char* trigger);
  Status open_virtual_tables();
  bool may_read(std::string_view table, std::string_view column) const;
  bool allows(int action, const char* first, const char* second) const;

  sqlite::Connection& connection_;
  DatabaseGuard& guard_;
  std::vector<std::string> openers_;  // queries that open the virtual tables
  std::set<std::string, std::less<>> readable_;
  bool preparing_ = false;
};

}  // namespace thuisbasis
