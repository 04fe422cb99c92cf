// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/vault_state.h"

#include <exception>

#include "core/base/planted_bug.h"
#include "core/store/layout.h"

namespace thuisbasis {
namespace {

RecordEvent event_of(Touch touch) {
  switch (touch) {
    case Touch::kCreated:
      return RecordEvent::kCreated;
    case Touch::kDeleted:
      return RecordEvent::kDeleted;
    case Touch::kCameBack:
      return RecordEvent::kReturned;
    case Touch::kChanged:
      break;
  }
  return RecordEvent::kChanged;
}

}  // namespace

VaultState::VaultState(EncryptedDatabase opened, const VaultWorld& its_world)
    : world(its_world),
      database(std::move(opened)),
      connection(database.connection()),
      store(connection, world.schema, database.guard()),
      sealer(world.random) {}

Status VaultState::prepare() {
  TB_CHECK(migrate(connection, world.schema));
  TB_TRY(const auto instance, store.values.get(value::kInstance));
  if (instance) {
    TB_TRY(self.instance, InstanceId::from(*instance));
  } else {
    self.instance = random_id<InstanceId>(world.random);
    TB_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(connection));
    TB_CHECK(store.values.put(value::kInstance, self.instance.view()));
    Secret salt_secret(value::kSaltSecretSize);
    world.random.fill(salt_secret.mutable_view());
    TB_CHECK(store.values.put(value::kSaltSecret, salt_secret.view()));
    TB_CHECK(transaction.commit());
  }
  TB_CHECK(load_identity());
  sync_port = make_sync_port(*this);
  return {};
}

void VaultState::forget_undone(const InstanceId& before) noexcept {
  if (is_planted(PlantedBug::kMemoryOutlivesRollback)) return;
  opened_circles.undone();
  ahead.reset();
  self.instance = before;
}

Status VaultState::check_memory() const {
  if (!memory_ran_out) return {};
  return Error(Code::kCancelled, "memory ran out during a write: close the vault and open it again");
}

Error VaultState::spoiled() const {
  if (!batch_spoiled->context().empty()) return *batch_spoiled;
  return Error(batch_spoiled->code(), "an earlier write of this batch failed");
}

Status VaultState::note(Alarm alarm, CircleRow row, const Author& author, std::uint64_t number) {
  // Once each: nobody may push other lines out of the journal by repeating one.
  TB_TRY(const bool known, store.log.has_noted(static_cast<std::uint32_t>(alarm), row, author, number));
  if (known) return {};
  return store.log.note(
      {world.clock.wall_ms(), static_cast<std::uint32_t>(alarm), row, 0, RecordId{}, 0, author, number});
}

void VaultState::announce(const CircleId& circle, const Applied& applied, bool local) {
  for (const TouchedRecord& touched : applied.touched)
    live.touched({touched.kind, touched.id, circle, event_of(touched.what), local});
}

WorkUnit::WorkUnit(VaultState& state)
    : state_(&state), before_(state.self.instance), exceptions_(std::uncaught_exceptions()) {}

Result<WorkUnit> WorkUnit::begin(VaultState& state) {
  TB_CHECK(state.check_memory());
  // Without memory or disk SQLite rolls everything back, even for a read between two writes of the batch.
  if (state.batch && !state.batch_spoiled && !state.connection.in_transaction())
    state.batch_spoiled.emplace(Code::kCancelled, std::string());
  if (state.batch_spoiled) return state.spoiled();
  WorkUnit unit(state);
  if (!state.batch) {
    TB_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(state.connection));
    unit.transaction_.emplace(std::move(transaction));
  }
  return unit;
}

Status WorkUnit::commit() {
  if (transaction_) {
    TB_CHECK(transaction_->commit());
    state_->opened_circles.ended();
  }
  // Done: whatever goes wrong from here on, nothing is to be undone.
  VaultState& state = *std::exchange(state_, nullptr);
  if (transaction_) state.live.committed();
  return {};
}

void WorkUnit::leave() {
  transaction_.reset();
  state_ = nullptr;
}

WorkUnit::~WorkUnit() {
  if (state_ == nullptr) return;
  if (std::uncaught_exceptions() > exceptions_) state_->memory_ran_out = true;
  const bool alone = transaction_.has_value();
  transaction_.reset();
  state_->forget_undone(before_);
  if (alone) {
    state_->opened_circles.ended();
    state_->live.rolled_back();
  } else {
    state_->batch_spoiled.emplace(Code::kCancelled, std::string());  // its words need memory; see spoiled()
  }
}

Result<WorkPart> WorkPart::begin(VaultState& state) {
  WorkPart part(state);
  TB_TRY(sqlite::Savepoint savepoint, sqlite::Savepoint::begin(state.connection));
  part.savepoint_.emplace(std::move(savepoint));
  return part;
}

Status WorkPart::keep() {
  TB_CHECK(savepoint_->keep());
  state_ = nullptr;
  return {};
}

Result<bool> WorkPart::end(const Status& done) && {
  VaultState& state = *state_;
  if (done) {
    TB_CHECK(keep());
    return true;
  }
  { const WorkPart undone = std::move(*this); }
  if (is_of_the_disk(done.error().code()) || !state.connection.in_transaction()) return Error(done.error());
  return false;
}

WorkPart::~WorkPart() {
  if (state_ == nullptr) return;
  savepoint_.reset();
  state_->store.authors.forget();
  state_->forget_undone(before_);
}

}  // namespace thuisbasis
