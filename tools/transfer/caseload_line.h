// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/merge/field_value.h"
#include "core/schema/schema.h"

namespace thuisbasis {

/// A field with the value that a line gives it; none empties it.
struct FieldWrite {
  std::uint32_t field = 0;
  Rule rule = Rule::kRegister;
  FieldValue value;
};

/// What a line does to one record.
struct RecordWrite {
  const KindSchema* kind = nullptr;  ///< of Schema::builtin()
  RecordId id;
  bool creates = false;  ///< not an edit of a record that an earlier line made
  std::vector<FieldWrite> fields;
};

/// One line of the caseload format as records of the engine: what a person did in one go, in one family. A
/// note is a Visit of the same id and a VisitNote, a score of a goal is a GoalScore; fields that
/// records.proto has no home for go to the numbers of imported_field.h.
struct CaseloadLine {
  WallMs at_ms = 0;
  bool puts = false;       ///< a new thing; else an edit
  std::string_view about;  ///< "family", "person", "goal", "note" or "action"
  RecordId id;             ///< as the line gives it
  RecordId family;
  std::string family_name;                 ///< of a family that is put
  std::optional<std::int64_t> updated_at;  ///< the version that the line leaves the thing at
  std::vector<RecordWrite> records;        ///< in the order in which they change; one of each kind
  std::size_t principal = 0;               ///< the one of `records` that stands for the thing
  std::vector<std::string> homeless;       ///< "note.mood": what had no home
};

/// Whether a line is of this format, by its "op".
bool is_caseload_op(std::string_view op);
/// Reads a line, knowing no vault. kMalformed with the reason, kTooLarge beyond line_limits.h. Pure.
Result<CaseloadLine> read_caseload_line(std::string_view text);

}  // namespace thuisbasis
