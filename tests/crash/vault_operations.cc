// SPDX-License-Identifier: EUPL-1.2
#include <new>

#include "records_with_nickname.pb.h"
#include "tests/crash/operation.h"

namespace thuisbasis::crash {
namespace {

constexpr std::uint32_t kPerson = 2;

void must(const Status& status) {
  if (!status) assertion_failed(status.error().message().c_str(), __FILE__, __LINE__);
}

template <typename T>
Status as_status(const Result<T>& result) {
  return result ? Status() : Status(result.error());
}

/// Does one thing after the other, as a person would who goes on after an error, and keeps the first one.
class Steps {
 public:
  template <typename Step>
  void operator()(Step step) {
    try {
      Status done = step();
      if (first_ && !done) first_ = std::move(done);
    } catch (const std::bad_alloc&) {
      exhausted_ = true;
    }
  }
  /// Throws again what a step threw.
  Status get() && {
    if (exhausted_) throw std::bad_alloc();
    return std::move(first_);
  }

 private:
  Status first_;
  bool exhausted_ = false;
};

class VaultOperation : public Operation {
 public:
  Victim victim() const override { return Victim::kTablet; }
  Status make_ready(Trial& trial) const override {
    TB_CHECK(trial.relay.open());
    return trial.tablet.open();
  }
};

/// A visit with its note, an edit, a deletion, a whole change of two records; then the vault rests and
/// closes, which moves the write-ahead log into the file.
class Save final : public VaultOperation {
 public:
  std::string_view name() const override { return "save"; }
  Scene scene() const override { return Town(1).scene(); }
  Status run(Trial& trial) const override {
    Vault& vault = *trial.tablet.vault;
    Steps step;
    step([&] { return trial.book.write_batch(vault, {kVisit, trial.circle}, {kVisitNote, trial.circle}); });
    step([&] { return trial.book.edit(vault, kGoal, 0); });
    step([&] { return trial.book.erase(vault, kGoal, 1); });
    step([&] { return trial.book.write_pair(vault, {kGoal, trial.circle}); });
    step([&] { return vault.rest(); });
    trial.tablet.close();
    return std::move(step).get();
  }
};

class Push final : public VaultOperation {
 public:
  std::string_view name() const override { return "push"; }
  Scene scene() const override {
    Town town(2);
    for (std::size_t i = 0; i < 3; ++i) must(town.book.edit(*town.tablet.vault, kGoal, i));
    must(town.book.write_batch(*town.tablet.vault, {kVisit, town.circle}, {kVisitNote, town.circle}));
    must(town.book.erase(*town.tablet.vault, kGoal, 4));
    return town.scene();
  }
  Status run(Trial& trial) const override {
    Status synced = trial.tablet.sync(trial.relay);
    trial.tablet.close();
    return synced;
  }
};

class Pull final : public VaultOperation {
 public:
  std::string_view name() const override { return "pull"; }
  Scene scene() const override {
    Town town(3);
    const WriteBook::NewRecord theirs{kGoal, town.circle, WriteBook::Origin::kColleague};
    for (int i = 0; i < 3; ++i) {
      must(town.book.write_pair(*town.laptop.vault, theirs));
      must(town.laptop.sync(town.relay));
    }
    return town.scene();
  }
  Status run(Trial& trial) const override {
    Status synced = trial.tablet.sync(trial.relay);
    trial.tablet.close();
    return synced;
  }
};

/// Opening after a power loss: the write-ahead log is read, and moved into the file at the end.
class Open final : public VaultOperation {
 public:
  std::string_view name() const override { return "open"; }
  Scene scene() const override {
    Town town(4);
    for (std::size_t i = 0; i < 6; ++i) must(town.book.edit(*town.tablet.vault, kGoal, i % 3));
    return town.scene();
  }
  Status make_ready(Trial& trial) const override { return trial.relay.open(); }
  Status run(Trial& trial) const override {
    Status opened = trial.tablet.open();
    trial.tablet.close();
    return opened;
  }
};

/// Of a program whose persons have one more field.
const Schema& next_schema() {
  static const Schema schema = Schema::read(*records_with_nickname::Person::descriptor()->file()).value();
  return schema;
}

/// Opening with a newer program, after a colleague who has it already wrote what this one had no column for.
class Migrate final : public VaultOperation {
 public:
  std::string_view name() const override { return "migrate"; }
  Scene scene() const override {
    Town town(5);
    town.laptop.close();
    town.laptop.schema = &next_schema();
    must(town.laptop.open());
    const Record person = town.laptop.vault->prepare(kPerson, town.circle).value();
    must(as_status(town.laptop.vault->assign(person, {"name=Noor Brouwer", "nickname=Noortje"})));
    must(town.laptop.sync(town.relay));
    must(town.tablet.sync(town.relay));
    return town.scene();
  }
  Status make_ready(Trial& trial) const override {
    trial.tablet.schema = &next_schema();
    trial.laptop.schema = &next_schema();
    return trial.relay.open();
  }
  Status run(Trial& trial) const override {
    Status opened = trial.tablet.open();
    trial.tablet.close();
    return opened;
  }
};

}  // namespace

std::vector<std::unique_ptr<Operation>> vault_operations() {
  std::vector<std::unique_ptr<Operation>> operations;
  operations.push_back(std::make_unique<Save>());
  operations.push_back(std::make_unique<Push>());
  operations.push_back(std::make_unique<Pull>());
  operations.push_back(std::make_unique<Migrate>());
  operations.push_back(std::make_unique<Open>());
  return operations;
}

}  // namespace thuisbasis::crash
