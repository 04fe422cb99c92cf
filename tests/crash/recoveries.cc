// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/recoveries.h"

#include <ctime>
#include <ostream>

#include "tests/crash/open_setting.h"
#include "tests/crash/scene.h"

namespace thuisbasis::crash {
namespace {

using testing_support::CrashDisk;

constexpr int kLives = 3;
constexpr std::uint64_t kOperationsOfALife = 1200;
constexpr std::uint64_t kOperationsOfOpening = 120;
constexpr int kWritesOfALife = 40;
constexpr std::size_t kFindingsMax = 10;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// What a connection is told once it is open, below the vault.
std::string settings(Synchronous synchronous, bool moves_wal_often) {
  std::string sql;
  if (synchronous == Synchronous::kNormal) sql += "PRAGMA synchronous=NORMAL;";
  if (synchronous == Synchronous::kOff) sql += "PRAGMA synchronous=OFF;";
  if (moves_wal_often) sql += "PRAGMA wal_autocheckpoint=25;";
  return sql;
}

class History final {
 public:
  History(const Scene& scene, std::uint64_t seed, Synchronous synchronous, RecoveryResult& result)
      : random_(seed),
        seed_(seed),
        setting_(settings(synchronous, random_() % 2 == 0)),
        tablet_(seed),
        circle_(scene.circle),
        book_(scene.book),
        result_(result) {
    put_image(tablet_.disk, scene.tablet);
  }

  void go() {
    ++result_.histories;
    for (int life = 0; life < kLives; ++life) {
      live();
      while (random_() % 3 == 0) crash_while_opening();
      if (!recover()) break;
    }
    result_.sectors_lost += tablet_.disk.sectors_lost();
  }

 private:
  void live() {
    if (open()) {
      tablet_.disk.fail_at(1 + random_() % kOperationsOfALife, CrashDisk::Fault::kPowerLoss);
      for (int i = 0; i < kWritesOfALife && !tablet_.disk.failed(); ++i) write_something();
    }
    power_is_lost();
  }

  void crash_while_opening() {
    tablet_.disk.fail_at(1 + random_() % kOperationsOfOpening, CrashDisk::Fault::kPowerLoss);
    (void)open();
    if (tablet_.disk.failed()) ++result_.crashes_in_recovery;
    power_is_lost();
  }

  Status open() {
    TB_CHECK(tablet_.open());
    return setting_.apply();
  }

  /// At the latest now: nothing is closed neatly.
  void power_is_lost() {
    if (!tablet_.disk.failed()) tablet_.disk.fail_at(1, CrashDisk::Fault::kPowerLoss);
    tablet_.close();
    tablet_.disk.restart(random_() % 4 == 0 ? CrashDisk::Tear::kOldOrNew : CrashDisk::Tear::kWithGarbage);
  }

  void write_something() {
    Vault& vault = *tablet_.vault;
    switch (random_() % 8) {
      case 0:
        (void)book_.write_batch(vault, {kVisit, circle_}, {kVisitNote, circle_});
        break;
      case 1:
        (void)book_.write_pair(vault, {kGoal, circle_});
        break;
      case 2:
        (void)book_.erase(vault, kGoal, 1 + random_() % 8);
        break;
      case 3:
        (void)book_.write_one(vault, {kGoal, circle_});
        break;
      case 4:
        (void)vault.rest();
        break;
      default:
        (void)book_.edit(vault, kGoal, random_() % 8);
    }
  }

  /// False when this history is over.
  bool recover() {
    ++result_.recoveries;
    result_.writes_checked += book_.acknowledged();
    if (const Status opened = open(); !opened)
      return finding(result_.corrupt, {"does not open: " + opened.error().message()});
    const auto report = tablet_.vault->examine();
    if (!report) return finding(result_.corrupt, {"cannot be examined: " + report.error().message()});
    if (!report->damage.empty()) return finding(result_.corrupt, report->damage);
    const std::vector<std::string> missing = book_.missing(*tablet_.vault, WriteBook::Where::kHere);
    if (!missing.empty()) return finding(result_.lost, missing);
    book_.settle(*tablet_.vault);
    return true;
  }

  bool finding(std::uint64_t& kind, const std::vector<std::string>& what) {
    ++kind;
    if (result_.findings.size() < kFindingsMax)
      result_.findings.push_back("history of seed " + std::to_string(seed_) + ": " + what.front());
    return false;
  }

  std::mt19937_64 random_;
  std::uint64_t seed_;
  OpenSetting setting_;
  CrashDevice tablet_;
  CircleId circle_;
  WriteBook book_;
  RecoveryResult& result_;
};

}  // namespace

RecoveryResult run_recoveries(const RecoveryPlan& plan) {
  RecoveryResult result;
  const double before = cpu_seconds();
  const Scene scene = Town(21).scene();
  for (std::uint64_t seed = plan.seed; result.recoveries < plan.recoveries; ++seed)
    History(scene, seed, plan.synchronous, result).go();
  result.cpu_seconds = cpu_seconds() - before;
  return result;
}

std::ostream& operator<<(std::ostream& out, const RecoveryResult& result) {
  const double a_minute =
      result.cpu_seconds == 0 ? 0 : static_cast<double>(result.recoveries) * 60 / result.cpu_seconds;
  out << result.histories << " histories, " << result.recoveries << " recoveries ("
      << static_cast<std::uint64_t>(a_minute) << " a CPU-minute), " << result.crashes_in_recovery
      << " crashes in recovery, " << result.sectors_lost << " sectors torn or lost, " << result.writes_checked
      << " acknowledged writes checked: " << result.lost << " lost, " << result.corrupt << " corrupt";
  for (const std::string& one : result.findings) out << "\n  " << one;
  return out;
}

}  // namespace thuisbasis::crash
