// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <new>
#include <optional>

#include "core/vault/vault.h"
#include "sync/client/backoff.h"
#include "sync/client/sync_round.h"
#include "tests/crash/allocation_failure.h"
#include "tests/sim/network.h"
#include "tests/sim/versions.h"
#include "tests/support/municipality.h"

namespace thuisbasis::sim {

/// A tablet or laptop in the simulated world: a real vault on a disk that forgets, clocks of its own, and
/// sync rounds that take virtual time, so that anything may happen between a request and its answer. Its
/// process ends at the disk operation that a fault was planned for, and starts again a while later. One
/// thread.
class SimDevice final {
 public:
  struct Town {
    Schedule& schedule;
    Swarm& swarm;
    Findings& findings;
    CanaryWatch& canary;
    Network& network;
    testing_support::Municipality& municipality;
  };
  /// What a fault did to the call that was just made.
  enum class Struck {
    kNothing,
    kError,  ///< its error is excused, the process goes on
    kEnded,  ///< the process is gone, and vault() is null
  };
  SimDevice(const Town& town, std::size_t index, std::uint64_t seed, std::size_t version);
  /// The same vault once more, as the original's files are now, on another machine.
  SimDevice(const Town& town, const SimDevice& original, std::size_t index, std::uint64_t seed);
  ~SimDevice();

  std::size_t index() const { return index_; }
  const std::string& name() const { return name_; }
  /// Null while no process runs. Every call must be followed by after_call() before anything else.
  Vault* vault() { return vault_ ? &*vault_ : nullptr; }
  /// What every other call of the vault must be followed by.
  Struck after_call();
  /// Lost, stolen, or with a disk that is no good any more: it never comes back.
  bool is_lost() const { return lost_; }
  /// Its disk changed a bit by itself: it may fail with kDamaged, and may not show anything false.
  bool is_rotten() const { return rotten_; }
  /// Whether what went wrong is damage that was done to the disk: the device is lost then.
  bool is_lost_to(const Error& error);
  bool is_suspended() const { return schedule_.now() < suspended_until_; }
  /// Under what its vault writes; of a vault that was put back or copied, it may become another instance.
  const Author& author() const { return author_; }
  /// What the program knows that runs here.
  const Schema& schema() const { return schema_of(version_); }
  const Bytes& answer_of_registrar() const { return answer_of_registrar_; }
  /// Called whenever a process has opened the vault again.
  void on_start(std::function<void()> call) { on_start_ = std::move(call); }
  /// Called after every sync round that ended in this process.
  void on_round(std::function<void()> call) { on_round_ = std::move(call); }

  // ---- Faults
  void end_soon(Fault how);  ///< kKilled, kPowerLost
  void fail_disk_soon();
  /// One allocation fails in one of the next calls that sync or write; the process ends with that call.
  void run_out_of_memory_soon();
  /// Makes a call in which memory may run out: nothing when it threw. after_call() tells of it.
  template <typename Call>
  auto with_memory(Call call) -> std::optional<decltype(call())>;
  void fill_disk(SteadyMs how_long);
  void suspend(SteadyMs how_long);
  void rot_a_bit();
  void lose(std::string_view why);
  /// The next version of the program is installed, in place of the one that ran. A former one first refuses
  /// what it does not know.
  void upgrade();
  /// Whether its vault has a receipt for this write of it; false while it does not run.
  bool is_confirmed(const CircleId& circle, const Dot& dot) const;
  /// Its vault, as whoever gets hold of the device finds it: this file and what belongs to it, under this
  /// key.
  static constexpr const char* kFile = "vault.db";
  static Secret key() { return Secret::copy_of(Bytes(32, 0x42)); }
  using Files = std::map<std::string, Bytes>;
  Files files() const;
  /// Keeps its files as they are now; put_back() starts again from what was kept. False without any.
  void keep_copy();
  bool put_back();
  /// The vault was put back, and nobody has looked yet what it still knows.
  bool is_put_back() const { return is_put_back_; }
  /// Under what the older state writes; a round may have begun another instance before it was looked at.
  Author author_put_back() const { return author_put_back_.value_or(author_); }
  void was_looked_at() { is_put_back_ = false; }
  /// From now on its disk says that it wrote what it did not.
  void let_disk_lie() { disk_.lies_about_sync = true; }
  SimClock& clock() { return clock_; }
  /// The faults are over: the disk works, the process runs.
  void heal();
  /// Ends the process and starts it again, now. False when it did not start.
  bool restart();

  /// Begins to sync, and keeps on.
  void start_syncing() { plan_sync(dice_.between(0, kMinute)); }
  /// How the latest round ended; empty before the first one.
  const std::optional<Status>& last_round() const { return last_round_; }
  std::uint64_t rounds() const { return rounds_; }
  std::size_t disk_bytes() const { return disk_.content(kFile).size(); }

 private:
  static constexpr std::uint64_t kRequestsARoundMax = 5'000;

  VaultWorld world() { return {clock_, random_, schema(), disk_.vfs_name()}; }
  SimDevice(const Town& town, std::size_t index, std::uint64_t seed, std::size_t version, int);
  void put(const Files& files);
  void create(testing_support::Municipality& municipality);
  void open();
  void reopen_after(SteadyMs wait);
  void end_process();
  void process_is_struck(bool in_recovery);
  void plan_end(Fault how, double operations_max);
  void plan_sync(SteadyMs wait);
  void sync();
  void go_on();
  void take(const Result<HttpResponse>& answer);
  void end_round(Status how);
  void disk_works_again();
  void count_allocations();
  void memory_is_gone();
  void expect_refusal_of_former();
  void take_layout_back();
  void note(const std::string& what) { findings_.note(name_ + ": " + what); }

  Schedule& schedule_;
  Swarm& swarm_;
  Findings& findings_;
  Network& network_;
  std::size_t index_;
  std::size_t version_;
  std::string name_;
  Dice dice_;
  SimClock clock_;
  testing_support::SeededRandom random_;
  testing_support::CrashDisk disk_;
  std::optional<Fault> planned_;
  std::optional<std::uint64_t> allocations_left_;  ///< of the product, until one fails
  bool memory_ran_out_ = false;
  std::optional<Vault> vault_;
  std::optional<RelayTime> relay_time_;  ///< what this process learned
  Backoff backoff_;
  std::optional<SyncRound> round_;
  std::uint64_t life_ = 0;  ///< of the process; what was planned in an earlier one is void
  Author author_;
  Bytes answer_of_registrar_;
  Files copy_;
  bool is_put_back_ = false;
  std::optional<Author> author_put_back_;
  bool rotten_ = false;
  bool lost_ = false;
  SteadyMs suspended_until_ = 0;
  SteadyMs poll_every_;
  double watches_;
  std::optional<Status> last_round_;
  std::uint64_t rounds_ = 0;
  std::function<void()> on_start_;
  std::function<void()> on_round_;
};

template <typename Call>
auto SimDevice::with_memory(Call call) -> std::optional<decltype(call())> {
  if (!allocations_left_) return call();
  std::optional<decltype(call())> done;
  crash::allocation_failure::start(*allocations_left_, false);
  try {
    done.emplace(call());
  } catch (const std::bad_alloc&) {
  }
  count_allocations();
  return done;
}

}  // namespace thuisbasis::sim
