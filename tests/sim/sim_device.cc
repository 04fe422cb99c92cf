// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/sim_device.h"

#include "core/store/encrypted_database.h"

namespace thuisbasis::sim {
namespace {

using testing_support::CrashDisk;

constexpr SteadyMs kRebootMsMax = 10 * kMinute;
constexpr double kOperationsToEnd = 3000;
constexpr double kOperationsOfOpening = 200;
constexpr double kAllocationsToEnd = 20'000;

}  // namespace

SimDevice::SimDevice(const Town& town, std::size_t index, std::uint64_t seed, std::size_t version)
    : SimDevice(town, index, seed, version, 0) {
  create(town.municipality);
}

SimDevice::SimDevice(const Town& town, const SimDevice& original, std::size_t index, std::uint64_t seed)
    : SimDevice(town, index, seed, original.version_, 0) {
  put(original.files());
  author_ = original.author_;
  answer_of_registrar_ = original.answer_of_registrar_;
  reopen_after(kMinute);
}

SimDevice::SimDevice(const Town& town, std::size_t index, std::uint64_t seed, std::size_t version, int)
    : schedule_(town.schedule),
      swarm_(town.swarm),
      findings_(town.findings),
      network_(town.network),
      index_(index),
      version_(version),
      name_("device " + std::to_string(index)),
      dice_(seed),
      clock_(schedule_),
      random_(dice_.seed()),
      disk_(dice_.seed()),
      relay_time_(clock_),
      backoff_(clock_, random_, Backoff::Ms(kSecond), Backoff::Ms(2 * kMinute)),
      poll_every_(static_cast<SteadyMs>(dice_.log_uniform(10 * kSecond, 2 * kMinute))),
      watches_(dice_.chance(0.5) ? dice_.unit() : 0.0) {
  disk_.on_write = [&canary = town.canary](ByteView bytes) { canary.look("a device's disk", bytes); };
}

SimDevice::~SimDevice() { end_process(); }

void SimDevice::create(testing_support::Municipality& municipality) {
  auto created = Vault::create(kFile, key(), world());
  TB_ASSERT(created.has_value());
  vault_.emplace(std::move(*created));
  answer_of_registrar_ = municipality.enrol(*vault_, name_);
  author_ = vault_->self();
}

// ---- The process

void SimDevice::end_process() {
  ++life_;
  round_.reset();
  vault_.reset();
}

void SimDevice::reopen_after(SteadyMs wait) {
  schedule_.after(wait, [this, life = life_] {
    if (life == life_ && !lost_) open();
  });
}

void SimDevice::open() {
  if (vault_) return;
  if (swarm_.strikes(Fault::kKilledInRecovery, dice_) && !planned_)
    plan_end(dice_.chance(0.5) ? Fault::kKilled : Fault::kPowerLost, kOperationsOfOpening);
  auto called = with_memory([&] { return Vault::open(kFile, key(), world()); });
  if (memory_ran_out_) {
    called.reset();
    return memory_is_gone();
  }
  Result<Vault>& opened = *called;
  if (opened) vault_.emplace(std::move(*opened));
  const bool failed = planned_ && disk_.failed();
  if (failed && (planned_ == Fault::kKilled || planned_ == Fault::kPowerLost)) return process_is_struck(true);
  if (planned_ == Fault::kDiskError && failed) disk_works_again();
  if (vault_) author_ = vault_->self();
  if (vault_ && is_put_back_ && !author_put_back_) author_put_back_ = author_;
  if (!opened) {
    if (rotten_) return lose("damage on its disk");
    if (!failed)
      findings_.violated(Invariant::kIntegrity, name_ + " does not open: " + opened.error().message());
    return reopen_after(dice_.between(1, kRebootMsMax));
  }
  relay_time_.emplace(clock_);
  note("starts");
  if (on_start_) on_start_();
  if (vault_) plan_sync(dice_.between(0, kMinute));
}

SimDevice::Struck SimDevice::after_call() {
  if (memory_ran_out_) {
    memory_is_gone();
    return Struck::kEnded;
  }
  if (vault_) author_ = vault_->self();  // it may go on as another instance since
  if (!planned_ || !disk_.failed()) return Struck::kNothing;
  if (planned_ == Fault::kDiskFull) return Struck::kError;
  if (planned_ != Fault::kDiskError) {
    process_is_struck(false);
    return Struck::kEnded;
  }
  disk_works_again();
  // An error of the disk is a reason to open the vault anew.
  end_process();
  reopen_after(dice_.between(1, kSecond));
  return Struck::kEnded;
}

void SimDevice::process_is_struck(bool in_recovery) {
  const Fault how = *planned_;
  planned_.reset();
  end_process();
  swarm_.count(how);
  if (in_recovery) swarm_.count(Fault::kKilledInRecovery);
  note(std::string(fault_name(how)) + (in_recovery ? ", opening" : ""));
  if (how == Fault::kKilled) {
    disk_.process_ended();
  } else {
    const std::uint64_t lost_before = disk_.sectors_lost();
    const bool garbage = swarm_.strikes(Fault::kTornSectors, dice_);
    disk_.restart(garbage ? CrashDisk::Tear::kWithGarbage : CrashDisk::Tear::kOldOrNew);
    if (garbage && disk_.sectors_lost() > lost_before) swarm_.count(Fault::kTornSectors);
  }
  reopen_after(static_cast<SteadyMs>(dice_.log_uniform(kSecond, kRebootMsMax)));
}

bool SimDevice::is_lost_to(const Error& error) {
  if (error.code() != Code::kDamaged || !rotten_) return false;
  lose("damage on its disk");
  return true;
}

// ---- Faults

void SimDevice::plan_end(Fault how, double operations_max) {
  planned_ = how;
  disk_.fail_at(1 + static_cast<std::uint64_t>(dice_.log_uniform(1, operations_max)),
                CrashDisk::Fault::kPowerLoss);
}

void SimDevice::end_soon(Fault how) {
  if (planned_ || lost_) return;
  plan_end(how, kOperationsToEnd);
}

void SimDevice::fail_disk_soon() {
  if (planned_ || lost_) return;
  planned_ = Fault::kDiskError;
  disk_.fail_at(1 + static_cast<std::uint64_t>(dice_.log_uniform(1, kOperationsToEnd)),
                CrashDisk::Fault::kIoError);
}

void SimDevice::run_out_of_memory_soon() {
  if (lost_ || allocations_left_) return;
  allocations_left_ = 1 + static_cast<std::uint64_t>(dice_.log_uniform(1, kAllocationsToEnd));
}

void SimDevice::count_allocations() {
  const auto count = crash::allocation_failure::stop();
  if (count.failed) {
    allocations_left_.reset();
    memory_ran_out_ = true;
  } else {
    *allocations_left_ -= std::min(count.allocations, *allocations_left_ - 1);
  }
}

/// A process without memory ends, whatever it had begun.
void SimDevice::memory_is_gone() {
  memory_ran_out_ = false;
  swarm_.count(Fault::kMemoryRunsOut);
  note("no memory");
  end_process();
  if (planned_ && disk_.failed()) {
    if (planned_ == Fault::kKilled || planned_ == Fault::kPowerLost) return process_is_struck(false);
    if (planned_ == Fault::kDiskError) disk_works_again();
  }
  reopen_after(dice_.between(1, kRebootMsMax));
}

void SimDevice::fill_disk(SteadyMs how_long) {
  if (planned_ || lost_) return;
  planned_ = Fault::kDiskFull;
  disk_.fail_at(1, CrashDisk::Fault::kDiskFull, true);
  note("disk full");
  schedule_.after(how_long, [this] {
    if (planned_ == Fault::kDiskFull) disk_works_again();
  });
}

void SimDevice::disk_works_again() {
  if (!planned_) return;
  if (disk_.failed()) swarm_.count(*planned_);
  planned_.reset();
  disk_.stop_failing();
}

void SimDevice::suspend(SteadyMs how_long) {
  if (lost_) return;
  suspended_until_ = schedule_.now() + how_long;
  note("suspended");
}

void SimDevice::rot_a_bit() {
  if (lost_ || planned_) return;
  end_process();
  Bytes content = disk_.content(kFile);
  content[dice_.below(content.size())] ^= static_cast<Byte>(1U << dice_.below(8));
  disk_.put(kFile, std::move(content));
  rotten_ = true;
  swarm_.count(Fault::kBitRot);
  note("a bit rots");
  reopen_after(kMinute);
}

void SimDevice::upgrade() {
  if (lost_ || planned_ || !vault_) return;
  end_process();
  if (version_ == 0)
    take_layout_back();
  else
    expect_refusal_of_former();
  version_ = std::min(version_ + 1, kVersions - 1);
  swarm_.count(Fault::kUpgraded);
  note("starts version " + std::to_string(version_) + " of the program");
  reopen_after(kSecond);
}

/// A program that does not know all that stands in a vault says so, and changes nothing.
void SimDevice::expect_refusal_of_former() {
  const auto opened = Vault::open(kFile, key(), {clock_, random_, schema_of(version_ - 1), disk_.vfs_name()});
  if (rotten_ || (!opened && opened.error().code() == Code::kSchemaTooNew)) return;
  findings_.violated(
      Invariant::kUpgrade,
      name_ + ": a former program " +
          (opened ? "opens the vault" : "does not open the vault: " + opened.error().message()));
}

/// As the first version's program left it.
void SimDevice::take_layout_back() {
  auto database = EncryptedDatabase::open({kFile, random_, disk_.vfs_name()}, key());
  if (!database && rotten_) return;
  TB_ASSERT(database.has_value());
  const Status done = database->connection().execute(
      "BEGIN; ALTER TABLE tb_circle DROP COLUMN mark; PRAGMA user_version = 1; COMMIT");
  TB_ASSERT(done.has_value() || rotten_);
}

void SimDevice::lose(std::string_view why) {
  if (lost_) return;
  end_process();
  lost_ = true;
  planned_.reset();
  disk_.stop_failing();
  note("lost: " + std::string(why));
}

SimDevice::Files SimDevice::files() const {
  Files files;
  for (const std::string& path : disk_.files()) files[path] = disk_.content(path);
  return files;
}

void SimDevice::put(const Files& files) {
  disk_.clear();
  for (const auto& [path, content] : files) disk_.put(path, content);
}

bool SimDevice::is_confirmed(const CircleId& circle, const Dot& dot) const {
  if (!vault_) return false;
  const auto state = vault_->status(WriteId{circle, dot.number, dot.author.instance});
  return state && *state == WriteState::kConfirmed;
}

void SimDevice::keep_copy() {
  if (vault_ && !rotten_) copy_ = files();
}

bool SimDevice::put_back() {
  if (lost_ || planned_ || copy_.empty()) return false;
  end_process();
  put(copy_);
  is_put_back_ = true;
  author_put_back_.reset();
  note("put back to an older state");
  reopen_after(kMinute);
  return true;
}

bool SimDevice::restart() {
  end_process();
  open();
  return vault_.has_value();
}

void SimDevice::heal() {
  if (lost_) return;
  disk_works_again();
  allocations_left_.reset();
  suspended_until_ = 0;
  if (!vault_) reopen_after(0);
  if (vault_ && !round_) plan_sync(0);
}

// ---- Syncing

void SimDevice::plan_sync(SteadyMs wait) {
  schedule_.after(wait, [this, life = life_] {
    if (life == life_) sync();
  });
}

void SimDevice::sync() {
  if (!vault_ || round_) return;
  if (is_suspended()) return plan_sync(suspended_until_ - schedule_.now());
  SyncRound::Options options;
  if (dice_.chance(0.5)) options.push_bytes_max = 1 + dice_.below(20'000);
  if (dice_.chance(0.5)) options.pull_bytes_max = 1 + dice_.below(20'000);
  options.hold = dice_.chance(watches_);
  round_.emplace(vault_->sync(), *relay_time_, random_, options);
  go_on();
}

void SimDevice::go_on() {
  auto called = with_memory([&] { return round_->next(); });
  if (after_call() == Struck::kEnded) return;
  Result<std::optional<HttpRequest>>& request = *called;
  if (!request) {
    Status failed = round_->failed(std::move(request.error()));
    if (after_call() != Struck::kEnded) end_round(std::move(failed));
    return;
  }
  if (!*request) return end_round({});
  if (round_->report().requests > kRequestsARoundMax) {
    findings_.violated(Invariant::kLiveness, name_ + ": a round without end");
    return end_round(Error(Code::kInternal, "without end"));
  }
  network_.send(index_, **request, round_->holding(),
                [this, life = life_](const Result<HttpResponse>& answer) {
                  if (life == life_ && round_) take(answer);
                });
}

void SimDevice::take(const Result<HttpResponse>& answer) {
  Status taken;
  if (is_suspended() || !answer)
    taken = round_->failed(answer ? Error(Code::kUnreachable, "suspended meanwhile") : answer.error());
  else
    taken = with_memory([&] { return round_->take(*answer, "relay.test"); }).value_or(Status());
  if (after_call() == Struck::kEnded) return;
  if (!taken) return end_round(std::move(taken));
  go_on();
}

void SimDevice::end_round(Status how) {
  ++rounds_;
  author_ = vault_->self();
  note(how ? "round done" : "round ended: " + std::string(code_name(how.error().code())));
  const bool damaged = !how && how.error().code() == Code::kDamaged;
  last_round_ = std::move(how);
  const Backoff::Ms asked = round_->report().retry_after.value_or(std::chrono::seconds(0));
  round_.reset();
  if (damaged && rotten_) return lose("damage on its disk");
  if (damaged) findings_.violated(Invariant::kIntegrity, name_ + ": " + last_round_->error().message());
  if (*last_round_) {
    backoff_.succeeded();
    plan_sync(poll_every_ / 2 + dice_.between(0, poll_every_));
  } else {
    backoff_.failed(asked);
    plan_sync(backoff_.wait().count() + 1);
  }
  if (dice_.chance(0.3)) {
    (void)vault_->rest();
    if (after_call() == Struck::kEnded) return;
  }
  if (on_round_) on_round_();
}

}  // namespace thuisbasis::sim
