// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <vector>

#include "core/base/ids.h"
#include "core/merge/field_value.h"
#include "core/merge/frontier.h"
#include "core/merge/hybrid_time.h"

namespace thuisbasis {

/// The rule codes of proto/thuisbasis/merge_rules.proto, as they travel. An unlisted number is a rule of a later
/// version: its operations are kept, not understood.
enum class Rule : std::uint8_t {
  kRegister = 1,
  kText = 2,
  kSet = 3,
  kRemoveWinsSet = 4,
  kCounter = 5,
  kMin = 6,
  kMax = 7,
  kOnce = 8,
  kLifecycle = 9,
};
inline constexpr std::uint32_t kLifecycleField = 0;

/// One field operation: replaces exactly the dots it names, then adds its entry (if it has one) under the dot of
/// its change.
struct Operation {
  std::uint32_t field = 0;
  std::uint8_t rule = 0;  ///< a Rule, or a number this version does not know
  std::vector<Dot> replaces;
  std::optional<FieldValue> entry;
  bool removed = false;  ///< the entry is a removal (kRemoveWinsSet, kLifecycle)
  friend bool operator==(const Operation&, const Operation&) = default;
};

/// Where a shared copy came from.
struct Origin {
  CircleId circle;
  RecordId record;
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct RecordChange {
  RecordId record;
  std::uint32_t kind = 0;
  bool created = false;
  std::optional<Origin> origin;
  std::vector<Operation> operations;
  friend bool operator==(const RecordChange&, const RecordChange&) = default;
};

/// What one local transaction did to the records of one circle.
struct Change {
  Dot dot;
  HybridTime time;
  Frontier seen;  ///< of other authors, since the author's previous change in this circle
  std::vector<RecordChange> records;
  friend bool operator==(const Change&, const Change&) = default;
};

inline constexpr std::size_t kChangeBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t kChangeRecordsMax = 4096;
inline constexpr std::size_t kRecordOperationsMax = 65536;

/// The bytes of a change (proto/thuisbasis/change.proto). Deterministic. kTooLarge beyond the limits above.
Result<Bytes> encode_change(const Change& change);
/// Parses a change of `author`. kMalformed, kTooLarge; kMissingDependency is the caller's to find.
Result<Change> decode_change(const Author& author, ByteView bytes);

}  // namespace thuisbasis
