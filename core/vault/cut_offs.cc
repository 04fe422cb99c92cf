// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/cut_offs.h"

#include <algorithm>

#include "core/circle/circle_writer.h"
#include "core/vault/arrived_bundle.h"
#include "core/vault/circle_rebuild.h"
#include "core/vault/own_instance.h"
#include "core/vault/set_aside.h"
#include "core/vault/stored_changes.h"
#include "core/vault/vault_sealing.h"
#include "core/vault/waiting_items.h"

namespace thuisbasis {
namespace {

/// Everything that own work of this circle says it has seen.
Result<Frontier> seen_by_own_work(const VaultState& state, const StoredCircle& circle) {
  Frontier seen;
  TB_TRY(const auto heads, state.store.circles.heads(circle.row));
  for (const auto& [author, head] : heads) {
    if (author.device != state.self.device) continue;
    TB_TRY(const Frontier said, state.store.circles.seen_by(circle.row, author));
    seen.raise(said);
  }
  TB_TRY(const std::vector<UnsentChange> unsent, state.store.log.all_unsent(circle.row));
  for (const UnsentChange& one : unsent) {
    TB_TRY(const Change change, decode_change(one.author, one.bytes));
    seen.raise(dependencies(change));
  }
  return seen;
}

/// What own work was built on and does not count, for its author was removed.
Result<CutOffs> built_on(const VaultState& state, const StoredCircle& circle, const MembershipLog& log,
                         const DeviceId& device, const Frontier& seen) {
  CutOffs beyond;
  for (const auto& [author, number] : seen.numbers()) {
    if (author.device != device) continue;
    TB_TRY(const auto bundle, state.store.log.bundle_covering(circle.row, author, number));
    if (!bundle) continue;
    TB_TRY(const SealedBundle sealed, parse_bundle(bundle->bytes));
    if (!log.check_author(sealed.header)) beyond[author.instance] = {bundle->last, bundle->chain};
  }
  return beyond;
}

Status extend_for_own_work(VaultState& state, const StoredCircle& circle) {
  TB_TRY(MemberCircle * members, state.member_circle(circle));
  if (!members->is_member()) return {};
  TB_TRY(const Frontier seen, seen_by_own_work(state, circle));
  const auto all_former = members->log().former_members();
  for (const auto& [device, former] : all_former) {
    TB_TRY(const CutOffs beyond, built_on(state, circle, members->log(), device, seen));
    if (beyond.empty()) continue;
    TB_TRY(NewEntry entry, extend_cut_off(*members, device, beyond, state.world.clock.wall_ms()));
    const Status done = state.append_entry(circle.row, *members, std::move(entry.signed_entry), {});
    // Where it is not ours to say, the removal holds as it is.
    if (!done && is_local(done.error().code())) return done;
  }
  return {};
}

/// Whether anything stored can go beyond a cut-off; most removals find nothing.
Result<bool> may_go_beyond(const VaultState& state, const StoredCircle& circle, const MembershipLog& log) {
  TB_TRY(const auto heads, state.store.circles.heads(circle.row));
  return std::any_of(heads.begin(), heads.end(), [&](const auto& line) {
    const FormerMember* former = log.former_member(line.first.device);
    if (former == nullptr) return false;
    const auto cut_off = former->cut_offs.find(line.first.instance);
    if (cut_off == former->cut_offs.end() || line.second.number > cut_off->second.number) return true;
    return line.second.frozen == cut_off->second.number && line.second.chain != cut_off->second.chain;
  });
}

Result<std::vector<StoredBundle>> stored_beyond(VaultState& state, const StoredCircle& circle) {
  std::vector<StoredBundle> beyond;
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const bool possible, may_go_beyond(state, circle, members->log()));
  if (!possible) return beyond;
  TB_CHECK(for_each_bundle(state, circle, [&](const StoredBundle& bundle) -> Status {
    // Whose admission is gone as well waits for it; only who was removed is beyond anything.
    if (members->log().former_member(bundle.author.device) == nullptr) return {};
    TB_TRY(const SealedBundle sealed, parse_bundle(bundle.bytes));
    if (!members->log().check_author(sealed.header)) beyond.push_back(bundle);
    return {};
  }));
  return beyond;
}

/// Also where its author has made another end of what is known here: the relay may have that one.
bool goes_further(const BundleHeader& header, const ChainPoint& head) {
  const Continuation how = continuation(header, head);
  if (how == Continuation::kNext) return true;
  return (how == Continuation::kFork || how == Continuation::kOverlap) && header.last > head.number;
}

/// What was signed by the device, goes on from what is known, and waits here, perhaps for ever: an unreadable
/// bundle, or one that a person is to be asked about, keeps nobody from removing its author.
Status add_waiting_work(VaultState& state, const StoredCircle& circle, const DeviceId& device,
                        CutOffs& known) {
  TB_TRY(const std::vector<QuarantinedItem> items, state.store.log.quarantined());
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  for (bool further = true; further;) {
    further = false;
    for (const QuarantinedItem& item : items) {
      const auto sealed = parse_bundle(item.bytes);
      if (item.circle != circle.row || !sealed || sealed->header.author.device != device) continue;
      const BundleHeader& header = sealed->header;
      // What an earlier removal has taken out does not come back with this one.
      if (!members->log().check_author(header)) continue;
      const auto point = known.find(header.author.instance);
      const ChainPoint head =
          point == known.end() ? ChainPoint{0, chain_start(circle.id, header.author)} : point->second;
      if (!goes_further(header, head)) continue;
      TB_TRY(const bool genuine, is_genuine(state, circle, item.bytes));
      if (!genuine) continue;
      known[header.author.instance] = {header.last, header.chain};
      further = true;
    }
  }
  return {};
}

Status return_change(VaultState& state, const StoredCircle& circle, const Dot& dot, ByteView bytes) {
  return state.store.log.add_returned(
      {circle.row, dot.author, dot.number, static_cast<std::uint32_t>(ReturnReason::kNotMember),
       "a device was removed from the circle: this one, or one whose work it was built on",
       state.world.clock.wall_ms(), to_bytes(bytes)});
}

Status return_bundle(VaultState& state, const StoredCircle& circle, const StoredBundle& bundle) {
  if (bundle.withheld) return {};
  TB_TRY(const OpenedBundle opened, open_stored(state, circle, bundle));
  for (const OpenedChange& change : opened.changes) {
    if (change.withheld) continue;
    TB_CHECK(return_change(state, circle, {bundle.author, change.number}, change.bytes()));
  }
  return {};
}

/// Whether there was any.
Result<bool> return_unsent(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const std::vector<UnsentChange> unsent, state.store.log.all_unsent(circle.row));
  for (const UnsentChange& one : unsent)
    TB_CHECK(return_change(state, circle, {one.author, one.number}, one.bytes));
  TB_CHECK(state.store.log.take_out_unsent(circle.row));
  return !unsent.empty();
}

/// Own work of a circle that this device was removed from, which no one else gets: into the tray. Its numbers
/// are never used again, for somebody may have seen what stood under them: a device that comes back goes on
/// as another instance.
Status return_own(VaultState& state, const StoredCircle& circle, const std::vector<StoredBundle>& beyond) {
  bool returned = false;
  for (const StoredBundle& bundle : beyond) {
    if (bundle.author.device != state.self.device) continue;
    returned = true;
    TB_CHECK(return_bundle(state, circle, bundle));
  }
  TB_TRY(const bool unsent, return_unsent(state, circle));
  return returned || unsent ? begin_instance(state) : Status();
}

Status set_aside_all(VaultState& state, const StoredCircle& circle, const std::vector<StoredBundle>& bundles,
                     const Error& reason) {
  for (const StoredBundle& bundle : bundles)
    TB_CHECK(set_aside(state, {circle.id, bundle.sequence.value_or(0), false, bundle.bytes}, reason));
  return {};
}

Status take_out_beyond(VaultState& state, const StoredCircle& circle,
                       const std::vector<StoredBundle>& beyond) {
  std::vector<StoredBundle> of_others;
  for (const StoredBundle& bundle : beyond) {
    TB_CHECK(state.store.log.forget_bundle(circle.row, bundle.author, bundle.last));
    if (bundle.author.device != state.self.device) of_others.push_back(bundle);
  }
  TB_TRY(const std::vector<StoredBundle> orphans, rebuild_without_taken_out(state, circle));
  TB_CHECK(set_aside_all(state, circle, of_others,
                         Error(Code::kNotMember, "beyond the last work of a removed device that counts")));
  TB_CHECK(set_aside_all(
      state, circle, orphans,
      Error(Code::kMissingDependency, "builds on work of a removed device that does not count")));
  // Own work among it waits with the rest. Somebody may have it all the same: its numbers are not given
  // again.
  const bool has_own = std::any_of(orphans.begin(), orphans.end(),
                                   [&](const StoredBundle& bundle) { return bundle.author == state.self; });
  return has_own ? begin_instance(state) : Status();
}

/// Cut-offs that fit no state of the circle are no reason not to know of the removal.
Status take_out_if_possible(VaultState& state, const StoredCircle& circle,
                            const std::vector<StoredBundle>& beyond) {
  TB_TRY(WorkPart part, WorkPart::begin(state));
  TB_CHECK(std::move(part).end(take_out_beyond(state, circle, beyond)));
  return {};
}

/// On a device that stays. Own work that nobody has yet may build on what does not count, and an EXTEND may
/// not have been this device's to write: it goes to the tray then.
Status take_out_for_all(VaultState& state, const StoredCircle& circle,
                        const std::vector<StoredBundle>& beyond) {
  TB_TRY(WorkPart part, WorkPart::begin(state));
  TB_TRY(const bool taken_out, std::move(part).end(take_out_beyond(state, circle, beyond)));
  if (taken_out) return {};
  TB_TRY(const bool returned, return_unsent(state, circle));
  if (returned) TB_CHECK(begin_instance(state));
  return take_out_if_possible(state, circle, beyond);
}

/// What counts by now and did not when it came, and what was sealed under a key that is known since.
Status take_in_what_counts(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const std::vector<QuarantinedItem> items, state.store.log.quarantined());
  for (const QuarantinedItem& item : items) {
    const bool may_count = item.reason == Code::kNotMember || item.reason == Code::kDecryptFailed;
    if (item.circle != circle.row || !may_count) continue;
    TB_TRY(const MemberCircle* members, state.member_circle(circle));
    const auto sealed = parse_bundle(item.bytes);
    if (!sealed || !members->log().check_author(sealed->header)) continue;
    if (item.reason == Code::kDecryptFailed && members->keys_of(sealed->header.epoch).size() < 2) continue;
    // From here on it waits like whatever came too early.
    TB_CHECK(state.store.log.set_reason(item.row, Code::kMissingDependency, "counts by now"));
  }
  return {};
}

}  // namespace

Result<CutOffs> known_work(VaultState& state, const StoredCircle& circle, const DeviceId& device) {
  CutOffs known;
  TB_TRY(const auto heads, state.store.circles.heads(circle.row));
  for (const auto& [author, head] : heads) {
    if (author.device != device || head.frozen == 0) continue;
    ChainPoint& point = known[author.instance];
    if (point.number < head.frozen) point = {head.frozen, head.chain};
  }
  TB_CHECK(add_waiting_work(state, circle, device, known));
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  const FormerMember* former = members->log().former_member(device);
  if (former == nullptr || members->log().member(device) != nullptr) return known;
  // Who is out gets no more than stands.
  std::erase_if(known, [&](const auto& one) { return !former->cut_offs.contains(one.first); });
  for (auto& [instance, point] : known)
    if (const ChainPoint& stands = former->cut_offs.at(instance); point.number > stands.number)
      point = stands;
  return known;
}

Status return_from(VaultState& state, const StoredCircle& circle, const Author& author, std::uint64_t first) {
  std::vector<StoredBundle> beyond;
  TB_CHECK(for_each_unsettled(state, circle, [&](const StoredBundle& bundle) -> Status {
    if (bundle.author == author && bundle.first >= first) beyond.push_back(bundle);
    return {};
  }));
  TB_CHECK(return_own(state, circle, beyond));
  return take_out_if_possible(state, circle, beyond);
}

Status follow_cut_offs(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  const bool was_removed = members->was_removed();
  if (!members->log().former_members().empty()) {
    if (!was_removed) TB_CHECK(extend_for_own_work(state, circle));
    TB_TRY(const std::vector<StoredBundle> beyond, stored_beyond(state, circle));
    if (was_removed) TB_CHECK(return_own(state, circle, beyond));
    if (was_removed) TB_CHECK(take_out_if_possible(state, circle, beyond));
    if (!was_removed && !beyond.empty()) TB_CHECK(take_out_for_all(state, circle, beyond));
  }
  return take_in_what_counts(state, circle);
}

}  // namespace thuisbasis
