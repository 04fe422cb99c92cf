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

/// Merges a circle's bundles, causes first.
class CausalMerge final {
 public:
  CausalMerge(VaultState& state, const StoredCircle& circle, std::set<Place>& places)
      : state_(state), circle_(circle), places_(places) {}

  /// Now, or once what it builds on is there: content that took the place of its bare commitments may need
  /// what is stored behind them.
  Status take(const StoredBundle& bundle) {
    const auto before = waiting_.find(bundle.author);
    TB_TRY(const bool merged, before == waiting_.end() ? merge_if_due(bundle) : Result<bool>(false));
    if (!merged) {
      waiting_[bundle.author].push_back(bundle);
      return {};
    }
    return waiting_.empty() ? Status() : take_waiting();
  }

  Status end() const {
    if (waiting_.empty()) return {};
    const StoredBundle& first = waiting_.begin()->second.front();
    return Error(Code::kMissingDependency, "changes " + std::to_string(first.first) + " to " +
                                               std::to_string(first.last) +
                                               " build on others that are not sealed here");
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

  Status take_waiting() {
    for (bool progress = true; progress;) {
      progress = false;
      for (auto line = waiting_.begin(); line != waiting_.end();) {
        TB_TRY(const bool merged, merge_if_due(line->second.front()));
        if (merged) line->second.pop_front();
        progress = progress || merged;
        line = line->second.empty() ? waiting_.erase(line) : std::next(line);
      }
    }
    return {};
  }

  VaultState& state_;
  const StoredCircle& circle_;
  std::set<Place>& places_;
  std::map<Author, std::deque<StoredBundle>> waiting_;
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

}  // namespace

Status rebuild_circle(VaultState& state, const StoredCircle& circle) {
  Store& store = state.store;
  TB_TRY(const std::vector<UnsentChange> unsent, store.log.all_unsent(circle.row));
  TB_CHECK(store.log.take_out_unsent(circle.row));
  TB_TRY(const std::vector<RecordPlace> before, store.records.erase_circle(circle.row));
  TB_CHECK(store.circles.forget_applied(circle.row));
  std::set<Place> places;
  CausalMerge merge(state, circle, places);
  TB_CHECK(for_each_bundle(state, circle, [&](const StoredBundle& bundle) { return merge.take(bundle); }));
  TB_CHECK(merge.end());
  for (const UnsentChange& one : unsent) {
    TB_TRY(const Change change, decode_change(one.author, one.bytes));
    TB_TRY(const Applied applied, store.applier.apply_local(circle.row, change, one.bytes));
    collect(places, applied);
  }
  return announce_all(state, circle, before, std::move(places));
}

}  // namespace thuisbasis
