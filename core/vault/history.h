// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/merge/record_state.h"

namespace thuisbasis {

struct ListFilter {
  std::uint32_t kind = 0;
  std::optional<CircleId> circle;
  bool even_deleted = false;
  std::size_t limit = 0;  ///< 0: all
};

struct SearchHit {
  std::uint32_t kind = 0;
  RecordId record;
  CircleId circle;
  std::string snippet;  ///< the words in their sentence, hits between U+2039 and U+203A
};

/// Rows of a read-only query, as text; an empty optional is SQL's NULL.
struct SqlAnswer {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

/// One of the values that stand side by side.
struct Candidate {
  FieldValue value;
  Dot dot;
  HybridTime time;
  std::string author;  ///< display name, or the device's id where the name is unknown
  bool shown = false;
};

/// Two people changed the same thing without knowing of each other. Nothing is lost until a person settles
/// it.
struct Conflict {
  enum class What : std::uint8_t { kField, kDeletedWhileEdited };
  What what = What::kField;
  std::uint32_t kind = 0;
  RecordId record;
  CircleId circle;
  std::uint32_t field = 0;
  std::vector<Candidate> candidates;  ///< of kField, the shown one first
};

/// How a person settles a conflict.
struct KeepCandidate {
  std::uint32_t field;
  std::size_t candidate;  ///< position in Conflict::candidates
};
struct KeepValue {
  std::uint32_t field;
  FieldValue value;
};
struct KeepRecord {};
struct DeleteRecord {};
using Settlement = std::variant<KeepCandidate, KeepValue, KeepRecord, DeleteRecord>;

/// Who did what to a record, when.
struct HistoryEvent {
  Dot dot;
  HybridTime time;
  std::string author;
  bool self = false;
  bool created = false;
  std::vector<Operation> operations;
};

}  // namespace thuisbasis
