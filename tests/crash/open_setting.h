// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/result.h"

struct sqlite3;

namespace thuisbasis::crash {

/// Settings that no vault has, given to the database that was opened latest in this process, underneath its
/// guard. For proving what a weaker setting would lose. One at a time; one thread.
class OpenSetting final {
 public:
  /// `sql` is of PRAGMAs; empty changes nothing.
  explicit OpenSetting(std::string sql);
  ~OpenSetting();
  OpenSetting(const OpenSetting&) = delete;
  OpenSetting& operator=(const OpenSetting&) = delete;

  /// After each opening.
  Status apply();

 private:
  std::string sql_;
};

}  // namespace thuisbasis::crash
