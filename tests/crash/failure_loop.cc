// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/failure_loop.h"

#include <new>
#include <ostream>

namespace thuisbasis::crash {
namespace {

using testing_support::CrashDisk;

constexpr std::size_t kFindingsMax = 5;

/// One run of the operation, struck at one point, and everything that must hold afterwards.
class Run final {
 public:
  Run(const Operation& operation, const Scene& scene, Trouble trouble, std::uint64_t nth, LoopResult& result)
      : operation_(operation), trouble_(trouble), nth_(nth), result_(result), trial_(scene, nth + 1) {}

  void go() {
    if (const Status ready = operation_.make_ready(trial_); !ready)
      return finding(result_.stuck, "is not ready: " + ready.error().message());
    const Striker::Count count = strike();
    if (nth_ == 0) {
      result_.points = count.points;
      return;
    }
    ++result_.covered;
    if (count.struck) ++result_.injected;
    power_is_lost();
    recover();
  }

 private:
  bool is_tablet() const { return operation_.victim() == Operation::Victim::kTablet; }
  CrashDisk& disk() { return is_tablet() ? trial_.tablet.disk : trial_.relay.disk; }

  Striker::Count strike() {
    Striker striker(trouble_, disk());
    Status ended;
    bool exhausted = false;
    striker.start(nth_);
    try {
      ended = operation_.run(trial_);
    } catch (const std::bad_alloc&) {
      exhausted = true;
    }
    const Striker::Count count = striker.stop();
    exhausted = exhausted || trial_.relay.ran_out_of_memory();
    if (!ended) ++result_.answered;
    if (exhausted) ++result_.exhausted;
    const bool excused = count.struck;
    if ((!ended || exhausted) && !excused)
      finding(result_.stuck, "failed without a reason: " + (ended ? std::string() : ended.error().message()));
    if (!ended && ended.error().code() == Code::kInternal)
      finding(result_.stuck, "answers " + ended.error().message());
    return count;
  }

  void power_is_lost() {
    trial_.tablet.close();
    trial_.relay.close();
    const auto tear = nth_ % 4 == 0 ? CrashDisk::Tear::kOldOrNew : CrashDisk::Tear::kWithGarbage;
    const std::uint64_t before = disk().sectors_lost();
    disk().restart(tear);
    result_.sectors_lost += disk().sectors_lost() - before;
  }

  void recover() {
    ++result_.recoveries;
    result_.writes_checked += trial_.book.acknowledged() + trial_.relay_book.acknowledged();
    Status opened = trial_.relay.open();
    if (opened) opened = trial_.tablet.open();
    if (!opened) return finding(result_.corrupt, "does not open: " + opened.error().message());
    examine();
    for (const std::string& one : trial_.book.missing(*trial_.tablet.vault, WriteBook::Where::kHere))
      finding(result_.lost, one);
    trial_.book.settle(*trial_.tablet.vault);
    check_relay();
    trial_.relay_book.settle(trial_.relay.storage());
    trial_.tablet.close();
    trial_.relay.close();
    for (const std::string& damage : trial_.relay.damage()) finding(result_.corrupt, damage);
    if (const Status ready = operation_.make_ready(trial_); !ready)
      return finding(result_.stuck, "is not ready again: " + ready.error().message());
    if (const Status again = operation_.run(trial_); !again)
      return finding(result_.stuck, "cannot be done again: " + again.error().message());
    for (const std::string& one : trial_.converge()) finding(result_.stuck, one);
    if (trial_.tablet.vault) examine();
    if (trial_.relay.is_open()) check_relay();
  }

  void check_relay() {
    for (const std::string& one : trial_.relay_book.missing(trial_.relay.storage()))
      finding(result_.lost, one);
  }

  void examine() {
    const auto report = trial_.tablet.vault->examine();
    if (!report) return finding(result_.corrupt, "cannot be examined: " + report.error().message());
    for (const std::string& damage : report->damage) finding(result_.corrupt, damage);
  }

  void finding(std::uint64_t& kind, const std::string& what) {
    ++kind;
    if (result_.findings.size() < kFindingsMax)
      result_.findings.push_back("point " + std::to_string(nth_) + ": " + what);
  }

  const Operation& operation_;
  Trouble trouble_;
  std::uint64_t nth_;
  LoopResult& result_;
  Trial trial_;
};

}  // namespace

std::uint64_t count_points(const Operation& operation, Trouble trouble) {
  LoopResult result;
  Run(operation, operation.scene(), trouble, 0, result).go();
  return result.points;
}

LoopResult loop_the_failure_point(const Operation& operation, Trouble trouble, const Share& share) {
  LoopResult result;
  result.operation = operation.name();
  result.trouble = trouble;
  const Scene scene = operation.scene();
  Run(operation, scene, trouble, 0, result).go();
  for (std::uint64_t nth = 1 + share.from; nth <= result.points; nth += share.every)
    Run(operation, scene, trouble, nth, result).go();
  return result;
}

std::ostream& operator<<(std::ostream& out, const LoopResult& result) {
  out << result.operation << ", " << trouble_name(result.trouble) << ": " << result.points << " points, "
      << result.covered << " covered, " << result.injected << " struck, " << result.answered << " errors, ";
  if (is_of_memory(result.trouble)) out << result.exhausted << " ended by bad_alloc, ";
  out << result.recoveries << " recoveries, " << result.sectors_lost << " sectors lost, "
      << result.writes_checked << " acknowledged writes, " << result.lost << " lost, " << result.corrupt
      << " corrupt, " << result.stuck << " stuck";
  for (const std::string& one : result.findings) out << "\n  " << one;
  return out;
}

}  // namespace thuisbasis::crash
