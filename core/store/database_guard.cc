// SPDX-License-Identifier: EUPL-1.2
#include "core/store/database_guard.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace thuisbasis {
namespace {

/// May be given a value: they ask a question, or set what is the vault's own to set.
constexpr std::array<const char*, 21> kPragmasWithValue{
    "analysis_limit",     "application_id",    "cache_size",       "cache_spill",  "data_version",
    "defer_foreign_keys", "foreign_key_check", "foreign_key_list", "foreign_keys", "index_info",
    "index_list",         "index_xinfo",       "integrity_check",  "optimize",     "query_only",
    "quick_check",        "table_info",        "table_list",       "table_xinfo",  "user_version",
    "wal_checkpoint"};

bool allows_pragma(const char* name, const char* value) {
  if (value == nullptr) return true;
  // Without allocating: SQLite calls this, and nothing may be thrown through it.
  return std::any_of(kPragmasWithValue.begin(), kPragmasWithValue.end(),
                     [name](const char* allowed) { return sqlite3_stricmp(name, allowed) == 0; });
}

int authorize(void* guard, int action, const char* first, const char* second, const char*, const char*) {
  return static_cast<const DatabaseGuard*>(guard)->judge(action, first, second);
}

}  // namespace

void DatabaseGuard::install() { sqlite3_set_authorizer(db_, authorize, this); }

int DatabaseGuard::judge(int action, const char* first, const char* second) const {
  if (action == SQLITE_ATTACH) return allows_attach(first) ? SQLITE_OK : SQLITE_DENY;
  if (action == SQLITE_PRAGMA) return allows_pragma(first, second) ? SQLITE_OK : SQLITE_DENY;
  return SQLITE_OK;
}

/// VACUUM attaches a temporary database without a name, which lives in memory.
bool DatabaseGuard::allows_attach(const char* file) const {
  if (file == nullptr) return false;
  return *file == '\0' || (!export_uri_.empty() && export_uri_ == file);
}

}  // namespace thuisbasis
