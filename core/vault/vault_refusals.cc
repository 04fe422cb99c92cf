// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/vault_refusals.h"

#include <algorithm>

#include "core/base/planted_bug.h"
#include "core/vault/cut_offs.h"
#include "core/vault/due_epoch.h"
#include "core/vault/own_instance.h"
#include "core/vault/rival_log.h"
#include "core/vault/stored_changes.h"
#include "core/vault/vault_sealing.h"

namespace thuisbasis {
namespace {

/// The relay has other changes of the author under these numbers, or says that ours leave a gap to nothing.
bool tells_of_fork(const VaultState& state, const Refused& refusal) {
  if (refusal.reason != Refused::Reason::kNumberGap) return refusal.reason == Refused::Reason::kFork;
  const bool own = refusal.author.device == state.self.device;
  return refusal.expected == 0 || (own && refusal.expected > refusal.first);
}

constexpr WallMs kAskAgainAfterMs = WallMs{10} * 60 * 1000;

/// A refusal that sending again cannot mend: the changes go to the tray of returned work.
bool is_final(Refused::Reason reason) {
  switch (reason) {
    case Refused::Reason::kStaleEpoch:
    case Refused::Reason::kStaleLog:
    case Refused::Reason::kClock:
    case Refused::Reason::kQuota:
    case Refused::Reason::kNumberGap:
    case Refused::Reason::kUnknownCircle:
    case Refused::Reason::kFork:
    case Refused::Reason::kCutOff:
      return false;
    case Refused::Reason::kMalformed:
    case Refused::Reason::kBadSignature:
    case Refused::Reason::kNotMember:
    case Refused::Reason::kUnknownSuite:
    case Refused::Reason::kTooLarge:
    case Refused::Reason::kBadEntry:
      break;
  }
  return true;
}

/// Signed ahead of the relay's clock, so nobody has it: sealed again as of the relay's time. What a relay
/// held once, and what others wrote, is known with the time it has: it waits until the relay's clock is
/// there.
Status correct_time(VaultState& state, const StoredCircle& circle, const Refused& refusal, WallMs relay_now) {
  TB_TRY(const auto refused, state.store.log.bundle_covering(circle.row, refusal.author, refusal.first));
  if (refused && (refused->once_held || refused->author.device != state.self.device)) {
    state.held.hold_until({circle.row, refusal.author}, refusal.first, refused->signed_time);
    return {};
  }
  return for_each_unsettled(state, circle, [&](StoredBundle bundle) -> Status {
    // The later ones cannot be at the relay either, and their digests were of the state before the
    // correction.
    if (bundle.author != refusal.author || bundle.first < refusal.first || bundle.once_held) return {};
    bundle.signed_time = std::min(bundle.signed_time, relay_now);
    return seal_again(state, circle, std::move(bundle), Content::kTravels);
  });
}

/// Others may know these changes as they are, whatever the relay says now: they stay, are not offered again
/// for now, and a person should hear of it.
Status distrust(VaultState& state, const StoredCircle& circle, const Refused& refusal) {
  state.held.hold({circle.row, refusal.author}, refusal.first, HeldBack::Why::kRefused);
  return state.note(Alarm::kFrontierDiffers, circle.row, refusal.author, refusal.first);
}

/// Refused for good: to the tray of returned work, with the reason. Commitments take the place of the content
/// when it is sealed next.
Status return_range(VaultState& state, const StoredCircle& circle, const Refused& refusal) {
  TB_TRY(const auto bundle, state.store.log.bundle_covering(circle.row, refusal.author, refusal.first));
  if (!bundle) return {};
  if (bundle->once_held) return distrust(state, circle, refusal);
  if (bundle->withheld) {
    state.held.hold({circle.row, refusal.author}, bundle->first, HeldBack::Why::kRefused);
    return {};
  }
  TB_TRY(const OpenedBundle opened, open_stored(state, circle, *bundle));
  for (const OpenedChange& change : opened.changes) {
    TB_CHECK(state.store.log.add_returned({circle.row, refusal.author, change.number,
                                           static_cast<std::uint32_t>(refusal.reason), "refused by the relay",
                                           state.world.clock.wall_ms(), to_bytes(change.bytes())}));
  }
  return {};
}

/// The relay knows other changes of ours under these numbers: a restored or copied vault. They come with
/// the next answer, unless they came already and the range is known by now.
Status take_fork(VaultState& state, const StoredCircle& circle, const Refused& refusal) {
  TB_TRY(const std::vector<StoredBundle> refused,
         state.store.log.own_unconfirmed(circle.row, refusal.author, refusal.first));
  const bool never_held = !refused.empty() && refused.front().first <= refusal.last;
  if (!never_held) {
    TB_TRY(const auto known, state.store.log.bundle_covering(circle.row, refusal.author, refusal.first));
    // News that came with this answer, or that waited and had its causes with it.
    const bool is_news = !known || known->sequence ||
                         !state.held.offered_as({circle.row, refusal.author}, refusal.first, known->chain);
    if (is_news) return {};
  }
  if (is_planted(PlantedBug::kCopyGoesOn)) return {};
  if (refusal.author == state.self) TB_CHECK(begin_instance(state));
  if (!never_held) return distrust(state, circle, refusal);
  state.held.hold({circle.row, refusal.author}, refusal.first, HeldBack::Why::kForked);
  return {};
}

/// The relay goes on with a log in which this device was not admitted: to it that is a stranger, who gets
/// receipts for what stands there, and is told nothing.
Status take_shut_out(VaultState& state, const StoredCircle& circle, const Refused& refusal) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  if (members->was_removed() || state.shut_out.contains(circle.id)) return {};
  TB_CHECK(state.store.circles.go_back(circle.row, {}));
  TB_CHECK(state.note(Alarm::kShutOut, circle.row, state.self, refusal.membership_index));
  state.shut_out.insert(circle.id);
  return {};
}

/// True when it is to be heard once more: refusals are not signed, and a person is told of these.
Result<bool> take_entry_refusal(VaultState& state, const StoredCircle& circle, const Refused& refusal) {
  if (refusal.reason == Refused::Reason::kCutOff) state.held.sign_again(circle.row, refusal.membership_index);
  const bool shuts_out =
      refusal.reason == Refused::Reason::kUnknownCircle && state.held.has_log_at_relay(circle.row);
  if (!shuts_out && !is_final(refusal.reason)) return false;
  if (state.held.entry_refused_once(circle.row, refusal.membership_index)) return true;
  TB_CHECK(shuts_out ? take_shut_out(state, circle, refusal)
                     : state.note(Alarm::kEntryRefused, circle.row, state.self, refusal.membership_index));
  return false;
}

/// The relay does not know the circle, or not all of its log: it is offered again, once.
Status offer_log_again(VaultState& state, const StoredCircle& circle) {
  if (!state.held.first_doubt_of_log(circle.row)) return {};
  return state.store.circles.doubt_membership(circle.row, 0);
}

/// The relay's log is not what ours is: it knows no circle, too little of it, not the author's admission, or
/// another entry in the place of one that it has yet to take.
Result<bool> lacks_log(VaultState& state, const StoredCircle& circle, const Refused& refusal) {
  if (refusal.reason != Refused::Reason::kNotMember)
    return refusal.reason == Refused::Reason::kUnknownCircle || refusal.reason == Refused::Reason::kStaleLog;
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  if (members->log().member(refusal.author.device) != nullptr) return true;
  if (refusal.author.device == state.self.device) return false;
  TB_TRY(const std::uint32_t confirmed, confirmed_size(state, circle, members->log()));
  return confirmed < members->log().size();
}

/// Work of another, who may be lost, sealed on a log that was longer than the one which stands.
Status want_longer_log(VaultState& state, const StoredCircle& circle, const Refused& refusal) {
  if (refusal.reason != Refused::Reason::kStaleLog) return {};
  TB_TRY(const auto bundle, state.store.log.bundle_covering(circle.row, refusal.author, refusal.first));
  if (!bundle || refusal.author.device == state.self.device) return {};  // its own is sealed again
  TB_TRY(const SealedBundle sealed, parse_bundle(bundle->bytes));
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  const LogReach named{sealed.header.membership_index + 1, sealed.header.epoch};
  if (lacking_of(members->log(), named) <= kEpochsForReachMax) state.held.want_reach(circle.row, named);
  return {};
}

Status take_bundle_refusal(VaultState& state, const StoredCircle& circle, const Refused& refusal,
                           WallMs relay_now) {
  const bool own = refusal.author.device == state.self.device;
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  if (own && members->was_removed() && refusal.reason == Refused::Reason::kNotMember) {
    TB_TRY(const std::uint32_t confirmed, confirmed_size(state, circle, members->log()));
    if (confirmed == members->log().size())  // less of it counts by an entry that is not shown to it
      return return_from(state, circle, refusal.author, refusal.first);
    // It counts by the log that stands here, which others bring.
    state.held.hold_until({circle.row, refusal.author}, refusal.first, relay_now + kAskAgainAfterMs);
    return {};
  }
  const bool forked = tells_of_fork(state, refusal);
  if (refusal.reason == Refused::Reason::kNumberGap && refusal.expected != 0) {
    TB_CHECK(state.note(Alarm::kNumberRefused, circle.row, refusal.author, refusal.expected));
    if (!forked) return state.store.log.doubt_from(circle.row, refusal.author, refusal.expected);
  }
  if (own && forked) return take_fork(state, circle, refusal);
  if (refusal.reason == Refused::Reason::kClock) return correct_time(state, circle, refusal, relay_now);
  if (!forked && !is_final(refusal.reason)) return {};
  return own ? return_range(state, circle, refusal) : distrust(state, circle, refusal);
}

}  // namespace

Result<bool> take_refusal(VaultState& state, const Refused& refusal, WallMs relay_now) {
  TB_TRY(const auto circle, state.store.circles.find(refusal.circle));
  if (!circle) return false;
  if (refusal.first == 0) return take_entry_refusal(state, *circle, refusal);
  const HeldBack::Line line{circle->row, refusal.author};
  if (!state.held.offered(line, refusal.first)) return false;
  const bool is_serious = is_final(refusal.reason) || tells_of_fork(state, refusal);
  const bool heard_once = is_serious && state.held.refused_once(line, refusal.first);
  TB_TRY(const bool log_is_missing, lacks_log(state, *circle, refusal));
  if (heard_once && !log_is_missing) return true;
  state.held.answer(line, refusal.first);
  TB_CHECK(want_longer_log(state, *circle, refusal));
  TB_CHECK(log_is_missing ? offer_log_again(state, *circle)
                          : take_bundle_refusal(state, *circle, refusal, relay_now));
  return false;
}

}  // namespace thuisbasis
