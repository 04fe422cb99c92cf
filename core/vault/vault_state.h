// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "core/circle/bundle_opener.h"
#include "core/circle/bundle_sealer.h"
#include "core/store/encrypted_database.h"
#include "core/store/store.h"
#include "core/vault/held_back.h"
#include "core/vault/opened_circles.h"
#include "core/vault/sync_port.h"
#include "core/vault/vault.h"

namespace thuisbasis {

/// Lines of the journal that the vault itself writes.
enum class Alarm : std::uint32_t {
  kFrontierDiffers =
      kJournalOwnCodes + 1,  ///< an author built on other chain values than ours: a fork somewhere
  kDigestDiffers = kJournalOwnCodes + 2,  ///< same frontier, other state
  kNumberRefused = kJournalOwnCodes + 3,  ///< the relay knows another number of ours than we do
  kAdmissionLapsed =
      kJournalOwnCodes + 4,  ///< lost its place in the log and cannot be signed again: ask a person
  kNewInstance = kJournalOwnCodes + 5,       ///< this vault is a copy of another: it goes on as a new author
  kSealingFailed = kJournalOwnCodes + 6,     ///< work of a circle could not be sealed and stays here
  kReceiptUnknown = kJournalOwnCodes + 7,    ///< a receipt for something that was not sent
  kUnreadableChange = kJournalOwnCodes + 9,  ///< signed and sealed rightly, and no change: passed over
  kEntryRefused = kJournalOwnCodes + 8,      ///< the relay refused a membership entry for good
  kRelayWentBack = kJournalOwnCodes + 10,    ///< a log at the relay is not what was read there before
  kRemovalLapsed = kJournalOwnCodes + 11,  ///< a removal lost its place in the log and cannot be signed again
  kEntryLapsed = kJournalOwnCodes + 12,    ///< so did another change in who decides about a circle
  kShutOut = kJournalOwnCodes + 13,        ///< the relay has a circle, and tells this member nothing of it
};

/// A change that is about to be written, and the circle that it was made for.
struct NextChange {
  CircleState circle;
  Frontier frontier;
  Change change;
  Bytes bytes;  ///< of the change
};

/// Everything a vault is made of; the public class and the sync port are views of it. Private to this room.
struct VaultState final {
  VaultState(EncryptedDatabase opened, const VaultWorld& its_world);

  /// After opening: tables in place, instance known, identity loaded.
  Status prepare();

  /// After a rollback: nothing that memory holds may be of what was undone. `before`: what the instance was
  /// when it began; it is not read again, because there may be no memory for that.
  void forget_undone(const InstanceId& before) noexcept;
  /// kCancelled once a write was left by std::bad_alloc: what SQLite and its search index hold in memory then
  /// need not be what is on the disk.
  Status check_memory() const;
  /// Why an open batch may only be rolled back.
  Error spoiled() const;

  // ---- The identity
  // ----------------------------------------------------------------------------------------------
  Status load_identity();
  Status require_identity() const;  ///< kNotPermitted with what to do

  // ---- Circles
  // ---------------------------------------------------------------------------------------------------
  Result<StoredCircle> circle(const CircleId& id) const;  ///< kNotFound
  /// The log and keys of a circle, rebuilt at first use from its entries, which were proven when they came;
  /// the newest's signature is checked again. Valid until something is undone.
  Result<MemberCircle*> member_circle(const StoredCircle& circle);
  /// Proves the stored entries once more, signatures and all; the errors of MemberCircle::apply.
  Status prove(const StoredCircle& circle);
  /// Applies an entry of our own and keeps it, unconfirmed.
  Status append_entry(CircleRow row, MemberCircle& circle, Bytes signed_entry, Bytes archive_wrap);
  /// What the circle's newest metadata says goes into its row.
  Status describe(CircleRow row, const MemberCircle& circle);
  std::string author_name(const StoredCircle& circle, const Author& author);

  /// From now on it has to be heard first what the relay lacks.
  void ask_first() { asks_left = kAsksMax; }
  /// The relay showed that the circle's log reaches there.
  void heard(const CircleId& id, std::uint64_t sequence) {
    std::uint64_t& to = heard_to[id];
    to = std::max(to, sequence);
  }

  // ---- Writing
  // ---------------------------------------------------------------------------------------------------
  Result<WriteId> write(const CircleId& circle, std::vector<RecordChange> records, std::optional<WallMs> at);
  /// What a write would add to the circle as it is now. Only reads.
  Result<NextChange> next_change(const CircleId& circle, std::vector<RecordChange> records,
                                 std::optional<WallMs> at);
  /// kNotMember in a circle that this device was removed from.
  Status check_member(const CircleId& id);
  /// kConflict when own dots of the record's base went on under other names since it was read: they may be
  /// someone else's now.
  Status check_base(const Record& record) const;
  /// What the present instance has not yet said to have seen of others, for a change's own context, where
  /// `frontier` has been applied.
  Result<Frontier> newly_seen(CircleRow row, const Frontier& frontier) const;
  /// A line of the journal, of now.
  Status note(Alarm alarm, CircleRow row, const Author& author, std::uint64_t number);
  /// Tells live queries what was applied.
  void announce(const CircleId& circle, const Applied& applied, bool local);

  static constexpr int kAsksMax = 2;  ///< in vain, or for more than comes with two: then what waits goes

  VaultWorld world;
  EncryptedDatabase database;
  sqlite::Connection& connection;
  Store store;
  Author self;
  std::optional<TrustRoots> roots;
  std::optional<DeviceIdentity> identity;
  OpenedCircles opened_circles;
  BundleSealer sealer;
  BundleOpener opener;
  LiveQueries live;
  HeldBack held;
  std::optional<CircleRow> mass_change_allowed;  ///< while a person's word is carried out
  /// Of each log the last place in the answer to the present request, or the one that this named.
  std::map<CircleId, std::uint64_t> heard_to;
  bool log_went_back = false;  ///< seen in the answer to the present request
  bool heard_all = false;      ///< a whole request brought what the relay has
  /// Circles with receipts for places beyond the cursor; not looked for yet where empty.
  std::optional<std::set<CircleRow>> ahead;
  std::set<CircleRow> started_for_silence;  ///< read again since the vault was opened, see log_ahead.cc
  /// The relay has another log of them, in which this device was not admitted. Until it tells of one.
  std::set<CircleId> shut_out;
  /// So many requests offer nothing yet, or fewer if one brings all: what the relay lacks is not known.
  int asks_left = 0;
  bool heard_in_part = false;  ///< the present request left a gap, a damaged item or a log to be read again
  bool rescue_tried = false;   ///< rescued work was to be written again since the vault was opened
  bool asked_again = false;    ///< what was asked for in vain was asked for since the vault was opened
  bool answered = false;       ///< a relay answered since the vault was opened
  bool names_certain = true;   ///< the present request asks for all beyond the last certain place of each log
  bool retried_all = false;    ///< what an older program set aside was tried since the vault was opened
  std::optional<sqlite::Transaction> batch;
  InstanceId instance_at_batch;
  bool memory_ran_out =
      false;  ///< in the middle of a write: nothing more is written until it is opened again
  std::optional<Error> batch_spoiled;  ///< a write failed half way: the batch may only be rolled back
  std::unique_ptr<SyncPort> sync_port;
};

/// Errors of the disk or of the moment, that whatever is tried next would meet too.
inline bool is_of_the_disk(Code code) {
  return code == Code::kIo || code == Code::kDiskFull || code == Code::kLocked || code == Code::kCancelled;
}

/// Errors of this device rather than of what arrived: nothing may be quarantined for them.
inline bool is_local(Code code) {
  return is_of_the_disk(code) || code == Code::kInternal || code == Code::kDamaged;
}

/// A part of a WorkUnit that can fail by itself: without keep() what it did is undone, caches included, and
/// the rest of the unit stands.
class WorkPart final {
 public:
  static Result<WorkPart> begin(VaultState& state);
  WorkPart(WorkPart&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)),
        before_(other.before_),
        savepoint_(std::move(other.savepoint_)) {}
  WorkPart& operator=(WorkPart&&) = delete;
  ~WorkPart();
  Status keep();
  /// Keeps what was done, or undoes it where it failed, and says which. An error where the rest of the unit
  /// cannot stand either: of the disk, or one at which SQLite undid the whole unit.
  Result<bool> end(const Status& done) &&;

 private:
  explicit WorkPart(VaultState& state) : state_(&state), before_(state.self.instance) {}
  VaultState* state_;
  InstanceId before_;
  std::optional<sqlite::Savepoint> savepoint_;
};

/// One durable step: a transaction of its own, or a part of the open batch. Without commit() all of it is
/// undone, caches included; inside a batch that spoils the whole batch.
class WorkUnit final {
 public:
  static Result<WorkUnit> begin(VaultState& state);
  WorkUnit(WorkUnit&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)),
        before_(other.before_),
        exceptions_(other.exceptions_),
        transaction_(std::move(other.transaction_)) {}
  WorkUnit& operator=(WorkUnit&&) = delete;
  ~WorkUnit();
  Status commit();
  /// Ends without commit() where nothing has been written yet: an open batch goes on.
  void leave();

 private:
  explicit WorkUnit(VaultState& state);
  VaultState* state_;
  InstanceId before_;
  int exceptions_;  ///< under way when it began
  std::optional<sqlite::Transaction> transaction_;
};

std::unique_ptr<SyncPort> make_sync_port(VaultState& state);

Error no_circle(const CircleId& id);  ///< kNotFound

/// Names of what a vault holds one of (table tb_value).
namespace value {
inline constexpr std::string_view kInstance = "instance";
inline constexpr std::string_view kSigningSeed = "signing_seed";
inline constexpr std::string_view kAgreementKey = "agreement_key";
inline constexpr std::string_view kCertificate = "certificate";
inline constexpr std::string_view kAttributes = "attributes";
inline constexpr std::string_view kInvitation = "invitation";
inline constexpr std::string_view kEnrolmentRequest = "enrolment_request";
inline constexpr std::string_view kEnrolmentCode = "enrolment_code";
inline constexpr std::string_view kSaltSecret = "salt_secret";
inline constexpr std::size_t kSaltSecretSize = 32;
inline constexpr std::string_view kRelayEpoch = "relay_epoch";
inline constexpr std::string_view kReceiptKey = "receipt_key";
inline constexpr std::string_view kTold = "told_cursors";
inline constexpr std::string_view kRegistered = "registered";
inline constexpr std::string_view kLastSync = "last_sync";
inline constexpr std::string_view kLastProblem = "last_problem";
inline constexpr std::string_view kRepairReport = "repair_report";  ///< until it was shown
}  // namespace value

}  // namespace thuisbasis
