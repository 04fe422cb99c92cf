// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/sqlite.h"
#include "core/store/circles.h"

namespace thuisbasis {

/// A change of this device that no bundle covers yet.
struct UnsentChange {
  Author author;
  std::uint64_t number = 0;
  HybridTime time;
  Bytes bytes;  ///< encode_change
  friend bool operator==(const UnsentChange&, const UnsentChange&) = default;
};

/// A sealed bundle, of whatever author, byte for byte.
struct StoredBundle {
  CircleRow circle{};
  Author author;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  ChainValue chain;  ///< at `last`
  std::uint32_t epoch = 0;
  WallMs signed_time = 0;
  std::optional<std::uint64_t> sequence;  ///< the relay's; none unless it is known to hold the bundle now
  bool receipted = false;                 ///< a signed receipt lies in tb_receipt, and stands
  bool once_held = false;  ///< a relay held it at some time: others may know it, whatever is said later
  bool withheld = false;   ///< sealed without content: its changes were returned
  Bytes bytes;
  friend bool operator==(const StoredBundle&, const StoredBundle&) = default;
};

/// Where a bundle stands, as another file of this vault knew it.
struct Standing {
  bool own = false;                       ///< it was frozen there
  std::optional<std::uint64_t> sequence;  ///< a relay holds it, or did
  std::optional<std::int64_t> receipt;    ///< a row of tb_receipt
  bool doubted = false;                   ///< the relay lost it since
};

/// Where a local write stands; derived from where its bytes are.
enum class WriteStage : std::uint8_t { kPending, kSent, kConfirmed, kReturned };

/// How many changes of this device stand where. Each stands in exactly one place.
struct StageCounts {
  std::uint64_t pending = 0;
  std::uint64_t sent = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t returned = 0;
  friend bool operator==(const StageCounts&, const StageCounts&) = default;
};

/// A refused change: kept with the reason until a person decides.
struct ReturnedChange {
  CircleRow circle{};
  Author author;
  std::uint64_t number = 0;
  std::uint32_t reason = 0;  ///< the relay's refusal code, or a Code
  std::string detail;        ///< numbers and names of codes, never content
  WallMs at = 0;
  Bytes bytes;
  friend bool operator==(const ReturnedChange&, const ReturnedChange&) = default;
};

/// Something that arrived and could not be applied: kept byte for byte, tried again after an upgrade.
struct QuarantinedItem {
  std::int64_t row = 0;
  CircleRow circle{};
  std::uint64_t sequence = 0;
  Code reason = Code::kInternal;
  std::string detail;
  WallMs at = 0;
  Bytes bytes;
};

/// One line of the journal of outcomes.
struct JournalLine {
  WallMs at = 0;
  std::uint32_t remark = 0;  ///< a MergeRemark, or a code above kJournalOwnCodes that the caller chose
  CircleRow circle{};
  std::uint32_t kind = 0;
  RecordId record;
  std::uint32_t field = 0;
  Author author;
  std::uint64_t number = 0;
  friend bool operator==(const JournalLine&, const JournalLine&) = default;
};
inline constexpr std::uint32_t kJournalOwnCodes = 1000;

struct OutboxSummary {
  std::uint64_t pending = 0;  ///< changes that no bundle covers
  std::uint64_t sent = 0;     ///< changes in bundles without a receipt
  std::uint64_t returned = 0;
  std::uint64_t quarantined = 0;  ///< items
  std::optional<WallMs> oldest_unconfirmed;
};

/// How much to read of the outbox at once.
struct Portion {
  std::size_t changes_max = 0;
  std::size_t bytes_max = 0;  ///< always at least one change, however large
};

/// What was written and where it got to: own changes, sealed bundles of everyone, receipts, refusals,
/// quarantine and the journal. Own bundles are those that were frozen here, under whatever author. Writes
/// belong in the caller's transaction. The arguments must outlive it; one thread at a time.
class ChangeLog final {
 public:
  ChangeLog(sqlite::Connection& connection, AuthorIndex& authors, Circles& circles)
      : connection_(connection), authors_(authors), circles_(circles) {}

  // ---- Own changes, until a bundle covers them
  // -----------------------------------------------------------------
  Status add_unsent(CircleRow circle, const UnsentChange& change);
  /// In order of number, from the first one on.
  Result<std::vector<UnsentChange>> unsent(CircleRow circle, const Author& author,
                                           const Portion& portion) const;
  Result<std::optional<UnsentChange>> unsent_change(CircleRow circle, const Author& author,
                                                    std::uint64_t number) const;
  Result<std::vector<CircleRow>> circles_with_unsent() const;
  /// Of all instances this vault has written under, in the order they were saved.
  Result<std::vector<UnsentChange>> all_unsent(CircleRow circle) const;
  /// The authors of unsent changes: more than one after the vault began a new instance.
  Result<std::vector<Author>> unsent_authors(CircleRow circle) const;
  /// Stores the bundle, takes the changes it covers out of the unsent ones and raises the author's chain.
  /// kNotFound when `first` does not follow what is frozen; kAlreadyExists when the range was frozen before.
  Status freeze(const StoredBundle& bundle);
  /// The same range sealed again, under a newer epoch or with a corrected time: replaces a bundle that the
  /// relay does not hold.
  Status replace_sealed(const StoredBundle& bundle);
  /// The same range as the relay's log has it: replaces another sealing of it, whoever held that.
  Status adopt_sealed(const StoredBundle& bundle);
  /// Own bundles from `first` on, or around it, that no relay ever held; by number.
  Result<std::vector<StoredBundle>> own_unconfirmed(CircleRow circle, const Author& author,
                                                    std::uint64_t first) const;
  /// Forgets own changes from `first` on, unsent ones and bundles without a receipt: they go on under other
  /// dots, or turned out to be known. The caller keeps their content.
  Status take_out(CircleRow circle, const Author& author, std::uint64_t first);
  Status take_out_unsent(CircleRow circle);
  /// Takes a bundle out of the store, with what is known of where it lies. The caller keeps its bytes.
  Status forget_bundle(CircleRow circle, const Author& author, std::uint64_t last);
  /// Whether bundles that no relay ever held stand here of another author of that device.
  Result<bool> holds_new_of_others(CircleRow circle, const DeviceId& device, const Author& author) const;
  /// An own change goes on under another dot, in the same circle; stage_of_write() follows it. Two copies of
  /// a vault may have used one number, and both changes go on here: the last one noted is followed.
  Status note_reissued(CircleRow circle, const Dot& from, const Dot& to);

  // ---- Sealed bundles
  // ------------------------------------------------------------------------------------------
  /// Keeps a bundle that was taken in. The same range again with the same chain value is no error and writes
  /// nothing but a sequence that was not known; another chain value is kFork.
  Status add_bundle(const StoredBundle& bundle);
  Result<std::optional<StoredBundle>> bundle_covering(CircleRow circle, const Author& author,
                                                      std::uint64_t number) const;
  /// A stored bundle stands as it stood elsewhere. kNotFound.
  Status stand_as(CircleRow circle, const Author& author, std::uint64_t last, const Standing& standing);
  /// The author's chain value at a number where a bundle ends; none elsewhere.
  Result<std::optional<ChainValue>> chain_at(CircleRow circle, const Author& author,
                                             std::uint64_t number) const;
  /// All authors', in the order they were stored; rows after `after_row`. That order is causal, but for what
  /// made way and came back since (core/vault/own_instance.h), and for content that came after its
  /// commitments.
  struct BundlePage {
    std::vector<StoredBundle> bundles;
    std::int64_t last_row = 0;
  };
  Result<BundlePage> bundles(CircleRow circle, std::int64_t after_row, std::size_t limit) const;
  /// The rows of bundles that the relay holds at places beyond this sequence, by place.
  Result<std::map<std::uint64_t, std::int64_t>> places_beyond(CircleRow circle, std::uint64_t sequence) const;
  /// The circles of which the relay holds bundles or entries at places beyond the cursor. Reads all of them.
  Result<std::vector<CircleRow>> circles_ahead_of_cursor() const;
  /// The first place at which two of a circle's bundles and entries are known. Reads all of them.
  Result<std::optional<std::uint64_t>> first_place_twice(CircleRow circle) const;
  /// Of a row that places_beyond() answered; nothing when the bundle went from there since.
  Result<std::optional<Bytes>> bundle_bytes(std::int64_t row, CircleRow circle, std::uint64_t sequence) const;
  /// Bundles the relay is not known to hold, and own ones it has not signed for, in the order they were
  /// stored.
  Result<BundlePage> unconfirmed_bundles(CircleRow circle, std::int64_t after_row,
                                         const Portion& portion) const;
  /// The same, of one device only.
  Result<BundlePage> unconfirmed_bundles_of(CircleRow circle, const DeviceId& device, std::int64_t after_row,
                                            const Portion& portion) const;
  Result<std::vector<CircleRow>> circles_with_unconfirmed() const;
  /// Whether the circle has bundles that the relay is not known to hold.
  Result<bool> waits_for_relay(CircleRow circle) const;
  /// Whether it has bundles that a relay held once, and that the present one is not known to hold.
  Result<bool> has_doubted(CircleRow circle) const;
  Result<std::uint64_t> bundle_count() const;
  /// How many changes, of whomever, were sealed under that epoch of the circle. Reads all its bundles' rows.
  Result<std::uint64_t> changes_under(CircleRow circle, std::uint32_t epoch) const;

  // ---- Receipts and refusals
  // -----------------------------------------------------------------------------------
  /// Keeps the relay's signed answer to one request; several bundles name it.
  Result<std::int64_t> add_receipt(ByteView receipt);
  Status drop_receipt(std::int64_t receipt);
  Status confirm(CircleRow circle, const Author& author, std::uint64_t first, std::uint64_t last,
                 std::uint64_t sequence, std::int64_t receipt);
  Result<std::optional<Bytes>> receipt_of(CircleRow circle, const Author& author, std::uint64_t number) const;
  /// The relay lost what stood in a circle's log beyond that place: it counts as sent until it shows again.
  /// That a relay held it once stays known. An item that was set aside there has no sequence any more. One
  /// that was damaged on the way is dropped, for it comes again under another sequence; one that waits for
  /// something else may be the last of its kind, and stays until its reader knows better.
  Status doubt(CircleRow circle, std::uint64_t beyond);
  /// The relay has a new epoch: own bundles count as sent until it signed for them again. The old receipts
  /// lie in tb_receipt still, as evidence, and confirm nothing any more.
  Status void_receipts();
  /// The relay does not hold the author's changes from this number on, whatever it said before.
  Status doubt_from(CircleRow circle, const Author& author, std::uint64_t number);

  Status add_returned(const ReturnedChange& change);
  Result<std::vector<ReturnedChange>> returned() const;

  /// Of the change that stands under this number now. kNotFound.
  Result<WriteStage> stage(CircleRow circle, const Author& author, std::uint64_t number) const;
  /// Of the write that was made under this number, wherever it went on. kNotFound.
  Result<WriteStage> stage_of_write(CircleRow circle, const Dot& made_as) const;
  /// The dot under which the write that was made under this one goes on; this one, mostly. A copy's work of a
  /// number may have gone on where ours still stands.
  Result<Dot> goes_on_as(CircleRow circle, const Dot& made_as) const;
  /// Under which dot a change of that number, ours or a copy's, went on next; the last that did.
  Result<std::optional<Dot>> next_dot(CircleRow circle, const Dot& dot) const;
  /// Whether the write that was made under this dot goes on under another one.
  Result<bool> is_reissued(CircleRow circle, const Dot& made_as) const;
  Result<OutboxSummary> summary() const;
  /// Over all circles and instances, the changes of this device that this vault knows. One that goes on under
  /// another dot counts once.
  Result<StageCounts> count_stages(const DeviceId& device) const;
  Result<std::uint64_t> unconfirmed_in(CircleRow circle) const;  ///< changes, pending and sent

  // ---- Trouble
  // -------------------------------------------------------------------------------------------------
  /// The same bytes again at the same sequence, or from a former log, change nothing but that they are what
  /// the relay has: it is not asked again for them. `asks` is how often it shall be asked for other bytes at
  /// the item's sequence.
  Status quarantine(const QuarantinedItem& item, int asks);
  /// The first sequence of each circle at which the relay shall be asked again.
  Result<std::map<CircleRow, std::uint64_t>> sequences_to_ask_again() const;
  /// Whether something was set aside that stood at this sequence.
  Result<bool> is_set_aside(CircleRow circle, std::uint64_t sequence) const;
  /// What was set aside at this sequence is of no use any more.
  Status replace_quarantined(CircleRow circle, std::uint64_t sequence);
  Result<std::vector<QuarantinedItem>> quarantined() const;
  Result<std::vector<QuarantinedItem>> quarantined_at(CircleRow circle, std::uint64_t sequence) const;
  Status release(std::int64_t quarantine_row);
  /// For other bytes at the item's sequence.
  Status ask_once_more(std::int64_t quarantine_row);
  Status set_reason(std::int64_t quarantine_row, Code reason, std::string_view detail);
  Status note(const JournalLine& line);
  /// Whether such a line stands there: the same remark about the same number of the same author.
  Result<bool> has_noted(std::uint32_t remark, CircleRow circle, const Author& author,
                         std::uint64_t number) const;
  Result<bool> has_noted(std::uint32_t remark) const;
  Result<std::vector<JournalLine>> journal(std::size_t newest) const;  ///< the newest first

 private:
  /// Unsent, or frozen by this vault.
  Result<bool> holds_own(CircleRow circle, const Dot& dot) const;

  sqlite::Connection& connection_;
  AuthorIndex& authors_;
  Circles& circles_;
};

}  // namespace thuisbasis
