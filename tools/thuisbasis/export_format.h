// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <memory>

#include "tools/thuisbasis/row.h"
#include "tools/transfer/import_counts.h"
#include "tools/transfer/line_edits.h"

namespace thuisbasis {

// The export format: JSON lines. First the circles, numbered from 1, because ids of circles are never taken
// over:
//   {"op":"circle","n":1,"kind","name","dossier","subject"}
// then the records by circle, kind and id, with every shown value:
//   {"op":"record","circle":1,"kind","id","v":{field: value},"origin":{"circle","record"},"unknown":[...]}
// Fields that this version has no name for: {"field":90,"rule":1,"text"|"bytes"|"varint"|"fixed64"|"fixed32":
// value}.

struct ExportCounts {
  std::uint64_t circles = 0;
  std::uint64_t records = 0;
};
/// Writes all that the vault shows, line by line; equal content gives equal bytes.
Result<ExportCounts> export_vault(const Vault& vault,
                                  const std::function<void(const std::string&)>& write_line);

/// Reads the export format into a vault. Circles that are there already (same dossier, kind, subject and
/// name) are used again, records that are there already are passed over.
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
