// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>

#include "core/vault/vault.h"

namespace thuisbasis {

struct ExportCounts {
  std::uint64_t circles = 0;
  std::uint64_t records = 0;
};
/// Writes all that the vault holds and has not deleted, line by line (tools/transfer/export_import.h); equal
/// content gives equal bytes.
Result<ExportCounts> export_vault(const Vault& vault,
                                  const std::function<void(const std::string&)>& write_line);

}  // namespace thuisbasis
