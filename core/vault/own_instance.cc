// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/own_instance.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <utility>

#include "core/base/planted_bug.h"
#include "core/merge/rename_dots.h"
#include "core/vault/circle_rebuild.h"
#include "core/vault/rescued_work.h"
#include "core/vault/set_aside.h"
#include "core/vault/stored_changes.h"
#include "core/vault/vault_sealing.h"
#include "core/vault/waiting_items.h"

namespace thuisbasis {
namespace {

/// The same bytes as a bundle's change of that number.
bool holds(const OpenedBundle& opened, const UnsentChange& ours) {
  const auto found = std::find_if(opened.changes.begin(), opened.changes.end(),
                                  [&](const OpenedChange& one) { return one.number == ours.number; });
  return found != opened.changes.end() && !found->withheld && to_bytes(found->bytes()) == ours.bytes;
}

/// One author's own work from some number on that no relay ever held.
struct Line {
  std::uint64_t first = 0;            ///< 0: there is none
  std::vector<UnsentChange> changes;  ///< by number; what was returned is in its tray already
  bool gaps = false;                  ///< some of it was returned
};

Result<Line> line_of(VaultState& state, const StoredCircle& circle, const Author& author,
                     std::uint64_t first) {
  Line line;
  TB_TRY(const std::vector<StoredBundle> bundles, state.store.log.own_unconfirmed(circle.row, author, first));
  for (const StoredBundle& bundle : bundles) {
    if (line.first == 0) line.first = bundle.first;
    TB_TRY(const bool returned, is_returned(state, bundle));
    if (returned || bundle.withheld) {
      line.gaps = true;
      continue;
    }
    TB_TRY(const OpenedBundle opened, open_stored(state, circle, bundle));
    for (const OpenedChange& one : opened.changes)
      line.changes.push_back({author, one.number, {}, to_bytes(one.bytes())});
  }
  TB_TRY(const std::vector<UnsentChange> unsent, state.store.log.all_unsent(circle.row));
  for (const UnsentChange& one : unsent) {
    if (one.author != author) continue;
    if (line.first == 0) line.first = one.number;
    line.changes.push_back(one);
  }
  return line;
}

/// Another change than ours stands under the first number of the line.
bool begins_otherwise(const OpenedBundle& opened, const Line& ours) {
  if (ours.changes.empty() || ours.changes.front().number != ours.first) return false;
  const auto found = std::find_if(opened.changes.begin(), opened.changes.end(),
                                  [&](const OpenedChange& one) { return one.number == ours.first; });
  return found != opened.changes.end() && !found->withheld && !holds(opened, ours.changes.front());
}

/// Takes the line out of the circle, and everything unsent of later instances, which may build on it: that is
/// added to `work`.
Status take_out(VaultState& state, const StoredCircle& circle, const Author& author, const Line& line,
                DisplacedWork& work) {
  TB_TRY(const std::vector<UnsentChange> unsent, state.store.log.all_unsent(circle.row));
  for (const UnsentChange& one : unsent) {
    if (one.author == author) continue;
    TB_TRY(Change change, decode_change(one.author, one.bytes));
    work.changes.push_back(std::move(change));
  }
  TB_CHECK(state.store.log.take_out(circle.row, author, line.first));
  TB_CHECK(state.store.log.take_out_unsent(circle.row));
  TB_TRY(work.orphans, rebuild_without_taken_out(state, circle));
  return {};
}

/// kFork when what stands under this number was held by a relay once and cannot make way.
Status check_never_held(const VaultState& state, const StoredCircle& circle, const Author& author,
                        std::uint64_t number) {
  TB_TRY(const auto ours, state.store.log.bundle_covering(circle.row, author, number));
  if (ours && ours->once_held)
    return Error(Code::kFork,
                 "others hold another change of this device under number " + std::to_string(number));
  return {};
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
  if (is_planted(PlantedBug::kCopyGoesOn)) return {};
  state.self.instance = random_id<InstanceId>(state.world.random);
  TB_CHECK(state.store.values.put(value::kInstance, state.self.instance.view()));
  return state.note(Alarm::kNewInstance, CircleRow{}, state.self, 0);
}

Status leave_forked_instance(VaultState& state, ByteView bytes) {
  const auto sealed = parse_bundle(bytes);
  return sealed && sealed->header.author == state.self ? begin_instance(state) : Status();
}

Result<DisplacedWork> make_way(VaultState& state, const StoredCircle& circle, const BundleHeader& header,
                               const OpenedBundle& opened) {
  if (header.author == state.self) TB_CHECK(begin_instance(state));
  TB_CHECK(check_never_held(state, circle, header.author, header.first));
  DisplacedWork work;
  TB_TRY(const Line ours, line_of(state, circle, header.author, header.first));
  if (ours.first == 0) return work;
  work.renumber = ours.gaps;
  for (const UnsentChange& one : ours.changes) {
    if (!work.renumber && holds(opened, one)) continue;
    // Another change, or one that does not follow the bundle.
    work.renumber = work.renumber || one.number != header.last + 1 + work.changes.size();
    TB_TRY(Change change, decode_change(one.author, one.bytes));
    work.changes.push_back(std::move(change));
  }
  TB_CHECK(take_out(state, circle, header.author, ours, work));
  return work;
}

namespace {

Arrival arrival_of(const StoredCircle& circle, const StoredBundle& orphan) {
  return {circle.id, orphan.sequence.value_or(0), false, orphan.bytes};
}

/// Takes in again those whose causes are there by now. Whether they change too much at once was asked about
/// when they came.
Status take_orphans(VaultState& state, const StoredCircle& circle, std::vector<StoredBundle>& orphans) {
  const auto former = std::exchange(state.mass_change_allowed, circle.row);
  const Status all = [&]() -> Status {
    for (bool progress = !orphans.empty(); progress;) {
      progress = false;
      for (auto orphan = orphans.begin(); orphan != orphans.end();) {
        const Status taken = take_whole(state, arrival_of(circle, *orphan), Care::kSavepoints);
        if (!taken && is_local(taken.error().code())) return Error(taken.error());
        if (!state.connection.in_transaction()) return Error(Code::kCancelled, "all was rolled back");
        progress = progress || taken;
        orphan = taken ? orphans.erase(orphan) : std::next(orphan);
      }
    }
    return {};
  }();
  state.mass_change_allowed = former;
  return all;
}

/// Work that builds on orphans: not written before they are back, for what it says of them would be lost.
Status keep_for_later(VaultState& state, const StoredCircle& circle, std::span<Change> rest,
                      const std::map<Dot, Dot>& names) {
  const bool has_numbers =
      std::any_of(rest.begin(), rest.end(), [&](const Change& one) { return one.dot.author == state.self; });
  if (has_numbers) TB_CHECK(begin_instance(state));
  std::vector<UnsentChange> waiting;
  for (Change& change : rest) {
    TB_CHECK(rename_dots(change, names));
    TB_TRY(Bytes bytes, encode_change(change));
    waiting.push_back({change.dot.author, change.dot.number, change.time, std::move(bytes)});
  }
  state.rescue_tried = false;
  return keep_rescued(state, circle, waiting);
}

Status set_aside_orphans(VaultState& state, const StoredCircle& circle,
                         const std::vector<StoredBundle>& orphans) {
  const Error reason(Code::kMissingDependency, "builds on work of ours that made way for other work");
  for (const StoredBundle& orphan : orphans) TB_CHECK(set_aside(state, arrival_of(circle, orphan), reason));
  return {};
}

}  // namespace

Status write_displaced(VaultState& state, const StoredCircle& circle, DisplacedWork work) {
  // Work of the present instance moves up as well; under numbers it had before it would be mistaken for
  // itself.
  const bool had_numbers = std::any_of(work.changes.begin(), work.changes.end(),
                                       [&](const Change& change) { return change.dot.author == state.self; });
  if (work.renumber && had_numbers) TB_CHECK(begin_instance(state));
  std::map<Dot, Dot> names;
  for (std::size_t i = 0; i < work.changes.size(); ++i) {
    Change& change = work.changes[i];
    TB_CHECK(take_orphans(state, circle, work.orphans));
    const Dot before = change.dot;
    TB_CHECK(rename_dots(change, names));
    TB_TRY(const Frontier frontier, state.store.circles.frontier(circle.row));
    if (!work.orphans.empty() && !frontier.covers(dependencies(change))) {
      TB_CHECK(keep_for_later(state, circle, std::span(work.changes).subspan(i), names));
      break;
    }
    if (work.renumber) {
      TB_TRY(const AuthorHead head, state.store.circles.head(circle.row, state.self));
      names.emplace(before, Dot{state.self, head.number + 1});
      TB_CHECK(rename_dots(change, names));  // its own, which it may name as well
      TB_TRY(change.seen, state.newly_seen(circle.row, frontier));
      TB_CHECK(state.store.log.note_reissued(circle.row, before, change.dot));
    }
    TB_CHECK(write_again(state, circle, change));
  }
  TB_CHECK(take_orphans(state, circle, work.orphans));
  return set_aside_orphans(state, circle, work.orphans);
}

Result<bool> may_be_waiting(VaultState& state, const StoredCircle& circle, const Author& author,
                            std::uint64_t first) {
  TB_TRY(const std::vector<QuarantinedItem> waiting, waiting_of(state, circle, author, first));
  if (waiting.empty()) return false;
  // What cannot be read now, ours or theirs, is no proof: it waits, and keeps no other circle waiting.
  const Result<Line> ours = line_of(state, circle, author, first);
  if (!ours) return is_of_the_disk(ours.error().code()) ? Result<bool>(Error(ours.error())) : true;
  for (const QuarantinedItem& item : waiting) {
    const auto opened = open_set_aside(state, circle, item.bytes);
    if (!opened && is_of_the_disk(opened.error().code())) return Error(opened.error());
    if (!opened || !begins_otherwise(*opened, *ours)) return true;
  }
  return false;
}

Status reissue(VaultState& state, const StoredCircle& circle, const Author& author, std::uint64_t first) {
  if (author == state.self) TB_CHECK(begin_instance(state));
  TB_TRY(const Line ours, line_of(state, circle, author, first));
  if (ours.first == 0) return {};
  DisplacedWork work{{}, true, {}};
  for (const UnsentChange& one : ours.changes) {
    TB_TRY(Change change, decode_change(one.author, one.bytes));
    work.changes.push_back(std::move(change));
  }
  TB_CHECK(take_out(state, circle, author, ours, work));
  return write_displaced(state, circle, std::move(work));
}

}  // namespace thuisbasis
