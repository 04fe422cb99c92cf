// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>

#include "core/vault/vault.h"
#include "tools/transfer/caseload_line.h"
#include "tools/transfer/import_counts.h"

namespace thuisbasis {

/// Writes what a line says as one change of the family's circle, at the line's own time. Fields that show the
/// value already, and a score that stands already, are passed over; false when nothing is left to write.
/// kConflict when a record stands in another circle.
Result<bool> write_caseload_line(Vault& vault, const CircleId& circle, const CaseloadLine& line);

/// Brings a caseload into a vault, line by line. Each family gets a dossier and a circle `kern`. A line whose
/// record already has its `updatedAt` or a later one was imported before and is passed over. Vault, random
/// and counts must outlive it. One thread.
class CaseloadImport final {
 public:
  CaseloadImport(Vault& vault, Random& random, ImportCounts& counts)
      : vault_(vault), random_(random), counts_(counts) {}
  /// kMalformed for an edit of what was never put; nothing of a refused line is written.
  Status take(const CaseloadLine& line);

 private:
  Status load_circles();
  Result<CircleId> circle_of(const CaseloadLine& line);
  Result<bool> is_known(const CaseloadLine& line);

  Vault& vault_;
  Random& random_;
  ImportCounts& counts_;
  bool circles_loaded_ = false;
  std::map<RecordId, CircleId> circles_;          // kern circle by family
  std::map<RecordId, std::int64_t> known_until_;  // `updatedAt` of records before this import began
};

}  // namespace thuisbasis
