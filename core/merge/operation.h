// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <vector>

#include "core/base/ids.h"
#include "core/merge/field_value.h"
#include "core/merge/frontier.h"
#include "core/merge/hybrid_time.h"

namespace thuisbasis {

/// The rule codes of proto/thuisbasis/merge_rules.proto, as they travel. An unlisted number is a rule of a
/// later version: its operations are kept, not understood.
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

/// True for the rules above, false for those of a later version.
constexpr bool is_known_rule(std::uint8_t rule) { return rule >= 1 && rule <= 9; }

/// One field operation: replaces exactly the dots it names, then adds its entry (if it has one) under the dot
/// of its change. By rule:
/// - kRegister, kText: `entry` is the value, shape kNone where the field was emptied.
/// - kSet: `entry` is the element; it replaces entries of that element only. `removed`: nothing is added.
/// - kRemoveWinsSet: the same, but a removal is an entry too.
/// - kCounter: `entry` is a varint, what the author adds (two's complement); its running total is the entry.
///   `replaces` is empty: an author's changes arrive in order. So an edit of an old base loses no count.
/// - kMin, kMax: `entry` is an offer. `replaces` is empty.
/// - kOnce: `entry` is the value, in the creating change; several for a repeated field. `replaces` is empty.
/// - kLifecycle, field 0: a deletion is a removed entry whose data lists the dots it saw (dot_list.h); an
///   undeletion has no entry.
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

/// One record's part of a change. A record is known by kind and id together.
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
/// What a device saves at once: a change that it has to write again as another instance names what that has
/// seen, some 400 authors at most, and must still be a change.
inline constexpr std::size_t kSavedBytesMax = kChangeBytesMax - (std::size_t{16} << 10);
inline constexpr std::size_t kChangeRecordsMax = 4096;
inline constexpr std::size_t kRecordOperationsMax = 65536;
inline constexpr std::size_t kChangeAuthorsMax = 4096;
/// Numbers of changes stay below this, so that SQL's signed integers hold them.
inline constexpr std::uint64_t kChangeNumberMax = (std::uint64_t{1} << 63) - 1;
inline constexpr std::uint32_t kFieldNumberMax = (std::uint32_t{1} << 29) - 1;  ///< protobuf's own limit

/// What must have been applied before this change: the author's change before it, what it says it has seen,
/// and every dot it replaces. The last is no luxury: a change that replaced what it does not wait for would
/// leave different states behind in different orders.
Frontier dependencies(const Change& change);

/// The bytes of a change (proto/thuisbasis/change.proto). Deterministic. kTooLarge beyond the limits above,
/// kInvalidArgument for a change that decode_change would refuse.
Result<Bytes> encode_change(const Change& change);
/// Parses a change of `author`; checks everything that can be checked without a state. kMalformed, kTooLarge;
/// whether its dependencies() were applied is for the caller to find (kMissingDependency).
Result<Change> decode_change(const Author& author, ByteView bytes);

}  // namespace thuisbasis
