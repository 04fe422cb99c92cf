// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/open_setting.h"

#include <sqlite3.h>

#include "core/base/sqlite.h"

namespace thuisbasis::crash {
namespace {

sqlite3* opened_latest = nullptr;

/// SQLite calls it for every connection that is opened.
int note_connection(sqlite3* db, const char**, const void*) {
  opened_latest = db;
  return SQLITE_OK;
}

using Extension = void (*)();

}  // namespace

OpenSetting::OpenSetting(std::string sql) : sql_(std::move(sql)) {
  sqlite3_auto_extension(reinterpret_cast<Extension>(note_connection));
}

OpenSetting::~OpenSetting() {
  sqlite3_cancel_auto_extension(reinterpret_cast<Extension>(note_connection));
  opened_latest = nullptr;
}

Status OpenSetting::apply() {
  if (sql_.empty()) return {};
  sqlite3_set_authorizer(opened_latest, nullptr, nullptr);
  const int result_code = sqlite3_exec(opened_latest, sql_.c_str(), nullptr, nullptr, nullptr);
  if (result_code != SQLITE_OK) return sqlite::error_of(opened_latest, result_code, sql_);
  return {};
}

}  // namespace thuisbasis::crash
