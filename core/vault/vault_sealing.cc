// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/vault_sealing.h"

#include <algorithm>

#include "core/base/wire_bytes.h"
#include "core/crypto/kdf.h"
#include "core/store/time_clamp.h"
#include "core/vault/circle_rebuild.h"
#include "core/vault/mass_change.h"
#include "core/vault/rival_log.h"
#include "core/vault/sealing_key.h"
#include "core/vault/stored_changes.h"

namespace thuisbasis {
namespace {

/// What is sealed at once: well below a bundle's plaintext limit, so that one portion never needs to be cut
/// for it.
constexpr Portion kSealPortion{kBundleChangesMax, kPayloadBytesMax / 2};

/// The seed for the salts of a range, found again whenever the range is sealed again: HMAC under a secret of
/// this vault over circle, author and first number.
Result<SaltSeed> salt_seed(const VaultState& state, const CircleId& circle, const Author& author,
                           std::uint64_t first) {
  TB_TRY(const auto secret, state.store.values.get(value::kSaltSecret));
  if (!secret) return Error(Code::kDamaged, "the vault lacks its salt secret");
  ByteWriter place;
  place.raw(circle.view());
  place.raw(author.instance.view());
  place.u64(first);
  if (secret->size() != value::kSaltSecretSize) return Error(Code::kDamaged, "the vault's salt secret");
  const Wiped<value::kSaltSecretSize> key(*secret);
  const Sha256Digest full = hmac_sha256(key, place.view());
  return SaltSeed::from(full.view().first(SaltSeed::kSize));
}

/// One circle's part in sealing: whom it seals for and what it has applied of the others.
struct Sealing {
  const StoredCircle& circle;
  Author author;  ///< an instance of this vault
  const MemberCircle& members;
  const EpochKey& key;
  WallMs signed_time = 0;
  ChainFrontier others;
  Frontier seen;
  bool waits = false;  ///< own earlier work has not been heard of by the relay
};

Result<Sealing> prepare_sealing(VaultState& state, const StoredCircle& circle, const Author& own,
                                const MemberCircle& members, const EpochKey& key,
                                std::int64_t relay_ahead_ms) {
  // However far off a clock is, the work is sealed (promise P8).
  const WallMs signed_time =
      std::clamp(state.world.clock.wall_ms() + relay_ahead_ms, WallMs{0}, kSignedTimeMax);
  Sealing sealing{circle, own, members, key, signed_time, {}, {}, false};
  TB_TRY(sealing.waits, state.store.log.waits_for_relay(circle.row));
  TB_TRY(const auto heads, state.store.circles.heads(circle.row));
  TB_TRY(const Frontier told, state.store.circles.seen_by(circle.row, own));
  for (const auto& [author, head] : heads) {
    if (author == own || head.frozen == 0) continue;
    sealing.others[author] = {head.frozen, head.chain};
    if (head.frozen > told.at(author)) sealing.seen.raise(author, head.frozen);
  }
  return sealing;
}

/// Seals one portion of pending changes and stores the exact bytes. False when nothing was pending.
Result<bool> seal_portion(VaultState& state, Sealing& sealing) {
  const CircleRow row = sealing.circle.row;
  const Author& author = sealing.author;
  TB_TRY(const std::vector<UnsentChange> pending, state.store.log.unsent(row, author, kSealPortion));
  if (pending.empty()) return false;
  TB_TRY(const AuthorHead head, state.store.circles.head(row, author));
  TB_TRY(const SaltSeed seed, salt_seed(state, sealing.circle.id, author, pending.front().number));
  std::vector<FrozenChange> frozen;
  frozen.reserve(pending.size());
  std::vector<Change> changes;
  changes.reserve(pending.size());
  for (const UnsentChange& change : pending) {
    frozen.push_back({change.bytes, seed, std::nullopt});
    TB_TRY(Change decoded, decode_change(change.author, change.bytes));
    changes.push_back(std::move(decoded));
  }
  TB_TRY(const Clamped clamped, clamp_times(state.store, row, changes, effective_limit(sealing.signed_time)));
  // A portion may become several bundles, each with the same frontier in its header: the first says all of
  // it, also what only a change in a later one would have said.
  for (const Change& change : changes) {
    for (const auto& [other, number] : change.seen.numbers()) {
      const auto applied = sealing.others.find(other);
      if (applied != sealing.others.end()) sealing.seen.raise(other, applied->second.number);
    }
  }
  TB_TRY(const StoredCircle now, state.store.circles.get(row));
  SealRequest request;
  request.author = author;
  request.first = pending.front().number;
  request.previous = head.frozen == 0 ? chain_start(sealing.circle.id, author) : head.chain;
  request.changes = frozen;
  request.membership_index = sealing.members.log().size() - 1;
  request.membership_hash = sealing.members.log().head();
  request.others = sealing.others;
  request.seen = sealing.seen;
  // The digest is of everything this device holds, so no other work of ours may be under way.
  TB_TRY(const std::vector<Author> unsent, state.store.log.unsent_authors(row));
  // And a range that the relay may have in another sealing may yet be merged under another time (P-118).
  const bool whole = pending.back().number == head.number && unsent.size() == 1 && !sealing.waits;
  if (whole && clamped == Clamped::kExactly) request.digest = now.digest;
  request.signed_time = sealing.signed_time;
  TB_TRY(std::vector<SealedRange> ranges,
         state.sealer.seal_all(request, sealing.key, state.identity->signing()));
  for (SealedRange& range : ranges) {
    StoredBundle bundle;
    bundle.circle = row;
    bundle.author = author;
    bundle.first = range.first;
    bundle.last = range.last;
    bundle.chain = range.chain;
    bundle.epoch = sealing.key.epoch();
    bundle.signed_time = sealing.signed_time;
    bundle.bytes = std::move(range.bundle);
    TB_CHECK(state.store.log.freeze(bundle));
  }
  TB_CHECK(state.store.circles.raise_seen(row, author, sealing.seen));
  sealing.seen = Frontier();
  if (clamped == Clamped::kOnlyByMergingAgain) TB_CHECK(rebuild_circle(state, sealing.circle));
  return true;
}

}  // namespace

Result<std::optional<Author>> next_to_seal(const VaultState& state, CircleRow row) {
  TB_TRY(const std::vector<Author> authors, state.store.log.unsent_authors(row));
  if (authors.empty()) return std::optional<Author>();
  TB_TRY(const bool earlier_waits,
         state.store.log.holds_new_of_others(row, state.self.device, authors.front()));
  return earlier_waits ? std::optional<Author>() : authors.front();
}

Status seal_pending(VaultState& state, const StoredCircle& circle, std::int64_t relay_ahead_ms) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const SealingKey newest, sealing_key(state, circle));
  const EpochKey* key = newest.key;
  if (key == nullptr) return {};  // the work stays pending, visibly
  TB_TRY(const std::optional<Author> author, next_to_seal(state, circle.row));
  if (!author) return {};
  if (const Status fuse = check_outgoing(state, circle, *author); !fuse) {
    if (fuse.error().code() == Code::kMassChange) return {};  // stays pending, see Vault::mass_changes
    return fuse;
  }
  TB_TRY(Sealing sealing, prepare_sealing(state, circle, *author, *members, *key, relay_ahead_ms));
  for (;;) {
    TB_TRY(const bool sealed, seal_portion(state, sealing));
    if (!sealed) return {};
  }
}

namespace {

/// The frontier hash of who has seen that, for a range of the author; none where a chain value is not known.
Result<std::optional<Sha256Digest>> hash_of_said(const VaultState& state, const StoredCircle& circle,
                                                 const StoredBundle& bundle, const Frontier& said) {
  ChainFrontier frontier;
  for (const auto& [author, number] : said.numbers()) {
    TB_TRY(const auto chain, state.store.log.chain_at(circle.row, author, number));
    if (!chain) return std::optional<Sha256Digest>();
    frontier[author] = {number, *chain};
  }
  frontier[bundle.author] = {bundle.last, bundle.chain};
  return std::optional(frontier_hash(circle.id, frontier));
}

}  // namespace

Status seal_again(VaultState& state, const StoredCircle& circle, StoredBundle bundle, Content content,
                  const Frontier* said) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const SealingKey newest, sealing_key(state, circle));
  const EpochKey* key = newest.key;
  // What counts of a former member's work counts under the key that it was sealed under (P-69).
  if (members->was_removed()) key = members->key(bundle.epoch);
  if (key == nullptr) return {};
  TB_TRY(const OpenedBundle opened, open_stored(state, circle, bundle));
  TB_TRY(const SealedBundle former, parse_bundle(bundle.bytes));
  if (!opened.salt_seed && !bundle.withheld)
    return Error(Code::kDamaged, "an own bundle without its salt seed");
  std::vector<FrozenChange> frozen;
  for (const OpenedChange& change : opened.changes) {
    FrozenChange& one = frozen.emplace_back();
    one.bytes = change.bytes();
    one.seed = opened.salt_seed.value_or(SaltSeed());
    one.withheld = change.commitment;
    if (content == Content::kWithheld && !one.withheld)
      one.withheld = commit_change(derive_salt(one.seed, change.number), change.number, change.bytes());
  }
  Clamped clamped = Clamped::kExactly;
  if (content == Content::kTravels) {
    const BundleChanges read = decode_changes(opened, bundle.author);
    TB_TRY(clamped, clamp_times(state.store, circle.row, read.changes, effective_limit(bundle.signed_time)));
  }
  SealRequest request;
  request.author = bundle.author;
  request.first = bundle.first;
  request.previous = former.header.previous;
  request.changes = frozen;
  request.membership_index = members->log().size() - 1;
  request.membership_hash = members->log().head();
  // What it said to have seen stays what it was: a later frontier would make it depend on what came after it.
  request.seen = opened.seen;
  request.frontier = former.header.frontier;
  request.signed_time = bundle.signed_time;
  if (said != nullptr) {
    TB_TRY(const auto frontier, hash_of_said(state, circle, bundle, *said));
    if (frontier) {
      request.seen = *said;
      request.frontier = frontier;
    }
  }
  TB_TRY(SealedRange range, state.sealer.seal(request, *key, state.identity->signing()));
  // More to have seen may leave less room for changes.
  if (range.last != bundle.last && said != nullptr)
    return seal_again(state, circle, std::move(bundle), content, nullptr);
  if (range.last != bundle.last || range.chain != bundle.chain)
    return Error(Code::kInternal, "a range changed while it was sealed again");
  bundle.bytes = std::move(range.bundle);
  bundle.epoch = key->epoch();
  bundle.withheld = bundle.withheld || content == Content::kWithheld;
  TB_CHECK(state.store.log.replace_sealed(bundle));
  const bool merged_otherwise = content == Content::kWithheld || clamped == Clamped::kOnlyByMergingAgain;
  return merged_otherwise ? rebuild_circle(state, circle) : Status();
}

Status for_each_unsettled(VaultState& state, const StoredCircle& circle,
                          const std::function<Status(const StoredBundle&)>& visit) {
  for (std::int64_t after = 0;;) {
    TB_TRY(const ChangeLog::BundlePage page,
           state.store.log.unconfirmed_bundles_of(circle.row, state.self.device, after,
                                                  {kBundleChangesMax, kPayloadBytesMax}));
    if (page.bundles.empty()) return {};
    after = page.last_row;
    for (const StoredBundle& bundle : page.bundles) TB_CHECK(visit(bundle));
  }
}

Result<bool> is_returned(const VaultState& state, const StoredBundle& bundle) {
  if (bundle.once_held && !bundle.withheld) return false;
  TB_TRY(const WriteStage stage, state.store.log.stage(bundle.circle, bundle.author, bundle.first));
  return stage == WriteStage::kReturned;
}

namespace {

/// Nobody has it yet, and it says a digest.
Result<bool> tells_digest(VaultState& state, const StoredCircle& circle, const StoredBundle& bundle) {
  if (bundle.once_held || bundle.withheld) return false;
  TB_TRY(const OpenedBundle opened, open_stored(state, circle, bundle));
  return opened.digest.has_value();
}

}  // namespace

/// Sealed on a log that went another way, perhaps under a key that others lack though its number stands.
Result<bool> is_sealed_elsewhere(VaultState& state, const StoredCircle& circle, const StoredBundle& bundle) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  TB_TRY(const SealedBundle sealed, parse_bundle(bundle.bytes));
  return is_of_another_log(members->log(), sealed.header);
}

/// Own ranges that the relay does not hold: those under an older epoch, or of another log, go under the
/// newest one, and returned ones lose their content. While a relay is filled again it may have what came
/// before in another sealing, under other times: what nobody has yet says no digest then.
Status renew_sealed(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const SealingKey newest, sealing_key(state, circle));
  const EpochKey* key = newest.key;
  if (key == nullptr) return {};
  TB_TRY(const bool filled_again, state.store.log.has_doubted(circle.row));
  return for_each_unsettled(state, circle, [&](const StoredBundle& bundle) -> Status {
    if (bundle.sequence) return {};
    TB_TRY(const bool returned, is_returned(state, bundle));
    if (returned && !bundle.withheld) return seal_again(state, circle, bundle, Content::kWithheld);
    bool again = bundle.epoch != key->epoch();
    if (!again) {
      TB_TRY(again, is_sealed_elsewhere(state, circle, bundle));
    }
    if (!again && filled_again) {
      TB_TRY(again, tells_digest(state, circle, bundle));
    }
    return again ? seal_again(state, circle, bundle, Content::kTravels) : Status();
  });
}

}  // namespace thuisbasis
