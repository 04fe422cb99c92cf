// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <vector>

#include "core/base/sqlite.h"

namespace thuisbasis {

/// The few things a vault holds one of: its instance, its keys, the relay's epoch, the time of the last
/// round. Table tb_value. The connection must outlive it; one thread at a time.
class Values final {
 public:
  explicit Values(sqlite::Connection& connection) : connection_(connection) {}

  Result<std::optional<Bytes>> get(std::string_view name) const;
  /// Of all names that begin with `prefix`, which is ASCII and not empty; by name.
  Result<std::vector<Bytes>> all_under(std::string_view prefix) const;
  Status put(std::string_view name, ByteView value);  ///< writes only when the value differs
  Status erase(std::string_view name);
  Result<std::optional<std::int64_t>> integer(std::string_view name) const;
  Status put(std::string_view name, std::int64_t value);

 private:
  sqlite::Connection& connection_;
};

}  // namespace thuisbasis
