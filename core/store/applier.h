// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <span>
#include <vector>

#include "core/merge/record_state.h"
#include "core/store/change_log.h"
#include "core/store/circles.h"
#include "core/store/record_store.h"

namespace thuisbasis {

/// Consecutive changes of one author: those of one bundle.
struct AuthorChanges {
  Author author;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  /// Ascending numbers within first to last; one that is missing was withheld and only moves the frontier.
  std::span<const Change> changes;
  /// No operation counts as written after this: the bundle's signed time, see effective_limit().
  HybridTime limit{~std::uint64_t{0}};
  /// The author's chain value at `last`.
  ChainValue chain;
};

/// The limit that a bundle's signed time sets: a change of the same millisecond keeps its counter.
inline HybridTime effective_limit(WallMs signed_time) { return HybridTime::from_ms(signed_time, 0xffff); }

enum class Touch : std::uint8_t { kCreated, kChanged, kDeleted, kCameBack };

struct TouchedRecord {
  std::uint32_t kind = 0;
  RecordId id;
  Touch what = Touch::kChanged;
  friend bool operator==(const TouchedRecord&, const TouchedRecord&) = default;
};

/// An operation that was not merged as its author meant it; for the journal.
struct AppliedRemark {
  MergeRemark remark = MergeRemark::kNone;
  Dot dot;
  std::uint32_t kind = 0;
  RecordId record;
  std::uint32_t field = 0;
  friend bool operator==(const AppliedRemark&, const AppliedRemark&) = default;
};

struct Applied {
  std::uint64_t changes = 0;           ///< how many were new
  std::vector<TouchedRecord> touched;  ///< as far as a reader can see, in the order they were written
  std::vector<AppliedRemark> remarks;
};

/// Takes changes into the tables: every touched record is read once, merged in memory and written once;
/// digest, frontier and what the author has seen move with it. Local writes and bundles go the same way. All
/// within the caller's transaction, which the caller rolls back after an error. The arguments must outlive
/// it; one thread at a time.
class Applier final {
 public:
  Applier(const Schema& schema, Circles& circles, RecordStore& records, ChangeLog& log)
      : schema_(schema), circles_(circles), records_(records), log_(log) {}

  /// A bundle's changes. What was applied before is skipped. kMissingDependency, and nothing done, when
  /// numbers are missing before `first` or a change names what has not arrived; kMalformed for changes out of
  /// order or of another author.
  Result<Applied> apply(CircleRow circle, const AuthorChanges& incoming);

  /// A change that was just made here, and its bytes into the change log. Its number follows the author's
  /// head, else kConflict; errors besides are those of apply().
  Result<Applied> apply_local(CircleRow circle, const Change& change, ByteView bytes);
  /// The same for a caller that has read state and frontier of the circle in this transaction, and changed
  /// nothing of it since.
  Result<Applied> apply_local(const CircleState& circle, const Frontier& frontier, const Change& change,
                              ByteView bytes);

 private:
  Result<Applied> merge(const CircleState& circle, std::span<const Change> changes, HybridTime limit);

  const Schema& schema_;
  Circles& circles_;
  RecordStore& records_;
  ChangeLog& log_;
};

}  // namespace thuisbasis
