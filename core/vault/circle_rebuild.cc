// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/circle_rebuild.h"

#include <set>

#include "core/vault/stored_changes.h"

namespace thuisbasis {
namespace {

using Place = std::pair<std::uint32_t, RecordId>;

void collect(std::set<Place>& places, const Applied& applied) {
  for (const TouchedRecord& touched : applied.touched) places.emplace(touched.kind, touched.id);
}

Status merge_bundle(VaultState& state, const StoredCircle& circle, const StoredBundle& bundle,
                    std::set<Place>& places) {
  TB_TRY(const OpenedBundle opened, open_stored(state, circle, bundle));
  const BundleChanges read = decode_changes(opened, bundle.author);
  TB_TRY(const Applied applied,
         state.store.applier.apply(circle.row, {bundle.author, bundle.first, bundle.last, read.changes,
                                                effective_limit(bundle.signed_time), bundle.chain}));
  collect(places, applied);
  return state.store.circles.raise_seen(circle.row, bundle.author, opened.seen);
}

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
  TB_CHECK(for_each_bundle(state, circle, [&](const StoredBundle& bundle) {
    return merge_bundle(state, circle, bundle, places);
  }));
  for (const UnsentChange& one : unsent) {
    TB_TRY(const Change change, decode_change(one.author, one.bytes));
    TB_TRY(const Applied applied, store.applier.apply_local(circle.row, change, one.bytes));
    collect(places, applied);
  }
  return announce_all(state, circle, before, std::move(places));
}

}  // namespace thuisbasis
