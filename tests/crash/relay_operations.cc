// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/operation.h"

namespace thuisbasis::crash {
namespace {

void must(const Status& status) {
  if (!status) assertion_failed(status.error().message().c_str(), __FILE__, __LINE__);
}

class RelayOperation : public Operation {
 public:
  Victim victim() const override { return Victim::kRelay; }
  Status make_ready(Trial& trial) const override { return trial.relay.open(); }
};

/// Commits of circles and bundles; then what an idle relay does, and its end.
class Append final : public RelayOperation {
 public:
  std::string_view name() const override { return "relay append"; }
  Scene scene() const override { return Town(11).scene(); }
  Status run(Trial& trial) const override {
    const Status appended = [&]() -> Status {
      SqliteRelayStorage& storage = trial.relay.storage();
      for (int round = 0; round < 2; ++round) {
        TB_CHECK(trial.relay_book.found_circle(storage, trial.laptop.random));
        TB_CHECK(trial.relay_book.append_everywhere(storage, trial.laptop.random));
      }
      TB_CHECK(storage.probe());
      return storage.checkpoint();
    }();
    trial.relay.close();
    return appended;
  }
};

/// What a device pushes, through the relay's own logic.
class RelayPush final : public RelayOperation {
 public:
  std::string_view name() const override { return "relay push"; }
  Scene scene() const override {
    Town town(12);
    for (std::size_t i = 0; i < 3; ++i) must(town.book.edit(*town.tablet.vault, kGoal, i));
    must(town.book.write_batch(*town.tablet.vault, {kVisit, town.circle}, {kVisitNote, town.circle}));
    return town.scene();
  }
  Status make_ready(Trial& trial) const override {
    TB_CHECK(trial.relay.open());
    return trial.tablet.open();
  }
  Status run(Trial& trial) const override {
    Status synced = trial.sync_without_trouble(trial.tablet);
    trial.relay.close();
    return synced;
  }
};

class RelayOpen final : public RelayOperation {
 public:
  std::string_view name() const override { return "relay open"; }
  Scene scene() const override { return Town(13).scene(); }
  Status make_ready(Trial&) const override { return {}; }
  Status run(Trial& trial) const override {
    const Status opened = trial.relay.open();
    const Status moved = opened ? trial.relay.storage().checkpoint() : opened;
    trial.relay.close();
    return moved;
  }
};

}  // namespace

std::vector<std::unique_ptr<Operation>> relay_operations() {
  std::vector<std::unique_ptr<Operation>> operations;
  operations.push_back(std::make_unique<Append>());
  operations.push_back(std::make_unique<RelayPush>());
  operations.push_back(std::make_unique<RelayOpen>());
  return operations;
}

}  // namespace thuisbasis::crash
