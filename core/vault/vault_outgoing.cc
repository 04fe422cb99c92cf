// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/vault_outgoing.h"

#include <algorithm>

#include "core/base/wire_bytes.h"
#include "core/crypto/kdf.h"
#include "core/store/time_clamp.h"

namespace thuisbasis {
namespace {

/// What is sealed at once: well below a bundle's plaintext limit, so that one portion never needs to be cut
/// for it.
constexpr Portion kSealPortion{kBundleChangesMax, kPayloadBytesMax / 2};

/// The seed for the salts of a range, found again whenever the range is sealed again: HMAC under a secret of
/// this vault over circle, author and first number.
Result<SaltSeed> salt_seed(const VaultState& state, const CircleId& circle, std::uint64_t first) {
  TB_TRY(const auto secret, state.store.values.get(value::kSaltSecret));
  if (!secret) return Error(Code::kDamaged, "the vault lacks its salt secret");
  ByteWriter place;
  place.raw(circle.view());
  place.raw(state.self.instance.view());
  place.u64(first);
  const Sha256Digest full = hmac_sha256(Secret::copy_of(*secret), place.view());
  return SaltSeed::from(full.view().first(SaltSeed::kSize));
}

/// One circle's part in sealing: whom it seals for and what it has applied of the others.
struct Sealing {
  const StoredCircle& circle;
  const MemberCircle& members;
  const EpochKey& key;
  WallMs signed_time = 0;
  ChainFrontier others;
  Frontier seen;
};

Result<Sealing> prepare_sealing(VaultState& state, const StoredCircle& circle, const MemberCircle& members,
                                const EpochKey& key, std::int64_t relay_ahead_ms) {
  Sealing sealing{circle, members, key, state.world.clock.wall_ms() + relay_ahead_ms, {}, {}};
  TB_TRY(const auto heads, state.store.circles.heads(circle.row));
  TB_TRY(const Frontier told, state.store.circles.seen_by(circle.row, state.self));
  for (const auto& [author, head] : heads) {
    if (author == state.self) continue;
    sealing.others[author] = {head.frozen, head.chain};
    if (head.frozen > told.at(author)) sealing.seen.raise(author, head.frozen);
  }
  return sealing;
}

/// Seals one portion of pending changes and stores the exact bytes. False when nothing was pending.
Result<bool> seal_portion(VaultState& state, Sealing& sealing) {
  const CircleRow row = sealing.circle.row;
  TB_TRY(const std::vector<UnsentChange> pending, state.store.log.unsent(row, state.self, kSealPortion));
  if (pending.empty()) return false;
  TB_TRY(const AuthorHead head, state.store.circles.head(row, state.self));
  TB_TRY(const SaltSeed seed, salt_seed(state, sealing.circle.id, pending.front().number));
  std::vector<FrozenChange> frozen;
  frozen.reserve(pending.size());
  std::vector<Change> changes;
  changes.reserve(pending.size());
  for (const UnsentChange& change : pending) {
    frozen.push_back({change.bytes, seed, std::nullopt});
    TB_TRY(Change decoded, decode_change(change.author, change.bytes));
    changes.push_back(std::move(decoded));
  }
  TB_CHECK(clamp_times(state.store, row, changes, effective_limit(sealing.signed_time)));
  // A portion may become several bundles, each with the same frontier in its header: the first says all of
  // it, also what only a change in a later one would have said.
  for (const Change& change : changes) {
    for (const auto& [author, number] : change.seen.numbers()) {
      const auto applied = sealing.others.find(author);
      if (applied != sealing.others.end()) sealing.seen.raise(author, applied->second.number);
    }
  }
  TB_TRY(const StoredCircle now, state.store.circles.get(row));
  SealRequest request;
  request.author = state.self;
  request.first = pending.front().number;
  request.previous = head.frozen == 0 ? chain_start(sealing.circle.id, state.self) : head.chain;
  request.changes = frozen;
  request.membership_index = sealing.members.log().size() - 1;
  request.others = sealing.others;
  request.seen = sealing.seen;
  if (pending.back().number == head.number) request.digest = now.digest;
  request.signed_time = sealing.signed_time;
  TB_TRY(std::vector<SealedRange> ranges,
         state.sealer.seal_all(request, sealing.key, state.identity->signing()));
  for (SealedRange& range : ranges) {
    TB_CHECK(
        state.store.log.freeze({row, state.self, range.first, range.last, range.chain, sealing.key.epoch(),
                                sealing.signed_time, std::nullopt, false, std::move(range.bundle)}));
  }
  TB_CHECK(state.store.circles.raise_seen(row, state.self, sealing.seen));
  sealing.seen = Frontier();
  return true;
}

Status seal_pending(VaultState& state, const StoredCircle& circle, std::int64_t relay_ahead_ms) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  const EpochKey* key = members->newest_key();
  if (key == nullptr) return {};  // removed from the circle: the work stays pending, visibly
  TB_TRY(Sealing sealing, prepare_sealing(state, circle, *members, *key, relay_ahead_ms));
  for (;;) {
    TB_TRY(const bool sealed, seal_portion(state, sealing));
    if (!sealed) return {};
  }
}

/// The same changes under the newest epoch or with a corrected time: the chain covers their commitments, so
/// this is no fork.
Result<Bytes> seal_again(VaultState& state, const StoredCircle& circle, const MemberCircle& members,
                         const StoredBundle& bundle) {
  TB_TRY(const OpenedBundle opened, open_stored(state, circle, bundle));
  TB_TRY(const SealedBundle former, parse_bundle(bundle.bytes));
  if (!opened.salt_seed) return Error(Code::kInternal, "an own bundle without its salt seed");
  std::vector<FrozenChange> frozen;
  std::vector<Change> changes;
  for (const OpenedChange& change : opened.changes) {
    frozen.push_back({change.bytes(), *opened.salt_seed, std::nullopt});
    TB_TRY(Change decoded, decode_change(bundle.author, change.bytes()));
    changes.push_back(std::move(decoded));
  }
  TB_CHECK(clamp_times(state.store, circle.row, changes, effective_limit(bundle.signed_time)));
  SealRequest request;
  request.author = state.self;
  request.first = bundle.first;
  request.previous = former.header.previous;
  request.changes = frozen;
  request.membership_index = members.log().size() - 1;
  // What it said to have seen stays what it was: a later frontier would make it depend on what came after it.
  request.seen = opened.seen;
  request.frontier = former.header.frontier;
  request.signed_time = bundle.signed_time;
  TB_TRY(SealedRange range, state.sealer.seal(request, *members.newest_key(), state.identity->signing()));
  if (range.last != bundle.last || range.chain != bundle.chain)
    return Error(Code::kInternal, "a range changed while it was sealed again");
  return std::move(range.bundle);
}

Status renew_epochs(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  const EpochKey* key = members->newest_key();
  if (key == nullptr) return {};
  TB_TRY(std::vector<StoredBundle> waiting,
         state.store.log.unconfirmed_bundles(circle.row, {kBundleChangesMax, kPayloadBytesMax}));
  for (StoredBundle& bundle : waiting) {
    if (bundle.author != state.self || bundle.sequence || bundle.epoch == key->epoch()) continue;
    TB_TRY(bundle.bytes, seal_again(state, circle, *members, bundle));
    bundle.epoch = key->epoch();
    TB_CHECK(state.store.log.replace_sealed(bundle));
  }
  return {};
}

Result<bool> is_returned(const VaultState& state, const StoredBundle& bundle) {
  if (bundle.author != state.self) return false;
  TB_TRY(const WriteStage stage, state.store.log.stage(bundle.circle, bundle.author, bundle.first));
  return stage == WriteStage::kReturned;
}

/// Adds to the parcel until it is full.
class Parcel final {
 public:
  explicit Parcel(std::size_t limit) : limit_(limit) {}

  /// False when it is full; one item always fits.
  bool take(std::size_t bytes) {
    if (used_ != 0 && (used_ + bytes > limit_ || ++items_ > kItemsMax)) {
      content.more = true;
      return false;
    }
    used_ += bytes;
    return true;
  }
  std::size_t room() const { return limit_ - std::min(limit_, used_); }
  Outgoing content;

 private:
  /// As many entries or bundles as every relay takes in one request.
  static constexpr std::size_t kItemsMax = 4000;
  std::size_t limit_;
  std::size_t used_ = 0;
  std::size_t items_ = 0;
};

/// The archive's wrap of an epoch: kept by its maker until pushed, made again by anyone who refills a relay.
Result<Bytes> archive_wrap_of(const MemberCircle& members, const MembershipRow& row) {
  if (!row.archive_wrap.empty()) return row.archive_wrap;
  for (const EpochRecord& epoch : members.log().epochs()) {
    if (epoch.entry_index != row.index) continue;
    const EpochKey* key = members.key(epoch.number);
    if (key == nullptr) return Bytes{};
    const AgreementKey& archive = members.log().archive_key();
    TB_TRY(const KeyWrap wrap, key->wrap_for(archive_recipient(archive), archive, epoch.header_hash));
    return encode_wrap(wrap);
  }
  return Bytes{};
}

Status pack_entries(VaultState& state, const StoredCircle& circle, Parcel& parcel) {
  TB_TRY(std::vector<MembershipRow> rows, state.store.circles.unconfirmed_membership(circle.row));
  if (rows.empty()) return {};
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  for (MembershipRow& row : rows) {
    TB_TRY(Bytes wrap, archive_wrap_of(*members, row));
    if (!parcel.take(row.entry.size() + wrap.size())) return {};
    parcel.content.entries.push_back({circle.id, std::move(row.entry), std::move(wrap)});
  }
  return {};
}

Status pack_bundles(VaultState& state, CircleRow circle, Parcel& parcel) {
  // One more than fits, so that the parcel knows when something stays behind.
  TB_TRY(std::vector<StoredBundle> bundles,
         state.store.log.unconfirmed_bundles(circle, {SIZE_MAX, parcel.room() + kBundleBytesMax}));
  for (StoredBundle& bundle : bundles) {
    TB_TRY(const bool returned, is_returned(state, bundle));
    if (returned) continue;
    if (!parcel.take(bundle.bytes.size())) return {};
    parcel.content.bundles.push_back(std::move(bundle.bytes));
  }
  return {};
}

}  // namespace

Result<OpenedBundle> open_stored(VaultState& state, const StoredCircle& circle, const StoredBundle& bundle) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const SealedBundle sealed, parse_bundle(bundle.bytes));
  const EpochKey* key = members->key(sealed.header.epoch);
  const VerifyKey* author_key = members->log().key_of(sealed.header.author.device);
  if (key == nullptr || author_key == nullptr)
    return Error(Code::kDecryptFailed,
                 "this device holds no key of epoch " + std::to_string(sealed.header.epoch));
  return state.opener.open(sealed, *author_key, *key, sealed.header.previous);
}

Result<Outgoing> collect_outgoing(VaultState& state, std::size_t limit_bytes, std::int64_t relay_ahead_ms) {
  TB_TRY(const std::vector<CircleRow> unsent, state.store.log.circles_with_unsent());
  TB_TRY(const std::vector<CircleRow> waiting, state.store.log.circles_with_unconfirmed());
  if (!unsent.empty() || !waiting.empty()) {
    TB_TRY(WorkUnit unit, WorkUnit::begin(state));
    for (const CircleRow row : waiting) {
      TB_TRY(const StoredCircle circle, state.store.circles.get(row));
      TB_CHECK(renew_epochs(state, circle));
    }
    for (const CircleRow row : unsent) {
      TB_TRY(const StoredCircle circle, state.store.circles.get(row));
      TB_CHECK(seal_pending(state, circle, relay_ahead_ms));
    }
    TB_CHECK(unit.commit());
  }
  Parcel parcel(limit_bytes);
  TB_TRY(const std::vector<StoredCircle> circles, state.store.circles.all());
  for (const StoredCircle& circle : circles) TB_CHECK(pack_entries(state, circle, parcel));
  TB_TRY(const std::vector<CircleRow> to_send, state.store.log.circles_with_unconfirmed());
  for (const CircleRow row : to_send) {
    if (parcel.content.more) break;
    TB_CHECK(pack_bundles(state, row, parcel));
  }
  return std::move(parcel.content);
}

Status correct_time(VaultState& state, const StoredCircle& circle, const Refused& refusal, WallMs relay_now) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  if (members->newest_key() == nullptr) return {};
  TB_TRY(std::vector<StoredBundle> waiting,
         state.store.log.unconfirmed_bundles(circle.row, {kBundleChangesMax, kPayloadBytesMax}));
  for (StoredBundle& bundle : waiting) {
    // The later ones cannot be at the relay either, and their digests were of the state before the
    // correction.
    if (bundle.author != state.self || bundle.sequence || bundle.first < refusal.first) continue;
    bundle.signed_time = std::min(bundle.signed_time, relay_now);
    TB_TRY(bundle.bytes, seal_again(state, circle, *members, bundle));
    bundle.epoch = members->newest_key()->epoch();
    TB_CHECK(state.store.log.replace_sealed(bundle));
  }
  return {};
}

Status return_range(VaultState& state, const StoredCircle& circle, const Refused& refusal) {
  TB_TRY(const auto bundle, state.store.log.bundle_covering(circle.row, state.self, refusal.first));
  if (!bundle) return {};
  TB_TRY(const OpenedBundle opened, open_stored(state, circle, *bundle));
  for (const OpenedChange& change : opened.changes) {
    TB_CHECK(state.store.log.add_returned({circle.row, state.self, change.number,
                                           static_cast<std::uint32_t>(refusal.reason), "refused by the relay",
                                           state.world.clock.wall_ms(), to_bytes(change.bytes())}));
  }
  return {};
}

}  // namespace thuisbasis
