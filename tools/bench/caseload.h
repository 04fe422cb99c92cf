// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/merge/field_value.h"
#include "core/schema/schema.h"

namespace thuisbasis::bench {

/// A field written by a line of a caseload. Fields without a home in records.proto have numbers from 100000.
struct FieldWrite {
  std::uint32_t field = 0;
  Rule rule = Rule::kRegister;
  FieldValue value;
};

/// What a line does to one record.
struct RecordWrite {
  const KindSchema* kind = nullptr;
  RecordId id;
  bool creates = false;
  std::vector<FieldWrite> fields;
};

/// One line: what a person did in one go, in one family.
struct CaseloadLine {
  std::int64_t at_ms = 0;
  RecordId family;
  bool creates = false;  ///< a "put"
  std::vector<RecordWrite> records;
};

/// A caseload as the records of the engine: a note is a Visit and a VisitNote, a score of a goal a GoalScore.
struct Caseload {
  std::vector<CaseloadLine> lines;
  std::size_t families = 0;
  std::string raw;         ///< the lines as they were read
  std::string state_json;  ///< what stands at the end, as compact JSON lines: what any engine must move
};

/// Reads a gzipped caseload. kNotFound, kIo, kMalformed with the line's number.
Result<Caseload> read_caseload(const std::string& path);

/// A caseload and its week: files caseloadX.jsonl.gz and weekX.jsonl.gz of one X. The largest such pair of
/// the folder; kNotFound when there is none.
struct CaseloadFiles {
  std::string caseload;
  std::string week;
};
Result<CaseloadFiles> find_caseload(const std::string& folder);

/// The fields that records.proto has no place for: kept under these numbers, as columns in the floor.
struct HomelessField {
  std::uint32_t number;
  const char* name;
  bool is_text;
};
const std::vector<HomelessField>& homeless_fields();

}  // namespace thuisbasis::bench
