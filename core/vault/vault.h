// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/crypto/secret.h"
#include "core/merge/record_edit.h"
#include "core/schema/schema.h"
#include "core/vault/circles.h"
#include "core/vault/history.h"
#include "core/vault/live_query.h"
#include "core/vault/record.h"
#include "core/vault/repair_report.h"
#include "core/vault/status.h"

namespace thuisbasis {

class EncryptedDatabase;
struct VaultState;
class SyncPort;

/// What a vault needs from outside. Everything must outlive the vault.
/// How much of a circle may be changed or deleted at once before a person is asked, when sending and when
/// receiving.
struct MassChangeLimit {
  std::uint32_t percent = 50;      ///< of the circle's records
  std::uint64_t records_min = 25;  ///< fewer than these are never many
};

struct VaultWorld {
  Clock& clock;
  Random& random;
  const Schema& schema = Schema::builtin();
  const char* base_vfs = nullptr;  ///< SQLite VFS below the encryption; null: the system's
  MassChangeLimit mass_change = {};
};

/// Names one local write: a change of this device in a circle. Ask status() what became of it. It stays good
/// when the write goes on under another number, as it does in a vault that turns out to be a copy.
struct WriteId {
  CircleId circle;
  std::uint64_t number = 0;  ///< 0: nothing was written
  InstanceId instance;
  friend bool operator==(const WriteId&, const WriteId&) = default;
};

/// One user's encrypted database on one device, and everything an application does with it. All that a call
/// returned as done is on the disk (synchronous=FULL). One thread at a time; one process at a time (kLocked
/// otherwise).
///
/// When memory runs out, any call may throw std::bad_alloc: what it had begun is undone, and nothing that was
/// acknowledged is lost. If that was in the middle of a write, every later one answers kCancelled until the
/// vault is closed and opened again.
class Vault final {
 public:
  /// Whether there is a vault at `path`. What a creation that was cut short left behind is none.
  static Result<bool> stands_at(const std::string& path, const VaultWorld& world);
  /// Makes a new vault at `path`, over one that was never finished as well; kAlreadyExists when one stands
  /// there. A crash on the way leaves one that open() finishes, or none.
  static Result<Vault> create(const std::string& path, Secret database_key, const VaultWorld& world);
  /// kDecryptFailed for another key, kDamaged, kLocked, kSchemaTooNew, kNotFound where none stands_at().
  /// kDamaged, and nothing touched, also where SQLite would go on without commits that follow damage in the
  /// WAL; a WAL that merely ends in what a power cut tore is no error.
  static Result<Vault> open(const std::string& path, Secret database_key, const VaultWorld& world);
  ~Vault();
  Vault(Vault&&) noexcept;
  Vault& operator=(Vault&&) noexcept;

  // ---- Belonging to a municipality
  // -----------------------------------------------------------------------------
  /// Makes this device's keys and the request that the registrar signs. Repeating it gives the same keys.
  Result<EnrolmentStart> begin_enrolment(std::string_view invitation, std::string_view display_name);
  /// Takes the registrar's answer; from here on the vault can make and join circles.
  Status complete_enrolment(ByteView answer);
  std::optional<Membership> membership() const;  ///< empty before enrolment is complete

  // ---- Circles
  // ---------------------------------------------------------------------------------------------------
  Result<CircleId> create_circle(const NewCircle& circle);
  /// Lets a certified device read a circle. `answer_of_registrar` is what that device's enrolment gave
  /// (EnrolmentAnswer: certificate and attributes). `basis` may be zero where none is recorded yet.
  Status admit(const CircleId& circle, ByteView answer_of_registrar, const RecordId& basis,
               Rank rank = Rank::kCoach);
  /// Takes devices out of a circle and begins a key that they never get: what is written from here on is out
  /// of their reach, also before any network. Their work that has arrived here counts; kNotFound for a device
  /// that is no member, kNotPermitted where this device's rank is too low or theirs higher.
  Status remove(const CircleId& circle, const std::vector<DeviceId>& devices,
                EpochReason reason = EpochReason::kMemberRemoved);
  /// Takes this device out. What it has not sent yet goes to the tray of returned work.
  Status leave(const CircleId& circle);
  /// A new key for the same members.
  Status rotate(const CircleId& circle, EpochReason reason);
  /// What only the lead of a circle decides; kNotPermitted for others.
  Status set_policy(const CircleId& circle, CirclePolicy policy);
  Status hand_over(const CircleId& circle, const DeviceId& lead);
  Result<std::vector<CircleOverview>> circles() const;
  Result<CircleOverview> circle(const CircleId& circle) const;
  Result<std::vector<CircleMember>> members(const CircleId& circle) const;
  /// Who was a member once, as far as the log here tells, and is none now.
  Result<std::vector<CircleMember>> former_members(const CircleId& circle) const;

  // ---- Reading
  // ---------------------------------------------------------------------------------------------------
  /// kNotFound also for deleted records, unless asked for.
  Result<Record> get(std::uint32_t kind, const RecordId& id, bool even_deleted = false) const;
  /// The record with this id, of whatever kind.
  Result<Record> find(const RecordId& id, bool even_deleted = false) const;
  /// The record's shown values; kInvalidArgument for a message of another kind.
  Status read(const Record& record, google::protobuf::Message& message) const;
  template <typename Message>
  Result<Message> read_as(const Record& record) const {
    Message message;
    TB_CHECK(read(record, message));
    return message;
  }
  Result<std::vector<Record>> list(const ListFilter& filter) const;
  /// Kinds of records that a later version wrote here, in ascending order; list() gives their records.
  Result<std::vector<std::uint32_t>> kinds_without_name() const;
  Result<std::vector<SearchHit>> search(std::string_view words, std::size_t limit = 50) const;
  /// One read-only SELECT over the record tables; values as text. kNotPermitted for anything else.
  Result<SqlAnswer> query(std::string_view sql) const;
  Result<std::vector<Conflict>> conflicts() const;
  Result<std::vector<HistoryEvent>> history(const RecordId& id) const;

  // ---- Writing
  // ---------------------------------------------------------------------------------------------------
  /// A new record of a circle, with a random id, to fill and save.
  Result<Record> prepare(std::uint32_t kind, const CircleId& circle);
  Result<Record> prepare(std::uint32_t kind, const CircleId& circle, const RecordId& id);
  /// Writes what differs between the record as it was read and the message. Nothing differs: no write, number
  /// 0.
  Result<WriteId> save(const Record& record, const google::protobuf::Message& message);
  /// Writes assignments as a command line gives them: "domain=geldzaken", "strengths=+zingen"
  /// (schema/record_codec.h).
  Result<WriteId> assign(const Record& record, const std::vector<std::string>& assignments);
  Result<WriteId> erase(const Record& record);
  Result<WriteId> restore(const Record& record);
  /// A set of ready operations as one change; for imports and for edits field by field. `at` overrides the
  /// clock for imported history and is never later than it.
  Result<WriteId> write(const CircleId& circle, std::vector<RecordChange> records,
                        std::optional<WallMs> at = {});
  /// A copy with an id of its own and its origin: records never move between circles (DESIGN 9.6).
  Result<Record> share(const Record& record, const CircleId& to);
  Result<WriteId> settle(const RecordId& id, const Settlement& settlement);

  /// Everything written until commit() is one disk transaction (several changes, one fsync); rolled back when
  /// the object goes away without it. Live queries hear of it once.
  class Batch final {
   public:
    explicit Batch(Vault& vault) : vault_(&vault) {}
    Batch(Batch&& other) noexcept : vault_(std::exchange(other.vault_, nullptr)) {}
    Batch& operator=(Batch&&) = delete;
    ~Batch();
    Status commit();

   private:
    Vault* vault_;
  };
  Result<Batch> begin();

  // ---- Staying informed
  // ------------------------------------------------------------------------------------------
  LiveQueries& live();
  Result<VaultStatus> status() const;
  Result<WriteAccount> account() const;
  Result<WriteState> status(const WriteId& write) const;
  /// The least settled state of the local writes that a record is made of now, that are not settled yet, or
  /// that were returned; empty when there are none. What was overwritten since is in history().
  Result<std::optional<WriteState>> status(const RecordId& record) const;
  Result<std::vector<ReturnedWrite>> returned() const;

  /// Changes of much of a circle at once, that wait for a person's word: ours, not sent yet, and others', not
  /// applied yet.
  Result<std::vector<MassChange>> mass_changes() const;
  /// The person's word: what waits in this circle now is sent at the next sync, or applied at once.
  Status allow_mass_changes(const CircleId& circle);

  /// Call when nobody waits for the vault, such as after a sync round: does now what would hold up a later
  /// write (merges pieces of the search index, and moves the WAL into the file once that is worth it). Never
  /// needed; does nothing within a batch.
  Status rest();

  /// Reads everything: pages, search index, digests; and proves every circle's membership once more. Damage
  /// is listed, never repaired here.
  Result<DoctorReport> examine() const;
  Result<StateDigest> digest(const CircleId& circle) const;
  /// What the repair that made this vault reported, as long as nobody saw it (core/vault/repair.h).
  Result<std::optional<RepairReport>> repair_report() const;
  Status repair_report_shown();

  /// What the sync round drives.
  SyncPort& sync();
  const Schema& schema() const;
  Author self() const;

 private:
  explicit Vault(std::unique_ptr<VaultState> state);
  static Result<Vault> made_ready(EncryptedDatabase database, const VaultWorld& world);
  Result<WriteId> commit_edit(const Record& record, RecordEdit edit);
  std::unique_ptr<VaultState> state_;
};

}  // namespace thuisbasis
