// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/circle_rebuild.h"

#include <deque>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "core/vault/stored_changes.h"

namespace thuisbasis {
namespace {

using Place = std::pair<std::uint32_t, RecordId>;

void collect(std::set<Place>& places, const Applied& applied) {
  for (const TouchedRecord& touched : applied.touched) places.emplace(touched.kind, touched.id);
}

/// Merges a circle's bundles and unsent changes, causes first.
class CausalMerge final {
 public:
  CausalMerge(VaultState& state, const StoredCircle& circle, std::set<Place>& places)
      : state_(state), circle_(circle), places_(places) {}

  /// Now, or once what it builds on is there: content that took the place of its bare commitments may need
  /// what is stored behind them, and what others wrote may build on work of ours that is not sealed here.
  Status take(const StoredBundle& bundle) {
    const auto before = waiting_.find(bundle.author);
    TB_TRY(const bool merged, before == waiting_.end() ? merge_if_due(bundle) : Result<bool>(false));
    if (!merged) {
      waiting_[bundle.author].push_back(bundle);
      return {};
    }
    return take_waiting();
  }
  /// In the order they were saved, after all bundles.
  Status take(UnsentChange change) {
    unsent_.push_back(std::move(change));
    return take_waiting();
  }

  /// What builds on changes that are nowhere here.
  Result<std::vector<StoredBundle>> end() {
    if (!unsent_.empty())
      return Error(Code::kMissingDependency, "own change " + std::to_string(unsent_.front().number) +
                                                 " builds on others that are not here");
    std::vector<StoredBundle> orphans;
    for (auto& [author, line] : waiting_) std::move(line.begin(), line.end(), std::back_inserter(orphans));
    return orphans;
  }

 private:
  Result<bool> merge_if_due(const StoredBundle& bundle) {
    TB_TRY(const OpenedBundle opened, open_stored(state_, circle_, bundle));
    const BundleChanges read = decode_changes(opened, bundle.author);
    const Result<Applied> applied =
        state_.store.applier.apply(circle_.row, {bundle.author, bundle.first, bundle.last, read.changes,
                                                 effective_limit(bundle.signed_time), bundle.chain});
    if (!applied && applied.error().code() == Code::kMissingDependency) return false;
    if (!applied) return Error(applied.error());
    collect(places_, *applied);
    TB_CHECK(state_.store.circles.raise_seen(circle_.row, bundle.author, opened.seen));
    return true;
  }

  Result<bool> merge_unsent_if_due(const UnsentChange& one) {
    TB_TRY(const Change change, decode_change(one.author, one.bytes));
    const Result<Applied> applied = state_.store.applier.apply_local(circle_.row, change, one.bytes);
    if (!applied && applied.error().code() == Code::kMissingDependency) return false;
    if (!applied) return Error(applied.error());
    collect(places_, *applied);
    return true;
  }

  Status take_waiting() {
    for (bool progress = !waiting_.empty() || !unsent_.empty(); progress;) {
      progress = false;
      for (auto line = waiting_.begin(); line != waiting_.end();) {
        TB_TRY(const bool merged, merge_if_due(line->second.front()));
        if (merged) line->second.pop_front();
        progress = progress || merged;
        line = line->second.empty() ? waiting_.erase(line) : std::next(line);
      }
      if (unsent_.empty()) continue;
      TB_TRY(const bool merged, merge_unsent_if_due(unsent_.front()));
      if (merged) unsent_.pop_front();
      progress = progress || merged;
    }
    return {};
  }

  VaultState& state_;
  const StoredCircle& circle_;
  std::set<Place>& places_;
  std::map<Author, std::deque<StoredBundle>> waiting_;
  std::deque<UnsentChange> unsent_;
};

/// Live queries hear of everything that may have changed.
Status announce_all(VaultState& state, const StoredCircle& circle, const std::vector<RecordPlace>& before,
                    std::set<Place> places) {
  std::set<Place> shown_before;
  for (const RecordPlace& record : before) {
    if (record.deleted) continue;
    shown_before.emplace(record.kind, record.id);
    places.emplace(record.kind, record.id);
  }
  Applied told;
  for (const auto& [kind, id] : places) {
    TB_TRY(const auto now, state.store.records.load(circle.row, kind, id));
    const KindSchema* schema = state.world.schema.kind(kind);
    const bool append_only = schema != nullptr && schema->append_only;
    const bool shown = now && presence(now->state, append_only) != Presence::kDeleted;
    const bool was_shown = shown_before.contains({kind, id});
    if (shown)
      told.touched.push_back({kind, id, was_shown ? Touch::kChanged : Touch::kCreated});
    else if (was_shown)
      told.touched.push_back({kind, id, Touch::kDeleted});
  }
  state.announce(circle.id, told, false);
  return {};
}

/// Merges the circle again, and answers what could not be merged; that is still stored.
Result<std::vector<StoredBundle>> merge_again(VaultState& state, const StoredCircle& circle) {
  Store& store = state.store;
  TB_TRY(std::vector<UnsentChange> unsent, store.log.all_unsent(circle.row));
  TB_CHECK(store.log.take_out_unsent(circle.row));
  TB_TRY(const std::vector<RecordPlace> before, store.records.erase_circle(circle.row));
  TB_CHECK(store.circles.forget_applied(circle.row));
  std::set<Place> places;
  CausalMerge merge(state, circle, places);
  TB_CHECK(for_each_bundle(state, circle, [&](const StoredBundle& bundle) { return merge.take(bundle); }));
  for (UnsentChange& one : unsent) TB_CHECK(merge.take(std::move(one)));
  TB_TRY(std::vector<StoredBundle> orphans, merge.end());
  TB_CHECK(announce_all(state, circle, before, std::move(places)));
  return orphans;
}

Error error_of(const StoredBundle& orphan) {
  return {Code::kMissingDependency, "changes " + std::to_string(orphan.first) + " to " +
                                        std::to_string(orphan.last) + " build on others that are not here"};
}

}  // namespace

Status rebuild_circle(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const std::vector<StoredBundle> orphans, merge_again(state, circle));
  return orphans.empty() ? Status() : Status(error_of(orphans.front()));
}

Result<std::vector<StoredBundle>> rebuild_without_taken_out(VaultState& state, const StoredCircle& circle) {
  TB_TRY(std::vector<StoredBundle> orphans, merge_again(state, circle));
  for (const StoredBundle& orphan : orphans) {
    // Of this device's own only what the relay is known to have: without a place it would count as stranded.
    if (orphan.author.device == state.self.device && !orphan.sequence) return error_of(orphan);
    TB_CHECK(state.store.log.forget_bundle(circle.row, orphan.author, orphan.last));
  }
  return orphans;
}

}  // namespace thuisbasis
