// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/vault_outgoing.h"

#include <algorithm>
#include <utility>

#include "core/vault/cut_offs.h"
#include "core/vault/due_epoch.h"
#include "core/vault/own_instance.h"
#include "core/vault/rebase.h"
#include "core/vault/rescued_work.h"
#include "core/vault/rival_log.h"
#include "core/vault/sealing_key.h"
#include "core/vault/set_aside.h"
#include "core/vault/vault_sealing.h"
#include "core/vault/waiting_items.h"

namespace thuisbasis {
namespace {

/// One circle's step. When it fails, the circle's work stays as it was, which the journal says, and the
/// others go on.
template <typename Step>
Status apart(VaultState& state, CircleRow row, Step step) {
  TB_TRY(const StoredCircle circle, state.store.circles.get(row));
  TB_TRY(WorkPart part, WorkPart::begin(state));
  const Status done = step(circle);
  TB_TRY(const bool kept, std::move(part).end(done));
  if (kept) return {};
  if (!state.held.first_sealing_failure(row)) return {};
  return state.note(Alarm::kSealingFailed, row, state.self, static_cast<std::uint64_t>(done.error().code()));
}

/// Work under numbers that others know otherwise, for which a whole request brought no news. Where the news
/// came and waits for something else, it would come out twice, unless that begins with another change.
Status reissue_forked(VaultState& state) {
  std::map<HeldBack::Line, std::uint64_t> lines = state.held.asked_in_vain();
  for (auto line = lines.begin(); line != lines.end();) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(line->first.first));
    TB_TRY(const bool came, may_be_waiting(state, circle, line->first.second, line->second));
    line = came ? lines.erase(line) : std::next(line);
  }
  if (lines.empty()) return {};
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  for (const auto& [line, first] : lines) {
    const Author author = line.second;
    TB_CHECK(apart(state, line.first, [&, from = first](const StoredCircle& circle) {
      return reissue(state, circle, author, from);
    }));
  }
  TB_CHECK(unit.commit());
  for (const auto& [line, first] : lines) state.held.release(line);
  return {};
}

/// What a doubted log left behind, once the log was read again to its end.
Status clear_former_log(VaultState& state) {
  TB_TRY(const std::vector<QuarantinedItem> aside, state.store.log.quarantined());
  if (std::none_of(aside.begin(), aside.end(), [](const auto& item) { return item.sequence == 0; }))
    return {};
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  TB_CHECK(clear_set_aside(state));
  return unit.commit();
}

/// Work that a repair saved, once all that it may build on has had its chance to arrive.
Status write_rescued_work(VaultState& state) {
  TB_TRY(const bool waits, has_rescued(state));
  if (!waits) return {};
  state.rescue_tried = true;
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  TB_TRY(const std::vector<StoredCircle> circles, state.store.circles.all());
  for (const StoredCircle& one : circles)
    TB_CHECK(apart(state, one.row, [&](const StoredCircle& circle) { return write_rescued(state, circle); }));
  return unit.commit();
}

/// Removals that left out work which the relay has: that came with the answer, or comes with the next.
Status sign_refused_removals(VaultState& state) {
  const std::map<CircleRow, std::uint32_t> refused = state.held.take_to_sign_again();
  if (refused.empty()) return {};
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  for (const auto& [row, index] : refused) {
    TB_CHECK(apart(state, row, [&, from = index](const StoredCircle& circle) {
      return sign_again(state, circle, from);
    }));
  }
  return unit.commit();
}

/// An epoch that has become due, in the circles whose work is to be sealed: by whoever writes, so that not
/// all devices begin one at once.
Status begin_due_epochs(VaultState& state, const std::vector<CircleRow>& unsent,
                        std::int64_t relay_ahead_ms) {
  const WallMs now = state.world.clock.wall_ms() + relay_ahead_ms;
  std::vector<CircleRow> due;
  for (const CircleRow row : unsent) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(row));
    TB_TRY(const auto reason, due_epoch(state, circle, now));
    if (reason) due.push_back(row);
  }
  if (due.empty()) return {};
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  for (const CircleRow row : due)
    TB_CHECK(
        apart(state, row, [&](const StoredCircle& circle) { return begin_due_epoch(state, circle, now); }));
  return unit.commit();
}

/// Work that waits to be sealed in a circle that this device is out of: what a put-back vault wrote again
/// there after it had heard.
Status return_where_out(VaultState& state, const std::vector<CircleRow>& unsent) {
  std::vector<CircleRow> left;
  for (const CircleRow row : unsent) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(row));
    TB_TRY(const MemberCircle* members, state.member_circle(circle));
    if (members->was_removed()) left.push_back(row);
  }
  if (left.empty()) return {};
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  for (const CircleRow row : left)
    TB_CHECK(apart(state, row, [&](const StoredCircle& circle) { return follow_cut_offs(state, circle); }));
  return unit.commit();
}

/// Adds to the parcel until it is full.
class Parcel final {
 public:
  explicit Parcel(std::size_t limit) : limit_(limit) {}

  /// False when it is full; one item always fits.
  bool take(std::size_t bytes) {
    if (used_ != 0 && (used_ + bytes > limit_ || ++items_ > kItemsMax)) {
      content.more = true;
      full_ = true;
      return false;
    }
    used_ += bytes;
    return true;
  }
  std::size_t room() const { return limit_ - std::min(limit_, used_); }
  bool is_full() const { return full_; }
  Outgoing content;

 private:
  /// As many entries or bundles as every relay takes in one request.
  static constexpr std::size_t kItemsMax = 4000;
  std::size_t limit_;
  std::size_t used_ = 0;
  std::size_t items_ = 0;
  bool full_ = false;
};

/// The archive's wrap of an epoch: kept by its maker until pushed, made again by anyone with the epoch's key
/// who refills a relay. Empty for an entry that needs none; nothing without the key.
Result<std::optional<Bytes>> archive_wrap_of(const MemberCircle& members, const MembershipRow& row) {
  if (!row.archive_wrap.empty()) return std::optional(row.archive_wrap);
  for (const EpochRecord& epoch : members.log().epochs()) {
    if (epoch.entry_index != row.index) continue;
    const EpochKey* key = members.key(epoch.number);
    if (key == nullptr) return std::optional<Bytes>();
    const AgreementKey& archive = members.log().archive_key();
    TB_TRY(const KeyWrap wrap, key->wrap_for(archive_recipient(archive), archive, epoch.header_hash));
    return std::optional(encode_wrap(wrap));
  }
  return std::optional(Bytes());
}

/// Work that can be sealed once the relay has taken what this request offers.
Result<bool> waits_for_epoch(VaultState& state) {
  TB_TRY(const std::vector<CircleRow> unsent, state.store.log.circles_with_unsent());
  for (const CircleRow row : unsent) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(row));
    if (state.shut_out.contains(circle.id)) continue;
    TB_TRY(const SealingKey newest, sealing_key(state, circle));
    if (newest.wait == SealingWait::kEpochIsNew) return true;
  }
  return false;
}

/// Whether another request can do what this one could not: news of a fork is asked for first, and work of a
/// later instance waits for the receipts of an earlier one.
Result<bool> waits_for_next_request(VaultState& state, bool something_sent) {
  if (state.held.waits_for_news()) return true;
  if (!state.rescue_tried) {
    TB_TRY(const bool rescued, has_rescued(state));
    if (rescued) return true;
  }
  if (!something_sent) return false;
  TB_TRY(const bool epoch_is_new, waits_for_epoch(state));
  if (epoch_is_new) return true;
  TB_TRY(const std::vector<CircleRow> unsent, state.store.log.circles_with_unsent());
  for (const CircleRow row : unsent) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(row));
    if (state.shut_out.contains(circle.id)) continue;
    TB_TRY(const std::vector<Author> authors, state.store.log.unsent_authors(row));
    if (authors.size() > 1) return true;
    TB_TRY(const std::optional<Author> next, next_to_seal(state, row));
    if (!next) return true;
  }
  return false;
}

Status pack_entries(VaultState& state, const StoredCircle& circle, Parcel& parcel) {
  TB_TRY(std::vector<MembershipRow> rows, state.store.circles.unconfirmed_membership(circle.row));
  if (rows.empty()) return {};
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  for (MembershipRow& row : rows) {
    TB_TRY(std::optional<Bytes> wrap, archive_wrap_of(*members, row));
    if (!wrap) return {};  // a relay takes this entry, and what follows it, from a member who has the key
    if (!parcel.take(row.entry.size() + wrap->size())) return {};
    TB_TRY(const EntryPlace place, parse_entry_place(row.entry));
    // What we made and no relay took has the wrap with it still.
    const bool offered_again =
        place.author != state.self.device || (row.archive_wrap.empty() && !wrap->empty());
    parcel.content.entries.push_back({circle.id, std::move(row.entry), std::move(*wrap), offered_again});
  }
  return {};
}

/// Not in this request: held back, or in the tray and not withheld yet.
Result<bool> stays(const VaultState& state, const StoredBundle& bundle) {
  if (state.held.holds({bundle.circle, bundle.author}, bundle.first)) return true;
  if (bundle.author.device != state.self.device || bundle.withheld) return false;
  return is_returned(state, bundle);
}

/// Sealed by another under a key that lost its place and that some member may not know: who lacks the key
/// could not take its author's sealing under the one that stands any more.
Result<bool> waits_for_key(const MemberCircle& members, const StoredBundle& bundle) {
  if (!members.has_hidden_key(bundle.epoch)) return false;
  TB_TRY(const SealedBundle sealed, parse_bundle(bundle.bytes));
  return is_of_another_log(members.log(), sealed.header);
}

Status pack_bundles(VaultState& state, CircleRow row, Parcel& parcel) {
  TB_TRY(const StoredCircle stored, state.store.circles.get(row));
  if (state.shut_out.contains(stored.id)) return {};  // the relay would take none of it
  TB_TRY(const MemberCircle* members, state.member_circle(stored));
  // From a device that was removed the relay takes what counts of its own work.
  const bool own_only = members->was_removed();
  TB_TRY(const SealingKey newest, sealing_key(state, stored));
  // Under the former epoch the relay would not take them; they are sealed again once it has the entry.
  if (newest.wait == SealingWait::kEpochIsNew) {
    parcel.content.more = parcel.content.more || !parcel.content.entries.empty();
    return {};
  }
  const CircleRow circle = row;
  for (std::int64_t after = 0;;) {
    // One more than fits, so that the parcel knows when something stays behind.
    TB_TRY(ChangeLog::BundlePage page,
           state.store.log.unconfirmed_bundles(circle, after, {SIZE_MAX, parcel.room() + kBundleBytesMax}));
    if (page.bundles.empty()) return {};
    after = page.last_row;
    for (StoredBundle& bundle : page.bundles) {
      TB_TRY(const bool left, stays(state, bundle));
      const bool own = bundle.author.device == state.self.device;
      if (left || (own_only && !own)) continue;
      TB_TRY(const bool waits, own ? Result<bool>(false) : waits_for_key(*members, bundle));
      if (waits) continue;
      // Sealed before this device knew what it waits for now; it is sealed again then.
      if (own && !own_only && !bundle.once_held && newest.wait != SealingWait::kNone) continue;
      if (!parcel.take(bundle.bytes.size())) return {};
      state.held.offer({bundle.circle, bundle.author}, bundle.first, bundle.chain);
      parcel.content.bundles.push_back(std::move(bundle.bytes));
    }
  }
}

Status seal_in_one_unit(VaultState& state, const std::vector<CircleRow>& waiting,
                        const std::vector<CircleRow>& unsent, std::int64_t relay_ahead_ms) {
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  for (const CircleRow row : waiting)
    TB_CHECK(apart(state, row, [&](const StoredCircle& circle) { return renew_sealed(state, circle); }));
  for (const CircleRow row : unsent) {
    if (state.held.waits_for_news(row)) continue;
    TB_CHECK(apart(state, row,
                   [&](const StoredCircle& circle) { return seal_pending(state, circle, relay_ahead_ms); }));
  }
  return unit.commit();
}

/// Where all of a circle's unsent work is sealed by now. Apart from the sealing, which stands whatever waits.
Status take_what_waited_for_sealing(VaultState& state, const std::vector<CircleRow>& were_unsent) {
  TB_TRY(const std::vector<CircleRow> unsent, state.store.log.circles_with_unsent());
  if (unsent == were_unsent) return {};
  return retry_waiting_apart(state);
}

}  // namespace

Result<Outgoing> collect_outgoing(VaultState& state, std::size_t limit_bytes, std::int64_t relay_ahead_ms) {
  state.held.begin_request();
  state.held.release_due(state.world.clock.wall_ms() + relay_ahead_ms);
  state.heard_in_part = false;
  if (state.asks_left != 0) {
    --state.asks_left;
    return Outgoing{.entries = {}, .bundles = {}, .more = false, .asks_first = true};
  }
  TB_CHECK(reissue_forked(state));
  TB_CHECK(ask_again_after_opening(state));
  if (std::exchange(state.heard_all, false)) {
    TB_CHECK(write_rescued_work(state));
    TB_CHECK(clear_former_log(state));
  }
  state.held.asks();
  TB_TRY(const std::vector<CircleRow> unsent, state.store.log.circles_with_unsent());
  TB_TRY(const std::vector<CircleRow> waiting, state.store.log.circles_with_unconfirmed());
  TB_CHECK(sign_refused_removals(state));
  TB_CHECK(return_where_out(state, unsent));
  TB_CHECK(begin_due_epochs(state, unsent, relay_ahead_ms));
  TB_CHECK(begin_due_epochs(state, waiting, relay_ahead_ms));
  if (!unsent.empty() || !waiting.empty()) {
    TB_CHECK(seal_in_one_unit(state, waiting, unsent, relay_ahead_ms));
    TB_CHECK(take_what_waited_for_sealing(state, unsent));
  }
  Parcel parcel(limit_bytes);
  TB_TRY(const std::vector<CircleRow> logs, state.store.circles.with_unconfirmed_membership());
  for (const CircleRow row : logs) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(row));
    TB_CHECK(pack_entries(state, circle, parcel));
  }
  TB_TRY(const std::vector<CircleRow> to_send, state.store.log.circles_with_unconfirmed());
  for (const CircleRow row : to_send) {
    if (parcel.is_full()) break;
    TB_CHECK(pack_bundles(state, row, parcel));
  }
  // What is held back, or waits for an earlier instance's work, goes with the next request of this round.
  TB_TRY(const bool waits,
         waits_for_next_request(state, !parcel.content.bundles.empty() || !parcel.content.entries.empty()));
  parcel.content.more = parcel.content.more || waits;
  return std::move(parcel.content);
}

}  // namespace thuisbasis
