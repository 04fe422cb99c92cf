// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/own_instance.h"

#include <algorithm>
#include <map>

#include "core/merge/rename_dots.h"
#include "core/vault/circle_rebuild.h"
#include "core/vault/stored_changes.h"

namespace thuisbasis {
namespace {

/// The same bytes as a bundle's change of that number.
bool holds(const OpenedBundle& opened, const UnsentChange& ours) {
  const auto found = std::find_if(opened.changes.begin(), opened.changes.end(),
                                  [&](const OpenedChange& one) { return one.number == ours.number; });
  return found != opened.changes.end() && !found->withheld && to_bytes(found->bytes()) == ours.bytes;
}

/// The author's own work from `first` on that no receipt covers, by number, and then everything unsent of
/// later instances, which may build on it. What was returned is in its tray already.
Result<std::vector<UnsentChange>> unconfirmed_work(VaultState& state, const StoredCircle& circle,
                                                   const Author& author, std::uint64_t first) {
  std::vector<UnsentChange> work;
  TB_TRY(const std::vector<StoredBundle> bundles, state.store.log.own_unconfirmed(circle.row, author, first));
  for (const StoredBundle& bundle : bundles) {
    TB_TRY(const OpenedBundle opened, open_stored(state, circle, bundle));
    for (const OpenedChange& one : opened.changes)
      if (!one.withheld) work.push_back({author, one.number, {}, to_bytes(one.bytes())});
  }
  TB_TRY(const std::vector<UnsentChange> unsent, state.store.log.all_unsent(circle.row));
  for (const UnsentChange& one : unsent)
    if (one.author == author) work.push_back(one);
  for (const UnsentChange& one : unsent)
    if (one.author != author) work.push_back(one);
  return work;
}

/// kFork when something from `first` on is confirmed and cannot make way.
Status check_nothing_confirmed(const VaultState& state, const StoredCircle& circle, const Author& author,
                               std::uint64_t first) {
  TB_TRY(const auto ours, state.store.log.bundle_covering(circle.row, author, first));
  if (ours && ours->sequence)
    return Error(Code::kFork,
                 "the relay holds another change of this device under number " + std::to_string(first));
  return {};
}

Status take_out(VaultState& state, const StoredCircle& circle, const Author& author, std::uint64_t first) {
  state.held.release({circle.row, author});
  TB_CHECK(state.store.log.take_out(circle.row, author, first));
  TB_CHECK(state.store.log.take_out_unsent(circle.row));
  return rebuild_circle(state, circle);
}

/// Applies a change of ours, written before, under a dot that is free now.
Status write_again(VaultState& state, const StoredCircle& circle, const Change& change) {
  TB_TRY(const Bytes bytes, encode_change(change));
  TB_TRY(const Applied applied, state.store.applier.apply_local(circle.row, change, bytes));
  state.announce(circle.id, applied, false);
  return {};
}

}  // namespace

Status begin_instance(VaultState& state) {
  state.self.instance = random_id<InstanceId>(state.world.random);
  TB_CHECK(state.store.values.put(value::kInstance, state.self.instance.view()));
  return state.note(Alarm::kNewInstance, CircleRow{}, state.self, 0);
}

Result<DisplacedWork> make_way(VaultState& state, const StoredCircle& circle, const BundleHeader& header,
                               const OpenedBundle& opened) {
  if (header.author == state.self) TB_CHECK(begin_instance(state));
  TB_TRY(const std::vector<UnsentChange> ours, unconfirmed_work(state, circle, header.author, header.first));
  TB_CHECK(check_nothing_confirmed(state, circle, header.author, header.first));
  DisplacedWork work;
  if (ours.empty()) return work;
  for (const UnsentChange& one : ours) {
    const bool same_line = one.author == header.author;
    if (same_line && !work.renumber && holds(opened, one)) continue;
    work.renumber = work.renumber || (same_line && one.number <= header.last);
    TB_TRY(Change change, decode_change(one.author, one.bytes));
    work.changes.push_back(std::move(change));
  }
  TB_CHECK(take_out(state, circle, header.author, std::min(header.first, ours.front().number)));
  return work;
}

Status write_displaced(VaultState& state, const StoredCircle& circle, DisplacedWork work) {
  // Work of the present instance moves up as well; under numbers it had before it would be mistaken for
  // itself.
  const bool had_numbers = std::any_of(work.changes.begin(), work.changes.end(),
                                       [&](const Change& change) { return change.dot.author == state.self; });
  if (work.renumber && had_numbers) TB_CHECK(begin_instance(state));
  std::map<Dot, Dot> names;
  for (Change& change : work.changes) {
    const Dot before = change.dot;
    if (work.renumber) {
      TB_TRY(const AuthorHead head, state.store.circles.head(circle.row, state.self));
      names.emplace(before, Dot{state.self, head.number + 1});
      TB_CHECK(rename_dots(change, names));
      TB_TRY(change.seen, state.newly_seen(circle.row));
      TB_CHECK(state.store.log.note_reissued(circle.row, before, change.dot));
    }
    TB_CHECK(write_again(state, circle, change));
  }
  return {};
}

Status reissue(VaultState& state, const StoredCircle& circle, const Author& author, std::uint64_t first) {
  if (author == state.self) TB_CHECK(begin_instance(state));
  TB_TRY(const std::vector<UnsentChange> ours, unconfirmed_work(state, circle, author, first));
  if (ours.empty()) return {};
  DisplacedWork work{{}, true};
  for (const UnsentChange& one : ours) {
    TB_TRY(Change change, decode_change(one.author, one.bytes));
    work.changes.push_back(std::move(change));
  }
  TB_CHECK(take_out(state, circle, author, std::min(first, ours.front().number)));
  return write_displaced(state, circle, std::move(work));
}

}  // namespace thuisbasis
