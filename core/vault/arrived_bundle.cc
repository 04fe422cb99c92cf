// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/arrived_bundle.h"

#include <algorithm>
#include <map>

#include "core/vault/circle_rebuild.h"
#include "core/vault/mass_change.h"
#include "core/vault/own_instance.h"
#include "core/vault/rival_log.h"
#include "core/vault/stored_changes.h"
#include "core/vault/vault_sealing.h"

namespace thuisbasis {
namespace {

/// The chain value we hold for an author at a number where a bundle ends; none when we know nothing there.
Result<std::optional<ChainValue>> known_chain(const VaultState& state, const StoredCircle& circle,
                                              const Author& author, std::uint64_t number) {
  if (number == 0) return std::optional<ChainValue>(chain_start(circle.id, author));
  return state.store.log.chain_at(circle.row, author, number);
}

Status alarm(VaultState& state, CircleRow circle, Alarm what, const BundleHeader& header) {
  return state.note(what, circle, header.author, header.last);
}

/// Whether that is work of this device which no relay held: another copy of the vault may have used the
/// number.
Result<bool> may_be_another(const VaultState& state, CircleRow circle, const Author& author,
                            std::uint64_t number) {
  if (author.device != state.self.device) return false;
  TB_TRY(const auto bundle, state.store.log.bundle_covering(circle, author, number));
  return bundle && !bundle->once_held;
}

/// Whether any of this device's work in the circle was never held by a relay: a copy of the vault may have
/// sealed it too, under another time.
Result<bool> has_unheld_work(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const std::vector<Author> unsent, state.store.log.unsent_authors(circle.row));
  bool has = !unsent.empty();
  if (!has)
    TB_CHECK(for_each_unsettled(state, circle, [&](const StoredBundle& bundle) -> Status {
      has = has || (bundle.author.device == state.self.device && !bundle.once_held);
      return {};
    }));
  return has;
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
  for (const auto& [author, point] : frontier) {
    TB_TRY(const bool another, may_be_another(state, circle.row, author, point.number));
    if (another) return {};  // that this is a copy is found when its other work arrives, or ours is refused
  }
  return alarm(state, circle.row, Alarm::kFrontierDiffers, header);
}

/// Of two entries at one place the relay says which stands, before what was sealed on the other counts.
Status check_no_rival(const VaultState& state, const StoredCircle& circle, const MembershipLog& log,
                      const BundleHeader& header) {
  if (!names_rival(log, header, 0)) return {};
  TB_TRY(const std::uint32_t size, confirmed_size(state, circle, log));
  if (!names_rival(log, header, size)) return {};
  return Error(Code::kMissingDependency, "the author knew another membership entry " +
                                             std::to_string(header.membership_index) +
                                             ", and no relay has taken ours");
}

/// Whether the author's state at its frontier is ours, when we stand at the same one (promise P3).
Status compare_digest(VaultState& state, const StoredCircle& circle, const BundleHeader& header,
                      const Frontier& seen_by_author, const StateDigest& digest) {
  TB_TRY(Frontier ours, state.store.circles.frontier(circle.row));
  Frontier theirs = seen_by_author;
  theirs.raise(header.author, header.last);
  if (!(ours == theirs)) return {};
  TB_TRY(const StoredCircle now, state.store.circles.get(circle.row));
  if (now.digest == digest) return {};
  // Of work that no relay held others can know another copy's only: that copy's bundle tells which.
  TB_TRY(const bool unheld, has_unheld_work(state, circle));
  if (unheld) return {};
  return alarm(state, circle.row, Alarm::kDigestDiffers, header);
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
  const VerifyKey* author_key = members.log().key_of(header.author.device);
  if (author_key == nullptr) return Error(Code::kNotMember, "the author never was a member");
  if (members.keys_of(header.epoch).empty()) return no_key(state, members, header.epoch);
  return open_with_keys(members, header.epoch, [&](const EpochKey& key) {
    return state.opener.open(sealed, *author_key, key, previous);
  });
}

bool is_withheld(const OpenedBundle& opened) {
  return std::all_of(opened.changes.begin(), opened.changes.end(),
                     [](const OpenedChange& one) { return one.withheld; });
}

/// What of the circle someone else can have seen: of this device's own work only what is sealed. Who names
/// more guessed the number; were that taken, our next bundle would say that it saw his, and each wait at all
/// others for the other.
Result<Frontier> visible_frontier(const VaultState& state, CircleRow row) {
  TB_TRY(Frontier all, state.store.circles.frontier(row));
  TB_TRY(const std::vector<Author> unsent, state.store.log.unsent_authors(row));
  if (unsent.empty()) return all;
  Frontier visible;
  for (const auto& [author, number] : all.numbers()) {
    std::uint64_t told = number;
    if (std::find(unsent.begin(), unsent.end(), author) != unsent.end()) {
      TB_TRY(const AuthorHead head, state.store.circles.head(row, author));
      told = head.frozen;
    }
    if (told != 0) visible.raise(author, told);
  }
  return visible;
}

/// Whether everything that changes of a range build on is known.
bool has_causes(Frontier known, const BundleHeader& header, const std::vector<Change>& changes) {
  known.raise(header.author, header.last);
  return std::all_of(changes.begin(), changes.end(),
                     [&](const Change& change) { return known.covers(dependencies(change)); });
}

Status apply_bundle(VaultState& state, const StoredCircle& circle, const SealedBundle& sealed,
                    const OpenedBundle& opened, const Arrival& arrival) {
  const BundleHeader& header = sealed.header;
  const BundleChanges read = decode_changes(opened, header.author);
  TB_TRY(const Frontier visible, visible_frontier(state, circle.row));
  if (!visible.covers(opened.seen))
    return Error(Code::kMissingDependency, "the author had seen more than has arrived");
  if (!has_causes(visible, header, read.changes))
    return Error(Code::kMissingDependency, "what its changes build on has not arrived");
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
  if (opened.digest) TB_CHECK(compare_digest(state, circle, header, seen_by_author, *opened.digest));
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

/// Work of ours that was sealed after what came in another sealing now, and that nobody has: the digest in it
/// is of a state that is no more, and its frontier of what that author said before. It says all of it anew,
/// so that it is right for whoever knows either sealing. `gave_way` is what the author said in ours.
Status seal_later_again(VaultState& state, const StoredCircle& circle, const Author& author,
                        const Frontier& gave_way) {
  std::map<Author, Frontier> said{{author, gave_way}};
  std::vector<std::pair<StoredBundle, Frontier>> later;
  TB_CHECK(for_each_bundle(state, circle, [&](const StoredBundle& bundle) -> Status {
    if (bundle.author.device != state.self.device) return {};
    TB_TRY(const OpenedBundle opened, open_stored(state, circle, bundle));
    Frontier& of_author = said[bundle.author];
    of_author.raise(opened.seen);
    if (!bundle.once_held) later.emplace_back(bundle, of_author);
    return {};
  }));
  for (auto& [bundle, seen] : later)
    TB_CHECK(seal_again(state, circle, std::move(bundle), Content::kTravels, &seen));
  return {};
}

/// The relay's sealing of a range takes the place of ours; but content that others may have gives way to no
/// bare commitments.
Status adopt(VaultState& state, const StoredCircle& circle, const OpenedBundle& opened,
             const StoredBundle& ours, const StoredBundle& theirs) {
  TB_TRY(const OpenedBundle former, open_stored(state, circle, ours));
  if (theirs.withheld && !ours.withheld) {
    if (ours.once_held || ours.author.device != state.self.device) return {};
    TB_CHECK(return_content(state, circle, ours));
  }
  if (ours.withheld && !theirs.withheld) {
    TB_TRY(const SealedBundle sealed, parse_bundle(theirs.bytes));
    const BundleChanges read = decode_changes(opened, theirs.author);
    TB_TRY(const Frontier visible, visible_frontier(state, circle.row));
    if (!has_causes(visible, sealed.header, read.changes))
      return Error(Code::kMissingDependency, "what the content builds on has not arrived");
    TB_CHECK(check_incoming(state, circle, sealed.header, theirs.sequence.value_or(0), read.changes));
  }
  TB_CHECK(state.store.log.adopt_sealed(theirs));
  TB_CHECK(state.store.log.add_bundle(theirs));  // has its place before later work is looked at
  const bool merged_alike = ours.signed_time == theirs.signed_time && ours.withheld == theirs.withheld;
  if (merged_alike && former.seen == opened.seen) return {};
  TB_CHECK(rebuild_circle(state, circle));
  return seal_later_again(state, circle, ours.author, former.seen);
}

/// A range that is known already, in the same bytes or in others that say the same. Where the relay has it in
/// another sealing (P-118), that is what everyone else merges and what it gives receipts for. Once only: what
/// stands in the relay's log stays.
Status take_known(VaultState& state, const StoredCircle& circle, const MemberCircle& members,
                  const SealedBundle& sealed, const Arrival& arrival) {
  const BundleHeader& header = sealed.header;
  StoredBundle stored = to_store(circle.row, sealed, arrival);
  TB_TRY(const auto ours, state.store.log.bundle_covering(circle.row, header.author, header.last));
  if (ours && ours->bytes == stored.bytes) return state.store.log.add_bundle(stored);  // learns its place
  // The chain value alone proves nothing: it stands in the header, and anyone can write that.
  TB_CHECK(members.log().check_place(header));
  TB_CHECK(check_no_rival(state, circle, members.log(), header));
  TB_TRY(const OpenedBundle opened, open_arrived(state, members, sealed, header.previous));
  if (ours && ours->first != header.first) return Error(Code::kFork, "known changes, cut into other bundles");
  stored.withheld = is_withheld(opened);
  // What waited for its causes may be of a former log by now, and the last that has the content.
  const bool is_told = arrival.sequence != 0 || (ours && ours->withheld && !stored.withheld);
  if (ours && !ours->sequence && is_told) TB_CHECK(adopt(state, circle, opened, *ours, stored));
  return state.store.log.add_bundle(stored);
}

/// A bundle of this device that this vault never stored: it is a restored or copied one.
Status take_own_bundle(VaultState& state, const StoredCircle& circle, const MemberCircle& members,
                       const SealedBundle& sealed, const Arrival& arrival) {
  const BundleHeader& header = sealed.header;
  TB_TRY(const AuthorHead before, state.store.circles.head(circle.row, header.author));
  if (header.first > before.frozen + 1)
    return Error(Code::kMissingDependency, "earlier changes of this device are missing");
  TB_TRY(const auto previous, known_chain(state, circle, header.author, header.first - 1));
  if (previous && *previous != header.previous) {
    TB_TRY(const bool another, may_be_another(state, circle.row, header.author, header.first - 1));
    if (another) return Error(Code::kMissingDependency, "ours stands before it, which has yet to make way");
  }
  TB_TRY(const OpenedBundle opened, open_arrived(state, members, sealed, header.previous));
  TB_TRY(DisplacedWork displaced, make_way(state, circle, header, opened));
  TB_TRY(const AuthorHead head, state.store.circles.head(circle.row, header.author));
  TB_CHECK(check_next(circle, header, head));
  TB_CHECK(apply_bundle(state, circle, sealed, opened, arrival));
  return write_displaced(state, circle, std::move(displaced));
}

}  // namespace

Status take_bundle(VaultState& state, const Arrival& arrival) {
  TB_TRY(const SealedBundle sealed, parse_bundle(arrival.bytes));
  const BundleHeader& header = sealed.header;
  if (header.circle != arrival.circle) return Error(Code::kProtocol, "a bundle of another circle");
  TB_TRY(const auto circle, state.store.circles.find(arrival.circle));
  if (!circle) return Error(Code::kMissingDependency, "a bundle of a circle whose genesis is missing");
  TB_TRY(const MemberCircle* members, state.member_circle(*circle));
  if (members->log().empty())
    return Error(Code::kMissingDependency, "a bundle of a circle whose genesis is still missing");
  TB_TRY(const auto at_end, known_chain(state, *circle, header.author, header.last));
  if (at_end && *at_end == header.chain) return take_known(state, *circle, *members, sealed, arrival);
  TB_CHECK(members->log().check_place(header));
  TB_CHECK(check_no_rival(state, *circle, members->log(), header));
  if (header.author.device == state.self.device)
    return take_own_bundle(state, *circle, *members, sealed, arrival);
  if (at_end) return Error(Code::kFork, "another chain value for number " + std::to_string(header.last));
  TB_TRY(const AuthorHead head, state.store.circles.head(circle->row, header.author));
  TB_CHECK(check_next(*circle, header, head));
  TB_TRY(const OpenedBundle opened, open_arrived(state, *members, sealed, header.previous));
  return apply_bundle(state, *circle, sealed, opened, arrival);
}

Result<bool> is_genuine(VaultState& state, const StoredCircle& circle, ByteView bytes) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  const auto sealed = parse_bundle(bytes);
  if (!sealed) {
    const auto place = parse_entry_place(bytes);
    return place && place->circle == circle.id && members->log().check_signer(bytes).has_value();
  }
  if (sealed->header.circle != circle.id) return false;
  const VerifyKey* key = members->log().key_of(sealed->header.author.device);
  return key != nullptr && verify_bundle(*sealed, *key).has_value();
}

Result<bool> is_stored(const VaultState& state, const StoredCircle& circle, ByteView bytes) {
  const auto sealed = parse_bundle(bytes);
  if (!sealed || sealed->header.circle != circle.id) return false;
  const BundleHeader& header = sealed->header;
  TB_TRY(const auto stored, state.store.log.bundle_covering(circle.row, header.author, header.last));
  if (!stored || stored->first != header.first || stored->chain != header.chain) return false;
  return !stored->withheld ||
         std::equal(stored->bytes.begin(), stored->bytes.end(), bytes.begin(), bytes.end());
}

}  // namespace thuisbasis
