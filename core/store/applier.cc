// SPDX-License-Identifier: EUPL-1.2
#include "core/store/applier.h"

#include "core/base/planted_bug.h"

#include <algorithm>
#include <map>
#include <optional>

namespace thuisbasis {
namespace {

/// A record while the changes of one call are merged into it.
struct Working {
  std::optional<StoredRecord> before;
  RecordState state;
  bool append_only = false;
};

/// The records that one call touches: each is read once and written once.
class WorkingSet final {
 public:
  WorkingSet(CircleRow circle, const Schema& schema, RecordStore& records)
      : circle_(circle), schema_(schema), records_(records) {}

  Status merge(const Change& change, HybridTime effective, std::vector<AppliedRemark>& remarks) {
    for (const RecordChange& part : change.records) {
      TB_TRY(Working * record, working(part));
      const std::vector<MergeRemark> answers =
          thuisbasis::apply(record->state, part, change.dot, effective, record->append_only);
      for (std::size_t i = 0; i < answers.size(); ++i)
        if (answers[i] != MergeRemark::kNone)
          remarks.push_back({answers[i], change.dot, part.kind, part.record, part.operations[i].field});
    }
    return {};
  }

  /// Writes what changed, rows that exist first and in their order: FTS5 writes out its buffer whenever a row
  /// number is lower than the one before.
  Status write(StateDigest& digest, std::vector<TouchedRecord>& touched) {
    std::vector<const Working*> changed;
    for (const Working* record : order_)
      if (!record->before || record->before->state != record->state) changed.push_back(record);
    std::stable_sort(changed.begin(), changed.end(), [](const Working* a, const Working* b) {
      if (!a->before || !b->before) return a->before.has_value() && !b->before.has_value();
      return a->before->row < b->before->row;
    });
    for (const Working* record : changed) {
      if (record->before && !is_planted(PlantedBug::kDigestKeepsOldRows))
        remove_row(digest, row_hash(record->before->state));
      add_row(digest, row_hash(record->state));
      TB_TRY([[maybe_unused]] const std::int64_t row,
             records_.write(circle_, record->state, record->before ? &*record->before : nullptr));
      if (const std::optional<Touch> what = touch_of(*record))
        touched.push_back({record->state.kind, record->state.id, *what});
    }
    return {};
  }

 private:
  using Key = std::pair<std::uint32_t, RecordId>;

  Result<Working*> working(const RecordChange& part) {
    const auto [place, added] = records_by_key_.try_emplace(Key(part.kind, part.record));
    Working& record = place->second;
    if (!added) return &record;
    TB_TRY(record.before, records_.load(circle_, part.kind, part.record));
    if (record.before) record.state = record.before->state;
    const KindSchema* kind = schema_.kind(part.kind);
    record.append_only = kind != nullptr && kind->append_only;
    order_.push_back(&record);
    return &record;
  }

  /// What a reader sees happen; nothing where a record was and stays deleted.
  static std::optional<Touch> touch_of(const Working& record) {
    const auto is_seen = [&](const RecordState& state) {
      return presence(state, record.append_only) != Presence::kDeleted;
    };
    const bool after = is_seen(record.state);
    if (!record.before) return after ? std::optional(Touch::kCreated) : std::nullopt;
    const bool before = is_seen(record.before->state);
    if (before && after) return Touch::kChanged;
    if (before) return Touch::kDeleted;
    return after ? std::optional(Touch::kCameBack) : std::nullopt;
  }

  CircleRow circle_;
  const Schema& schema_;
  RecordStore& records_;
  std::map<Key, Working> records_by_key_;
  std::vector<const Working*> order_;  // of their first change
};

Status check_shape(const AuthorChanges& incoming) {
  if (incoming.first < 1 || incoming.last < incoming.first)
    return Error(Code::kMalformed, "range of changes");
  std::uint64_t last = incoming.first - 1;
  for (const Change& change : incoming.changes) {
    if (change.dot.author != incoming.author) return Error(Code::kMalformed, "change of another author");
    if (change.dot.number <= last || change.dot.number > incoming.last)
      return Error(Code::kMalformed, "change " + std::to_string(change.dot.number) + " is out of order");
    last = change.dot.number;
  }
  return {};
}

Status check_dependencies(const Change& change, const Frontier& frontier) {
  const Frontier needed = dependencies(change);
  for (const auto& [author, number] : needed.numbers())
    if (number > frontier.at(author))
      return Error(Code::kMissingDependency, "change " + std::to_string(change.dot.number) +
                                                 " needs number " + std::to_string(number) +
                                                 " of another author");
  return {};
}

}  // namespace

// What both ways share: records, digest and time.
Result<Applied> Applier::merge(const CircleState& circle, std::span<const Change> changes, HybridTime limit) {
  Applied applied;
  applied.changes = changes.size();
  StateDigest digest = circle.digest;
  HybridTime newest = circle.time;
  WorkingSet records(circle.row, schema_, records_);
  for (const Change& change : changes) {
    const HybridTime effective = std::min(change.time, limit);
    newest = std::max(newest, effective);
    TB_CHECK(records.merge(change, effective, applied.remarks));
  }
  TB_CHECK(records.write(digest, applied.touched));
  TB_CHECK(circles_.put_digest(circle.row, digest, newest));
  return applied;
}

Result<Applied> Applier::apply(CircleRow circle, const AuthorChanges& incoming) {
  TB_CHECK(check_shape(incoming));
  TB_TRY(Frontier frontier, circles_.frontier(circle));
  const std::uint64_t head = frontier.at(incoming.author);
  if (incoming.last <= head) return Applied();
  if (incoming.first > head + 1)
    return Error(Code::kMissingDependency,
                 "changes after number " + std::to_string(head) + " have not arrived");
  const auto is_old = [&](const Change& change) { return change.dot.number <= head; };
  const auto first_new = std::find_if_not(incoming.changes.begin(), incoming.changes.end(), is_old);
  const std::span<const Change> fresh(first_new, incoming.changes.end());
  Frontier seen;
  for (const Change& change : fresh) {
    frontier.raise(incoming.author, change.dot.number - 1);  // withheld ones before it count as applied
    TB_CHECK(check_dependencies(change, frontier));
    seen.raise(change.seen);
  }
  TB_TRY(const CircleState state, circles_.state(circle));
  TB_TRY(Applied applied, merge(state, fresh, incoming.limit));
  TB_CHECK(circles_.raise_chain(circle, incoming.author, incoming.last, incoming.chain));
  TB_CHECK(circles_.raise_seen(circle, incoming.author, seen));
  return applied;
}

Result<Applied> Applier::apply_local(CircleRow circle, const Change& change, ByteView bytes) {
  TB_TRY(const CircleState state, circles_.state(circle));
  TB_TRY(const Frontier frontier, circles_.frontier(circle));
  return apply_local(state, frontier, change, bytes);
}

Result<Applied> Applier::apply_local(const CircleState& circle, const Frontier& frontier,
                                     const Change& change, ByteView bytes) {
  const Author& author = change.dot.author;
  if (change.dot.number != frontier.at(author) + 1)
    return Error(Code::kConflict, "the next change has number " + std::to_string(frontier.at(author) + 1));
  TB_CHECK(check_dependencies(change, frontier));
  TB_TRY(Applied applied, merge(circle, {&change, 1}, change.time));
  TB_CHECK(log_.add_unsent(circle.row, {author, change.dot.number, change.time, to_bytes(bytes)}));
  TB_CHECK(circles_.raise_seen(circle.row, author, change.seen));
  return applied;
}

}  // namespace thuisbasis
