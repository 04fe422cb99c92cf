// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/vault_state.h"

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
    Secret salt_secret(32);
    world.random.fill(salt_secret.mutable_view());
    TB_CHECK(store.values.put(value::kSaltSecret, salt_secret.view()));
    TB_CHECK(transaction.commit());
  }
  TB_CHECK(load_identity());
  sync_port = make_sync_port(*this);
  return {};
}

void VaultState::announce(const CircleId& circle, const Applied& applied, bool local) {
  for (const TouchedRecord& touched : applied.touched)
    live.touched({touched.kind, touched.id, circle, event_of(touched.what), local});
}

Result<WorkUnit> WorkUnit::begin(VaultState& state) {
  if (state.batch_spoiled) return Error(*state.batch_spoiled);
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
    state_->live.committed();
  }
  state_ = nullptr;
  return {};
}

WorkUnit::~WorkUnit() {
  if (state_ == nullptr) return;
  state_->forget_circles();
  if (transaction_)
    state_->live.rolled_back();
  else
    state_->batch_spoiled = Error(Code::kCancelled, "an earlier write of this batch failed");
}

}  // namespace thuisbasis
