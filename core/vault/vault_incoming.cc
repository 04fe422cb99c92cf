// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/vault_incoming.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/base/planted_bug.h"
#include "core/circle/admission_entry.h"
#include "core/circle/circle_writer.h"
#include "core/vault/circle_rebuild.h"
#include "core/vault/log_marks.h"
#include "core/vault/mass_change.h"
#include "core/vault/own_instance.h"
#include "core/vault/stored_changes.h"
#include "core/vault/vault_sealing.h"

namespace thuisbasis {
namespace {

/// Errors of this device rather than of what arrived: nothing may be quarantined for them.
bool is_local(Code code) {
  switch (code) {
    case Code::kInternal:
    case Code::kIo:
    case Code::kDiskFull:
    case Code::kDamaged:
    case Code::kLocked:
    case Code::kCancelled:
      return true;
    default:
      return false;
  }
}

// ---- Membership entries
// --------------------------------------------------------------------------------------

/// An admission of ours that lost its place in the log to someone else's entry.
struct LostAdmission {
  Bytes signed_certificate;
  Bytes attributes;
  std::optional<LegalBasis> basis;
};

/// Takes our unconfirmed entries from `index` on out of the log, and says which admissions were among them.
Result<std::vector<LostAdmission>> withdraw_entries(VaultState& state, const StoredCircle& circle,
                                                    std::uint32_t index) {
  std::vector<LostAdmission> lost;
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const std::vector<MembershipRow> rows, state.store.circles.unconfirmed_membership(circle.row));
  for (const MembershipRow& row : rows) {
    if (row.index < index) continue;
    TB_TRY(const auto admission, read_admission(row.entry, state.roots->registrar));
    if (!admission) continue;
    const Bytes* attributes = members->attributes_of(admission->device);
    if (attributes == nullptr) continue;
    lost.push_back({admission->signed_certificate, *attributes, admission->legal_basis});
  }
  TB_CHECK(state.store.circles.drop_unconfirmed_membership(circle.row, index));
  state.opened_circles.erase(circle.id);
  return lost;
}

/// Admissions are wishes of a person: they are signed again on top of what came first.
Status repeat_admissions(VaultState& state, const StoredCircle& circle,
                         const std::vector<LostAdmission>& lost) {
  for (const LostAdmission& one : lost) {
    TB_TRY(MemberCircle * members, state.member_circle(circle));
    const Admission admission{one.signed_certificate, one.attributes, true, one.basis};
    Result<NewEntry> entry =
        admit_device(*members, admission, state.world.clock.wall_ms(), state.world.random);
    if (!entry && entry.error().code() == Code::kAlreadyExists) continue;
    if (!entry && is_local(entry.error().code())) return Error(std::move(entry.error()));
    if (!entry) {
      TB_CHECK(state.note(Alarm::kAdmissionLapsed, circle.row, state.self, 0));
      continue;
    }
    TB_CHECK(state.append_entry(circle.row, *members, std::move(entry->signed_entry),
                                std::move(entry->archive_wrap)));
  }
  return {};
}

Result<StoredCircle> circle_for_entry(VaultState& state, const EntryPlace& place) {
  TB_TRY(auto found, state.store.circles.find(place.circle));
  if (found) return std::move(*found);
  if (place.index != 0)
    return Error(Code::kMissingDependency, "an entry of a circle whose genesis is missing");
  TB_TRY(const CircleRow row, state.store.circles.add(place.circle, {}));
  return state.store.circles.get(row);
}

/// Another entry than ours stands at this index. Ours gives way only to one that holds by itself on top of
/// what came before; the first entry of a circle never does. Nothing is changed here: the relay chose what to
/// send.
Status check_better_entry(VaultState& state, const StoredCircle& circle, const EntryPlace& place,
                          ByteView entry) {
  if (place.index == 0) return Error(Code::kFork, "another beginning of a known circle");
  MemberCircle trial(*state.identity, *state.roots);
  TB_TRY(const std::vector<MembershipRow> rows, state.store.circles.membership(circle.row));
  for (const MembershipRow& row : rows) {
    if (row.index < place.index) TB_CHECK(trial.apply(row.entry));
  }
  return trial.apply(entry);
}

Status take_entry(VaultState& state, const Arrival& arrival) {
  TB_TRY(const EntryPlace place, parse_entry_place(arrival.bytes));
  if (place.circle != arrival.circle) return Error(Code::kProtocol, "an entry of another circle");
  TB_TRY(const StoredCircle circle, circle_for_entry(state, place));
  TB_TRY(MemberCircle * members, state.member_circle(circle));
  // What came from a log that the relay no longer has stands nowhere until the new one shows it.
  const bool has_place = arrival.sequence != 0;
  std::vector<LostAdmission> lost;
  if (const Sha256Digest* known = members->log().hash_at(place.index)) {
    if (*known == place.hash)
      return has_place ? state.store.circles.confirm_membership(circle.row, place.index, arrival.sequence)
                       : Status();
    TB_CHECK(check_better_entry(state, circle, place, arrival.bytes));
    TB_TRY(lost, withdraw_entries(state, circle, place.index));
    TB_TRY(members, state.member_circle(circle));
  }
  TB_CHECK(members->apply(arrival.bytes));
  const auto sequence = has_place ? std::optional(arrival.sequence) : std::nullopt;
  TB_CHECK(
      state.store.circles.add_membership(circle.row, {place.index, to_bytes(arrival.bytes), {}, sequence}));
  TB_CHECK(state.describe(circle.row, *members));
  return repeat_admissions(state, circle, lost);
}

// ---- Bundles
// ---------------------------------------------------------------------------------------------------

/// The chain value we hold for an author at a number where a bundle ends; none when we know nothing there.
Result<std::optional<ChainValue>> known_chain(const VaultState& state, const StoredCircle& circle,
                                              const Author& author, std::uint64_t number) {
  if (number == 0) return std::optional<ChainValue>(chain_start(circle.id, author));
  return state.store.log.chain_at(circle.row, author, number);
}

Status alarm(VaultState& state, CircleRow circle, Alarm what, const BundleHeader& header) {
  return state.note(what, circle, header.author, header.last);
}

/// Whether the author built on the same chains as we hold (PROTOCOL.md, frontier hash).
Status compare_frontier(VaultState& state, const StoredCircle& circle, const BundleHeader& header,
                        const Frontier& seen_by_author) {
  ChainFrontier frontier;
  frontier[header.author] = {header.last, header.chain};
  for (const auto& [author, number] : seen_by_author.numbers()) {
    if (author == header.author || number == 0) continue;
    TB_TRY(const auto chain, known_chain(state, circle, author, number));
    if (!chain) return {};  // not a bundle's end here: nothing to compare with
    frontier[author] = {number, *chain};
  }
  if (frontier_hash(circle.id, frontier) == header.frontier) return {};
  return alarm(state, circle.row, Alarm::kFrontierDiffers, header);
}

/// Whether the author's state at its frontier is ours, when we stand at the same one (promise P3).
Status compare_digest(VaultState& state, CircleRow row, const BundleHeader& header,
                      const Frontier& seen_by_author, const StateDigest& digest) {
  TB_TRY(Frontier ours, state.store.circles.frontier(row));
  Frontier theirs = seen_by_author;
  theirs.raise(header.author, header.last);
  if (!(ours == theirs)) return {};
  TB_TRY(const StoredCircle now, state.store.circles.get(row));
  if (now.digest == digest) return {};
  return alarm(state, row, Alarm::kDigestDiffers, header);
}

StoredBundle to_store(CircleRow row, const SealedBundle& sealed, const Arrival& arrival) {
  const BundleHeader& header = sealed.header;
  StoredBundle bundle;
  bundle.circle = row;
  bundle.author = header.author;
  bundle.first = header.first;
  bundle.last = header.last;
  bundle.chain = header.chain;
  bundle.epoch = header.epoch;
  bundle.signed_time = header.signed_time;
  bundle.sequence = arrival.sequence;
  if (arrival.sequence == 0) bundle.sequence.reset();  // of a former relay epoch
  bundle.bytes = to_bytes(arrival.bytes);
  return bundle;
}

Status note_remarks(VaultState& state, CircleRow row, const Applied& applied) {
  for (const AppliedRemark& remark : applied.remarks) {
    TB_CHECK(state.store.log.note({state.world.clock.wall_ms(), static_cast<std::uint32_t>(remark.remark),
                                   row, remark.kind, remark.record, remark.field, remark.dot.author,
                                   remark.dot.number}));
  }
  return {};
}

/// What was written before this device was admitted stands in the circle's order before the admission: its
/// key is still to come. For a member it is not.
Error no_key(const VaultState& state, const MemberCircle& members, std::uint32_t epoch) {
  const bool is_member = members.log().member(state.self.device) != nullptr;
  return {is_member ? Code::kDecryptFailed : Code::kMissingDependency,
          "no key of epoch " + std::to_string(epoch)};
}

/// Whether a bundle follows what is known of its author.
Status check_next(const StoredCircle& circle, const BundleHeader& header, const AuthorHead& head) {
  if (header.first > head.frozen + 1)
    return Error(Code::kMissingDependency, "earlier changes of the author are missing");
  if (header.first <= head.frozen) return Error(Code::kFork, "a range that overlaps with what is known");
  const ChainValue previous = head.frozen == 0 ? chain_start(circle.id, header.author) : head.chain;
  if (previous != header.previous)
    return Error(Code::kFork, "the author's chain continues from another value");
  return {};
}

/// A bundle, opened, and whose it is. Signature and content are proven.
Result<OpenedBundle> open_arrived(VaultState& state, const MemberCircle& members, const SealedBundle& sealed,
                                  const ChainValue& previous) {
  const BundleHeader& header = sealed.header;
  const EpochKey* key = members.key(header.epoch);
  const VerifyKey* author_key = members.log().key_of(header.author.device);
  if (author_key == nullptr) return Error(Code::kNotMember, "the author never was a member");
  if (key == nullptr) return no_key(state, members, header.epoch);
  return state.opener.open(sealed, *author_key, *key, previous);
}

bool is_withheld(const OpenedBundle& opened) {
  return std::all_of(opened.changes.begin(), opened.changes.end(),
                     [](const OpenedChange& one) { return one.withheld; });
}

Status apply_bundle(VaultState& state, const StoredCircle& circle, const SealedBundle& sealed,
                    const OpenedBundle& opened, const Arrival& arrival) {
  const BundleHeader& header = sealed.header;
  const BundleChanges read = decode_changes(opened, header.author);
  TB_TRY(const Frontier ours, state.store.circles.frontier(circle.row));
  if (!ours.covers(opened.seen))
    return Error(Code::kMissingDependency, "the author had seen more than has arrived");
  TB_CHECK(check_incoming(state, circle, header, arrival.sequence, read.changes));
  TB_TRY(const Applied applied,
         state.store.applier.apply(circle.row, {header.author, header.first, header.last, read.changes,
                                                effective_limit(header.signed_time), header.chain}));
  TB_CHECK(state.store.circles.raise_seen(circle.row, header.author, opened.seen));
  StoredBundle stored = to_store(circle.row, sealed, arrival);
  stored.withheld = is_withheld(opened);
  TB_CHECK(state.store.log.add_bundle(stored));
  state.announce(circle.id, applied, false);
  TB_CHECK(note_remarks(state, circle.row, applied));
  for (const std::uint64_t number : read.unreadable)
    TB_CHECK(state.note(Alarm::kUnreadableChange, circle.row, header.author, number));
  TB_TRY(const Frontier seen_by_author, state.store.circles.seen_by(circle.row, header.author));
  TB_CHECK(compare_frontier(state, circle, header, seen_by_author));
  if (opened.digest) TB_CHECK(compare_digest(state, circle.row, header, seen_by_author, *opened.digest));
  return {};
}

/// Content of ours that nobody ever got, of which the relay has the bare commitments: a copy of this vault
/// put it into its tray, and here it goes there too.
Status return_content(VaultState& state, const StoredCircle& circle, const StoredBundle& ours) {
  TB_TRY(const OpenedBundle opened, open_stored(state, circle, ours));
  for (const OpenedChange& change : opened.changes) {
    if (change.withheld) continue;
    TB_CHECK(state.store.log.add_returned(
        {circle.row, ours.author, change.number, static_cast<std::uint32_t>(ReturnReason::kFork),
         "withheld by a copy of this vault", state.world.clock.wall_ms(), to_bytes(change.bytes())}));
  }
  return {};
}

/// Work of ours that was sealed after what is merged otherwise now, and that nobody has: the digest in it is
/// of a state that is no more.
Status seal_later_again(VaultState& state, const StoredCircle& circle) {
  return for_each_unsettled(state, circle, [&](const StoredBundle& bundle) -> Status {
    if (bundle.once_held || bundle.withheld) return {};
    TB_TRY(const bool returned, is_returned(state, bundle));
    return returned ? Status() : seal_again(state, circle, bundle, Content::kTravels);
  });
}

/// The relay's sealing of a range takes the place of ours; but content that others may have gives way to no
/// bare commitments.
Status adopt(VaultState& state, const StoredCircle& circle, const OpenedBundle& opened,
             const StoredBundle& ours, const StoredBundle& theirs) {
  if (theirs.withheld && !ours.withheld) {
    if (ours.once_held || ours.author.device != state.self.device) return {};
    TB_CHECK(return_content(state, circle, ours));
  }
  if (ours.withheld && !theirs.withheld) {
    TB_TRY(const SealedBundle sealed, parse_bundle(theirs.bytes));
    TB_CHECK(check_incoming(state, circle, sealed.header, theirs.sequence.value_or(0),
                            decode_changes(opened, theirs.author).changes));
  }
  TB_CHECK(state.store.log.adopt_sealed(theirs));
  TB_CHECK(state.store.log.add_bundle(theirs));  // has its place before later work is looked at
  if (ours.signed_time == theirs.signed_time && ours.withheld == theirs.withheld) return {};
  TB_CHECK(rebuild_circle(state, circle));
  return seal_later_again(state, circle);
}

/// A range that is known already. Where the relay has it in another sealing (P-118), that is what everyone
/// else merges and what it gives receipts for. Once only: what stands in the relay's log stays.
Status take_known(VaultState& state, const StoredCircle& circle, const MemberCircle& members,
                  const SealedBundle& sealed, const Arrival& arrival) {
  const BundleHeader& header = sealed.header;
  StoredBundle stored = to_store(circle.row, sealed, arrival);
  TB_TRY(const auto ours, state.store.log.bundle_covering(circle.row, header.author, header.last));
  const bool comparable = ours && ours->first == header.first && !ours->sequence && arrival.sequence != 0;
  if (comparable && ours->bytes != stored.bytes) {
    TB_TRY(const OpenedBundle opened, open_arrived(state, members, sealed, header.previous));
    stored.withheld = is_withheld(opened);
    TB_CHECK(adopt(state, circle, opened, *ours, stored));
  }
  return state.store.log.add_bundle(stored);  // learns its place
}

/// A bundle of this device that this vault never stored: it is a restored or copied one.
Status take_own_bundle(VaultState& state, const StoredCircle& circle, const MemberCircle& members,
                       const SealedBundle& sealed, const Arrival& arrival) {
  const BundleHeader& header = sealed.header;
  TB_TRY(const AuthorHead before, state.store.circles.head(circle.row, header.author));
  if (header.first > before.frozen + 1)
    return Error(Code::kMissingDependency, "earlier changes of this device are missing");
  TB_TRY(const OpenedBundle opened, open_arrived(state, members, sealed, header.previous));
  TB_TRY(DisplacedWork displaced, make_way(state, circle, header, opened));
  TB_TRY(const AuthorHead head, state.store.circles.head(circle.row, header.author));
  TB_CHECK(check_next(circle, header, head));
  TB_CHECK(apply_bundle(state, circle, sealed, opened, arrival));
  return write_displaced(state, circle, std::move(displaced));
}

Status take_bundle(VaultState& state, const Arrival& arrival) {
  TB_TRY(const SealedBundle sealed, parse_bundle(arrival.bytes));
  const BundleHeader& header = sealed.header;
  if (header.circle != arrival.circle) return Error(Code::kProtocol, "a bundle of another circle");
  TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
  if (!circle) return Error(Code::kMissingDependency, "a bundle of a circle whose genesis is missing");
  TB_TRY(const MemberCircle* members, state.member_circle(*circle));
  if (members->log().empty())
    return Error(Code::kMissingDependency, "a bundle of a circle whose genesis is still missing");
  TB_CHECK(members->log().check_place(header));
  TB_TRY(const auto at_end, known_chain(state, *circle, header.author, header.last));
  if (at_end && *at_end == header.chain) return take_known(state, *circle, *members, sealed, arrival);
  if (header.author.device == state.self.device)
    return take_own_bundle(state, *circle, *members, sealed, arrival);
  if (at_end) return Error(Code::kFork, "another chain value for number " + std::to_string(header.last));
  TB_TRY(const AuthorHead head, state.store.circles.head(circle->row, header.author));
  TB_CHECK(check_next(*circle, header, head));
  TB_TRY(const OpenedBundle opened, open_arrived(state, *members, sealed, header.previous));
  return apply_bundle(state, *circle, sealed, opened, arrival);
}

// ---- Both
// ------------------------------------------------------------------------------------------------------

Status take(VaultState& state, const Arrival& arrival) {
  return arrival.is_entry ? take_entry(state, arrival) : take_bundle(state, arrival);
}

/// What is not as its author signed it may have been damaged on the way: the relay is asked again, so often.
constexpr int kAsksForOtherBytes = 3;

/// A bundle of the circle that a member signed, whatever is wrong with it otherwise.
bool is_genuine(VaultState& state, const StoredCircle& circle, const Arrival& arrival) {
  const auto sealed = parse_bundle(arrival.bytes);
  if (!sealed || sealed->header.circle != circle.id) return false;
  const auto members = state.member_circle(circle);
  if (!members) return false;
  const VerifyKey* key = (*members)->log().key_of(sealed->header.author.device);
  return key != nullptr && verify_bundle(*sealed, *key).has_value();
}

/// Keeps what cannot be taken in; once, however often the relay sends it. Not what was damaged on the way
/// where all is known for certain.
Status set_aside(VaultState& state, const Arrival& arrival, const Error& reason) {
  TB_TRY(auto circle, state.store.circles.find(arrival.circle));
  if (!circle) {
    TB_TRY(const CircleRow row, state.store.circles.add(arrival.circle, {}));
    TB_TRY(circle, state.store.circles.get(row));
  }
  const int asks = is_genuine(state, *circle, arrival) ? 0 : kAsksForOtherBytes;
  if (asks > 0 && arrival.sequence != 0 && arrival.sequence <= circle->marked.sequence) return {};
  return state.store.log.quarantine({0, circle->row, arrival.sequence, reason.code(), reason.context(),
                                     state.world.clock.wall_ms(), to_bytes(arrival.bytes)},
                                    asks);
}

Status advance(VaultState& state, const Arrival& arrival) {
  TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
  if (!circle) return Error(Code::kInternal, "an arrival left no circle");
  return state.store.circles.advance_cursor(circle->row, arrival.sequence);
}

/// What an older program, or one without the key, could not read: worth one more try after the vault was
/// opened.
bool may_be_known_now(Code reason) {
  return reason == Code::kSchemaTooNew || reason == Code::kUnknownSuite || reason == Code::kDecryptFailed;
}

/// One arrival, whole or not at all. While nothing was written there is nothing to undo, and a savepoint
/// would make the search index flush each time; so a batch goes without, and once more with care where that
/// was not enough.
Status take_whole(VaultState& state, const Arrival& arrival, Care care) {
  if (care == Care::kSavepoints) {
    TB_TRY(WorkPart part, WorkPart::begin(state));
    TB_CHECK(take(state, arrival));
    return part.keep();
  }
  const std::int64_t before = state.connection.total_changes();
  const Status taken = take(state, arrival);
  if (!taken && !is_local(taken.error().code()) && state.connection.total_changes() != before)
    return Error(Code::kCancelled, "an arrival was taken in half");
  return taken;
}

/// What waited for something else is tried again, until nothing more comes of it.
Status retry_waiting(VaultState& state, Care care) {
  const bool every = !std::exchange(state.retried_all, true);
  for (bool progress = true; progress;) {
    progress = false;
    TB_TRY(const std::vector<QuarantinedItem> items, state.store.log.quarantined());
    for (const QuarantinedItem& item : items) {
      if (item.reason != Code::kMissingDependency && !(every && may_be_known_now(item.reason))) continue;
      TB_TRY(const StoredCircle circle, state.store.circles.get(item.circle));
      const bool is_entry = !parse_bundle(item.bytes).has_value();
      const Status taken = take_whole(state, {circle.id, item.sequence, is_entry, item.bytes}, care);
      if (!taken && is_local(taken.error().code())) return Error(taken.error());
      if (!taken) {
        if (taken.error().code() != item.reason)
          TB_CHECK(state.store.log.set_reason(item.row, taken.error().code(), taken.error().context()));
        continue;
      }
      TB_CHECK(state.store.log.release(item.row));
      TB_CHECK(state.store.log.replace_quarantined(item.circle, item.sequence));
      progress = true;
    }
  }
  return {};
}

/// A bundle of this device contradicts what others hold of it already: under these numbers nothing more is
/// written.
Status leave_forked_instance(VaultState& state, const Arrival& arrival) {
  const auto sealed = parse_bundle(arrival.bytes);
  return sealed && sealed->header.author == state.self ? begin_instance(state) : Status();
}

/// How far the circles were read before a batch, and of which of them it showed another log than was read.
struct LogsRead {
  std::map<CircleId, std::uint64_t> to;
  std::set<CircleId> others;
};

Result<LogsRead> logs_read(const VaultState& state, const std::vector<Arrival>& arrivals) {
  LogsRead logs;
  for (const Arrival& arrival : arrivals) {
    const auto [place, first] = logs.to.try_emplace(arrival.circle, 0);
    if (!first) continue;
    TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
    if (circle) place->second = circle->cursor;
  }
  return logs;
}

Status take_or_set_aside(VaultState& state, const Arrival& arrival, Care care, LogsRead& logs) {
  const bool again = arrival.sequence <= logs.to.at(arrival.circle);
  TB_TRY(const bool contradicts, again ? would_contradict(state, arrival) : Result<bool>(false));
  const Status taken = take_whole(state, arrival, care);
  if (!taken) {
    if (is_local(taken.error().code())) return Error(taken.error());
    // Undoing it found no memory, and SQLite rolled back all that arrived before it: no cursor may pass that.
    if (!state.connection.in_transaction()) return Error(Code::kCancelled, "the batch was rolled back");
    if (is_planted(PlantedBug::kBadItemStopsAll)) return taken;
    const bool is_dropped =
        is_planted(PlantedBug::kWaitingDropped) && taken.error().code() == Code::kMissingDependency;
    if (!is_dropped) TB_CHECK(set_aside(state, arrival, taken.error()));
    if (taken.error().code() == Code::kFork) TB_CHECK(leave_forked_instance(state, arrival));
    return advance(state, arrival);
  }
  if (contradicts) logs.others.insert(arrival.circle);
  TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
  if (circle) TB_CHECK(state.store.log.replace_quarantined(circle->row, arrival.sequence));
  return advance(state, arrival);
}

Status take_all(VaultState& state, const std::vector<Arrival>& arrivals, Care care, LogsRead& logs) {
  // Keys first: an entry needs entries only, and may bring the key of bundles before it. All of it is one
  // transaction, so the cursors end where they would have.
  for (const Arrival& arrival : arrivals)
    if (arrival.is_entry) TB_CHECK(take_or_set_aside(state, arrival, care, logs));
  for (const Arrival& arrival : arrivals)
    if (!arrival.is_entry) TB_CHECK(take_or_set_aside(state, arrival, care, logs));
  return retry_waiting(state, care);
}

Status take_allowed_items(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const std::vector<QuarantinedItem> items, state.store.log.quarantined());
  for (const QuarantinedItem& item : items) {
    if (item.reason != Code::kMassChange || item.circle != circle.row) continue;
    TB_CHECK(take_whole(state, {circle.id, item.sequence, false, item.bytes}, Care::kSavepoints));
    TB_CHECK(state.store.log.release(item.row));
  }
  return retry_waiting(state, Care::kSavepoints);
}

Status take_in_one_unit(VaultState& state, const std::vector<Arrival>& arrivals, Care care) {
  if (is_planted(PlantedBug::kCursorBeforeData)) {
    TB_TRY(WorkUnit unit, WorkUnit::begin(state));
    for (const Arrival& arrival : arrivals) (void)advance(state, arrival);
    TB_CHECK(unit.commit());
  }
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  TB_TRY(LogsRead logs, logs_read(state, arrivals));
  TB_CHECK(take_all(state, arrivals, care, logs));
  TB_CHECK(follow_logs(state, arrivals));
  for (const CircleId& circle : logs.others) TB_CHECK(start_log_again(state, circle));
  return unit.commit();
}

}  // namespace

Result<std::vector<bool>> take_held(VaultState& state, const StoredCircle& circle,
                                    const std::vector<Arrival>& bundles, Care care) {
  std::vector<bool> taken;
  taken.reserve(bundles.size());
  state.mass_change_allowed = circle.row;  // it was asked about when it came
  const Status all = [&]() -> Status {
    for (const Arrival& bundle : bundles) {
      const Status one = take_whole(state, bundle, care);
      taken.push_back(one.has_value());
      if (one) continue;
      if (is_local(one.error().code())) return Error(one.error());
      TB_CHECK(set_aside(state, bundle, one.error()));
    }
    return retry_waiting(state, care);
  }();
  state.mass_change_allowed.reset();
  TB_CHECK(all);
  return taken;
}

Status take_allowed(VaultState& state, const StoredCircle& circle) {
  state.mass_change_allowed = circle.row;
  const Status taken = take_allowed_items(state, circle);
  state.mass_change_allowed.reset();
  return taken;
}

namespace {

/// What continues a circle's log where it was read to. After a gap nothing more of that circle is taken: the
/// cursor would pass what is missing, and it is asked for again anyway (PROTOCOL.md P-102).
Result<std::vector<Arrival>> without_gaps(VaultState& state, const std::vector<Arrival>& arrivals) {
  TB_TRY(LogsRead logs, logs_read(state, arrivals));
  std::vector<Arrival> taken;
  taken.reserve(arrivals.size());
  for (const Arrival& arrival : arrivals) {
    std::uint64_t& read_to = logs.to.at(arrival.circle);
    if (arrival.sequence > read_to + 1 && !is_planted(PlantedBug::kGapPassed)) continue;
    read_to = std::max(read_to, arrival.sequence);
    taken.push_back(arrival);
  }
  return taken;
}

}  // namespace

Status take_arrivals(VaultState& state, const std::vector<Arrival>& all) {
  TB_TRY(const std::vector<Arrival> arrivals, without_gaps(state, all));
  const bool retried = state.retried_all;
  Status taken = take_in_one_unit(state, arrivals, Care::kWholeBatch);
  if (!taken && taken.error().code() == Code::kCancelled) {
    state.retried_all = retried;
    taken = take_in_one_unit(state, arrivals, Care::kSavepoints);
  }
  if (!taken) state.retried_all = retried;
  return taken;
}

}  // namespace thuisbasis
