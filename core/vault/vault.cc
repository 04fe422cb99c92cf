// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/vault.h"

#include <array>
#include <new>

#include "core/store/first_commit.h"
#include "core/store/search.h"
#include "core/vault/repair.h"
#include "core/vault/rescued_work.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {
namespace {

EncryptedDatabase::Location location_of(const std::string& path, const VaultWorld& world) {
  EncryptedDatabase::Location location{path, world.random};
  if (world.base_vfs != nullptr) location.base_vfs = world.base_vfs;
  return location;
}

/// SQLite would cut a damaged WAL off there without a word, also where commits follow that a person relies
/// on.
Result<EncryptedDatabase> open_database(const std::string& path, const Secret& database_key,
                                        const VaultWorld& world) {
  const EncryptedDatabase::Location location = location_of(path, world);
  {
    TB_TRY(EncryptedDatabase database, EncryptedDatabase::open(location, database_key));
    if (database.report().torn_frames == 0) {
      database.begin_log_anew();
      return database;
    }
    EncryptedDatabase::leave_as_it_is(std::move(database));
  }
  TB_TRY(const PageDamage damage, look_for_page_damage(path, database_key, world));
  if (damage.commits_follow_wal_damage)
    return Error(Code::kDamaged, path + "-wal is damaged, and holds work that follows the damage");
  TB_TRY(EncryptedDatabase database, EncryptedDatabase::open(location, database_key));
  database.begin_log_anew();
  return database;
}

/// What a person should hear of.
constexpr std::array<std::pair<Alarm, std::string_view>, 9> kAlarmSentences{{
    {Alarm::kFrontierDiffers, "an author builds on other changes than this device has seen (fork)"},
    {Alarm::kDigestDiffers, "another device has a different state at the same frontier"},
    {Alarm::kAdmissionLapsed, "an admission to a circle has lapsed: admit the device again"},
    {Alarm::kSealingFailed, "work of a circle could not be sealed: it stays on this device"},
    {Alarm::kUnreadableChange, "a colleague's device sent a change that cannot be read: it was passed over"},
    {Alarm::kEntryRefused, "the relay refused a change in who is a member of a circle"},
    {Alarm::kRemovalLapsed, "a removal from a circle has lapsed: remove the device again"},
    {Alarm::kEntryLapsed, "a change in who decides about a circle has lapsed: make it again"},
    {Alarm::kShutOut, "the relay has a circle without this device: ask a coach there to admit it again"},
}};

}  // namespace

/// Also finishes what an interrupted creation began: both steps are commits of their own.
Result<Vault> Vault::made_ready(EncryptedDatabase database, const VaultWorld& world) {
  auto state = std::make_unique<VaultState>(std::move(database), world);
  TB_CHECK(state->prepare());
  return Vault(std::move(state));
}

Vault::Vault(std::unique_ptr<VaultState> state) : state_(std::move(state)) {}
Vault::~Vault() = default;
Vault::Vault(Vault&&) noexcept = default;
Vault& Vault::operator=(Vault&&) noexcept = default;

Result<bool> Vault::stands_at(const std::string& path, const VaultWorld& world) {
  return has_first_commit(location_of(path, world).base_vfs, path);
}

Result<Vault> Vault::create(const std::string& path, Secret database_key, const VaultWorld& world) {
  const EncryptedDatabase::Location location = location_of(path, world);
  TB_CHECK(clear_unfinished(location.base_vfs, path));
  TB_TRY(EncryptedDatabase database, EncryptedDatabase::create(location, database_key));
  return made_ready(std::move(database), world);
}

Result<Vault> Vault::open(const std::string& path, Secret database_key, const VaultWorld& world) {
  const EncryptedDatabase::Location location = location_of(path, world);
  auto database = open_database(path, database_key, world);
  if (database) return made_ready(std::move(*database), world);
  const auto stands = has_first_commit(location.base_vfs, path);
  const bool is_remains = stands && !*stands && database.error().code() != Code::kLocked;
  if (!is_remains) return std::move(database.error());
  return Error(Code::kNotFound, path + " was never finished: create it again");
}

LiveQueries& Vault::live() { return state_->live; }
SyncPort& Vault::sync() { return *state_->sync_port; }
const Schema& Vault::schema() const { return state_->world.schema; }
Author Vault::self() const { return state_->self; }

Status Vault::rest() {
  if (state_->batch) return {};
  TB_CHECK(state_->check_memory());
  try {
    TB_CHECK(merge_search(state_->connection, state_->world.schema));
  } catch (const std::bad_alloc&) {
    state_->memory_ran_out = true;
    throw;
  }
  return state_->database.rest();
}

Result<Vault::Batch> Vault::begin() {
  VaultState& state = *state_;
  if (state.batch) return Error(Code::kInvalidArgument, "a batch is open already");
  TB_CHECK(state.check_memory());
  TB_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(state.connection));
  state.batch.emplace(std::move(transaction));
  state.instance_at_batch = state.self.instance;
  return Batch(*this);
}

Status Vault::Batch::commit() {
  VaultState& state = *vault_->state_;
  if (state.batch_spoiled) return state.spoiled();
  if (const Status committed = state.batch->commit(); !committed) {
    state.batch_spoiled = Error(committed.error());  // rolled back; whoever asks again hears the same
    return committed;
  }
  state.batch.reset();
  vault_ = nullptr;
  state.opened_circles.ended();
  state.live.committed();
  return {};
}

Vault::Batch::~Batch() {
  if (vault_ == nullptr) return;
  VaultState& state = *vault_->state_;
  state.batch.reset();
  state.batch_spoiled.reset();
  state.forget_undone(state.instance_at_batch);
  state.opened_circles.ended();
  state.live.rolled_back();
}

Result<VaultStatus> Vault::status() const {
  VaultState& state = *state_;
  TB_TRY(const OutboxSummary outbox, state.store.log.summary());
  VaultStatus status;
  TB_TRY(const std::uint64_t rescued, rescued_count(state));
  status.pending = outbox.pending + rescued;
  status.sent = outbox.sent;
  status.returned = outbox.returned;
  status.quarantined = outbox.quarantined;
  status.oldest_unconfirmed = outbox.oldest_unconfirmed;
  TB_TRY(status.unconfirmed_entries, state.store.circles.unconfirmed_membership_count());
  TB_TRY(status.conflicts, state.store.records.conflict_count());
  TB_TRY(status.last_sync, state.store.values.integer(value::kLastSync));
  TB_TRY(const auto problem, state.store.values.get(value::kLastProblem));
  if (problem && !problem->empty()) status.last_problem = to_string(*problem);
  return status;
}

Result<WriteAccount> Vault::account() const {
  TB_TRY(const StageCounts counts, state_->store.log.count_stages(state_->self.device));
  TB_TRY(const std::uint64_t rescued, rescued_count(*state_));
  return WriteAccount{counts.pending + rescued, counts.sent, counts.confirmed, counts.returned};
}

Result<std::optional<RepairReport>> Vault::repair_report() const {
  TB_TRY(const auto bytes, state_->store.values.get(value::kRepairReport));
  if (!bytes) return std::optional<RepairReport>();
  TB_TRY(RepairReport report, decode_report(*bytes));
  return std::optional<RepairReport>(std::move(report));
}

Status Vault::repair_report_shown() {
  TB_TRY(WorkUnit unit, WorkUnit::begin(*state_));
  TB_CHECK(state_->store.values.erase(value::kRepairReport));
  return unit.commit();
}

Result<DoctorReport> Vault::examine() const {
  VaultState& state = *state_;
  DoctorReport report;
  if (const Status pages = state.database.check_integrity(); !pages)
    report.damage.push_back(pages.error().message());
  TB_TRY(std::vector<std::string> search, state.store.records.check_search());
  report.damage.insert(report.damage.end(), search.begin(), search.end());
  TB_TRY(const std::vector<StoredCircle> circles, state.store.circles.all());
  report.circles = circles.size();
  for (const StoredCircle& circle : circles) {
    TB_TRY(const StateDigest digest, state.store.records.recompute_digest(circle.row));
    if (digest != circle.digest)
      report.damage.push_back("circle " + circle.id.text() + ": the digest does not match its records");
    if (const Status proven = state.prove(circle); !proven)
      report.damage.push_back("circle " + circle.id.text() + ": " + proven.error().message());
  }
  for (const KindSchema& kind : state.world.schema.kinds()) {
    TB_TRY(const std::int64_t rows, state.connection.query_integer("SELECT count(*) FROM " + kind.table));
    report.records += static_cast<std::uint64_t>(rows);
  }
  report.repair_helps = !report.damage.empty();  // what follows is about others
  TB_TRY(report.bundles, state.store.log.bundle_count());
  for (const auto& [alarm, sentence] : kAlarmSentences) {
    TB_TRY(const bool noted, state.store.log.has_noted(static_cast<std::uint32_t>(alarm)));
    if (noted) report.damage.emplace_back(sentence);
  }
  return report;
}

Result<StateDigest> Vault::digest(const CircleId& circle) const {
  TB_TRY(const StoredCircle stored, state_->circle(circle));
  return stored.digest;
}

}  // namespace thuisbasis
