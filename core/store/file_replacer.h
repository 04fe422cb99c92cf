// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/result.h"

namespace thuisbasis {

/// Moves a file over another one, durably and in one step: the directory is synced before it returns, and
/// after a crash there is either the old file or the new one. SQLite's VFS has no such call, so it is a port.
class FileReplacer {
 public:
  virtual ~FileReplacer() = default;
  virtual Status replace(const std::string& from, const std::string& over) = 0;
};

}  // namespace thuisbasis
