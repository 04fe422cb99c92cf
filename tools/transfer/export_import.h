// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>

#include "core/vault/vault.h"
#include "tools/transfer/import_counts.h"

namespace thuisbasis {

// The export format: JSON lines. First the circles, numbered from 1, because ids of circles are never taken
// over:
//   {"op":"circle","n":1,"kind","name","dossier","subject"}
// then the records by circle, kind and id, deleted ones left out:
//   {"op":"record","circle":1,"kind","id","v":{field: value},"conflicts":{field: [value, ...]},
//    "origin":{"circle","record"},"unknown":[...]}
// A kind that the exporting version had no name for is its number. "v" has the shown values; "conflicts"
// every value of the fields with more than one, null for an emptied one, the shown one last. "unknown" has
// the fields without a name, in the same order, byte for byte:
//   {"field":90,"rule":1,"text"|"bytes"|"varint"|"fixed64"|"fixed32": value}
// with no value for one that was emptied and is in conflict. Not carried: who wrote what and when, deletions
// (also of what was edited meanwhile, which is a plain record then), the parts of a counter, and operations
// under merge rules that the exporting version did not know.

/// Reads the export format into a vault. Circles that are there already (same dossier, kind, subject and
/// name) are used again, records that are there already are passed over. Vault and counts must outlive it.
/// One thread.
class ExportImport final {
 public:
  ExportImport(Vault& vault, ImportCounts& counts);
  ~ExportImport();
  static bool reads(std::string_view op);
  /// kMalformed with the reason; nothing of a bad line is written.
  Status take(std::string_view line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thuisbasis
