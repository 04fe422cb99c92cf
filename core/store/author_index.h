// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <unordered_map>
#include <vector>

#include "core/base/sqlite.h"
#include "core/merge/row_codec.h"

namespace thuisbasis {

/// Short numbers for authors, so that a row's clocks take a few bytes a field: table tb_author, cached in
/// memory. Forgets what it cached when the connection rolls back. The connection must outlive it; where a
/// connection has several, they end in the reverse order of their beginning, and only the newest is used; one
/// thread at a time.
class AuthorIndex final : public AuthorTable {
 public:
  explicit AuthorIndex(sqlite::Connection& connection);
  ~AuthorIndex() override;
  AuthorIndex(const AuthorIndex&) = delete;
  AuthorIndex& operator=(const AuthorIndex&) = delete;

  Result<std::uint32_t> index_of(const Author& author) override;
  Result<Author> author_at(std::uint32_t index) override;
  /// Reads the table again at the next use: after a savepoint was rolled back, of which SQLite tells nobody.
  void forget();
  /// The same for every index of the connection.
  void forget_all();

 private:
  Status load();
  Result<std::uint32_t> insert(const Author& author);

  sqlite::Connection& connection_;
  AuthorIndex* before_;  ///< of the same connection; null for none
  bool loaded_ = false;
  std::vector<Author> authors_;  // number - 1
  std::unordered_map<Author, std::uint32_t> numbers_;
};

}  // namespace thuisbasis
