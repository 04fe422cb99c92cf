// SPDX-License-Identifier: EUPL-1.2
// For the sources of this room only, as json_line.h.
#pragma once
#include <optional>
#include <vector>

#include "core/merge/record_state.h"
#include "core/schema/schema.h"
#include "tools/transfer/json_line.h"

namespace thuisbasis {

/// The values of one field: of a register in conflict all that stand side by side, the shown one last.
struct FieldValues {
  std::uint32_t number = 0;
  Rule rule = Rule::kRegister;
  bool repeated = false;
  std::vector<FieldValue> values;

  bool in_conflict() const { return values.size() > 1 && (rule == Rule::kRegister || rule == Rule::kText); }
};

/// A record as a line of an export has it.
struct ExportedRecord {
  KindSchema kind;  ///< of a kind without a name here, nothing but its number
  RecordId id;
  std::optional<Origin> origin;
  std::vector<FieldValues> fields;

  /// The values of a field, none so far if it was not named before.
  FieldValues& field(std::uint32_t number, Rule rule, bool repeated);
};

/// kMalformed, with what is wrong. Kinds and fields that only later versions know are taken by their numbers.
Result<ExportedRecord> read_exported_record(const Json& line, const Schema& schema);

}  // namespace thuisbasis
