// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/sqlite.h"
#include "core/crypto/secret.h"
#include "core/merge/operation.h"
#include "core/store/author_index.h"
#include "core/verify/log_mark.h"

namespace thuisbasis {

/// A circle's row in this database; says nothing outside it.
enum class CircleRow : std::int64_t {};

/// What the sealed metadata of a circle's newest epoch says.
struct CircleProfile {
  DossierId dossier;
  std::string kind;
  std::string name;
  RecordId subject;  ///< zero when there is none
  friend bool operator==(const CircleProfile&, const CircleProfile&) = default;
};

struct StoredCircle {
  CircleRow row{};
  CircleId id;
  CircleProfile profile;
  StateDigest digest;
  std::uint64_t cursor = 0;  ///< the relay's sequence up to which all was taken in, or set aside
  MarkedPlace marked;        ///< up to where the relay's log is known for certain, at the cursor or below it
  std::uint32_t epoch = 0;   ///< the newest one known, whether or not its key is here; 0 before the first
  HybridTime time;           ///< the newest one applied: local writes are stamped after it
};

/// What a write to a circle goes on from.
struct CircleState {
  CircleRow row{};
  StateDigest digest;
  HybridTime time;  ///< the newest one applied
};

/// How far one author's changes were applied, and the chain value at the last frozen number.
struct AuthorHead {
  std::uint64_t number = 0;  ///< last applied; of the own author also what is not frozen yet
  std::uint64_t frozen = 0;  ///< last number that a bundle covers
  ChainValue chain;          ///< at `frozen`; zeros while that is 0
  friend bool operator==(const AuthorHead&, const AuthorHead&) = default;
};

/// One entry of a circle's membership log as it was signed.
struct MembershipRow {
  std::uint32_t index = 0;
  Bytes entry;         ///< a serialized SignedEntry
  Bytes archive_wrap;  ///< beside an epoch record of our own until it was pushed; else empty
  std::optional<std::uint64_t> sequence;  ///< the relay's; none while unconfirmed
  friend bool operator==(const MembershipRow&, const MembershipRow&) = default;
};

/// The circles of a vault: their keys, membership logs, digests, frontiers and cursors. Numbers only rise.
/// Writes belong in the caller's transaction. The arguments must outlive it; one thread at a time.
class Circles final {
 public:
  Circles(sqlite::Connection& connection, AuthorIndex& authors)
      : connection_(connection), authors_(authors) {}

  // ---- The circle itself
  // ---------------------------------------------------------------------------------------
  Result<CircleRow> add(const CircleId& id, const CircleProfile& profile);  ///< kAlreadyExists
  Status describe(CircleRow circle, const CircleProfile& profile);
  Result<std::optional<StoredCircle>> find(const CircleId& id) const;
  Result<StoredCircle> get(CircleRow circle) const;  ///< kNotFound
  Result<CircleId> id_of(CircleRow circle) const;    ///< kNotFound
  Result<std::optional<CircleState>> find_state(const CircleId& id) const;
  Result<CircleState> state(CircleRow circle) const;  ///< kNotFound
  Result<std::vector<StoredCircle>> all() const;      ///< by row
  Result<HybridTime> newest_time() const;             ///< over all circles

  /// Digest and newest time after changes were applied. The time only rises.
  Status put_digest(CircleRow circle, const StateDigest& digest, HybridTime time);

  // ---- Where the relay's log was read to
  // -----------------------------------------------------------------------
  Status advance_cursor(CircleRow circle, std::uint64_t sequence);  ///< never lowers
  Status put_mark(CircleRow circle, const MarkedPlace& place);
  /// Cursor and mark back to there: what was read beyond is not in the relay's log.
  Status go_back(CircleRow circle, const MarkedPlace& place);

  // ---- Epochs
  // --------------------------------------------------------------------------------------------------
  /// Keeps a key and raises the circle's newest epoch. Putting the same key again is no error; another key
  /// under a known number is kConflict.
  Status add_epoch_key(CircleRow circle, std::uint32_t epoch, const Secret& key);
  Result<std::optional<Secret>> epoch_key(CircleRow circle, std::uint32_t epoch) const;
  Status raise_epoch(CircleRow circle, std::uint32_t epoch);  ///< an epoch whose key is not ours

  // ---- The membership log
  // --------------------------------------------------------------------------------------
  Status add_membership(CircleRow circle, const MembershipRow& row);  ///< kAlreadyExists
  Status confirm_membership(CircleRow circle, std::uint32_t index, std::uint64_t sequence);
  Result<std::vector<MembershipRow>> membership(CircleRow circle) const;  ///< by index
  Result<std::vector<MembershipRow>> unconfirmed_membership(CircleRow circle) const;
  Result<std::vector<CircleRow>> with_unconfirmed_membership() const;
  Result<std::uint64_t> unconfirmed_membership_count() const;  ///< over all circles
  /// The relay lost what stood beyond that place: no entry there counts as confirmed until it shows again.
  Status doubt_membership(CircleRow circle, std::uint64_t beyond);
  /// Takes back own entries from `index` on that lost a compare-and-set. kNotPermitted when one is confirmed.
  Status drop_unconfirmed_membership(CircleRow circle, std::uint32_t index);

  // ---- Frontiers
  // -----------------------------------------------------------------------------------------------
  Result<std::map<Author, AuthorHead>> heads(CircleRow circle) const;
  Result<AuthorHead> head(CircleRow circle, const Author& author) const;
  Result<Frontier> frontier(CircleRow circle) const;
  Status raise_number(CircleRow circle, const Author& author, std::uint64_t number);
  /// A bundle covers the author's changes up to `number`, with this chain value there. Also raises the
  /// number.
  Status raise_chain(CircleRow circle, const Author& author, std::uint64_t number, const ChainValue& chain);

  /// Nothing of the circle counts as applied any more, and its digest is that of no records: before its
  /// changes are merged again from the first one on. Unsent changes still count; take them out too.
  Status forget_applied(CircleRow circle);

  /// What an author said to have applied, over all changes and bundles taken in from it.
  Result<Frontier> seen_by(CircleRow circle, const Author& author) const;
  Status raise_seen(CircleRow circle, const Author& author, const Frontier& seen);

 private:
  sqlite::Connection& connection_;
  AuthorIndex& authors_;
};

}  // namespace thuisbasis
