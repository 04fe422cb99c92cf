// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

struct sqlite3;

namespace thuisbasis {

/// What no SQL may do in a vault, wherever it comes from: ATTACH and VACUUM INTO (they would copy plaintext
/// out or mix ciphers), and every PRAGMA that sets something but for a short list. Reading a PRAGMA and plain
/// VACUUM stay allowed. A connection has one authorizer: a stricter one for applications asks judge() too.
/// Must outlive the connection. The connection's thread.
class DatabaseGuard final {
 public:
  explicit DatabaseGuard(sqlite3* db) : db_(db) {}
  DatabaseGuard(const DatabaseGuard&) = delete;
  DatabaseGuard& operator=(const DatabaseGuard&) = delete;

  /// Becomes the connection's authorizer, in place of any other.
  void install();
  /// SQLITE_OK or SQLITE_DENY for an action and its first two arguments, as sqlite3_set_authorizer describes
  /// them.
  int judge(int action, const char* first, const char* second) const;
  /// The one file name, as a URI, that the export may VACUUM INTO; empty for none.
  void allow_export_to(std::string uri) { export_uri_ = std::move(uri); }

 private:
  bool allows_attach(const char* file) const;

  sqlite3* db_;
  std::string export_uri_;
};

}  // namespace thuisbasis
