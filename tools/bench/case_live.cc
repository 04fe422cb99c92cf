// SPDX-License-Identifier: EUPL-1.2
// live_p50, live_p99: from the first step of a write on one device to the other device's live query, all
// durable.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "tools/bench/cases.h"
#include "tools/bench/measure.h"

namespace thuisbasis::bench {
namespace {

constexpr auto kSeenWithin = std::chrono::seconds(30);
/// Between a held request leaving the laptop and the next write, so that the relay holds it.
constexpr auto kSettle = std::chrono::milliseconds(20);

/// The other device: holds a request all the time, and remembers when its live query told of something.
class Watcher final : public LiveListener {
 public:
  Watcher(Device& device, RelayLink& link) : device_(device), link_(link) {
    subscription_ = device_.vault().live().subscribe({}, *this);
    thread_ = std::thread([this] { watch(); });
  }
  ~Watcher() override {
    stopped_ = true;
    link_.stop();
    thread_.join();
    device_.vault().live().unsubscribe(subscription_);
  }

  void on_records(const std::vector<RecordNews>& news) override {
    const std::lock_guard lock(mutex_);
    if (!news.empty() && !seen_) seen_ = Stopwatch::now();
    changed_.notify_all();
  }
  /// What was seen so far does not count.
  void forget() {
    const std::lock_guard lock(mutex_);
    seen_.reset();
  }
  /// When the live query told of something; nothing when it does not in time. Taken where the application
  /// hears of it, so that no change of threads is measured.
  std::optional<Stopwatch::Moment> wait_for_news() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kSeenWithin, [&] { return seen_.has_value(); });
    return seen_;
  }
  void wait_until_held() const {
    while (!link_.is_holding() && !stopped_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(kSettle);
  }

 private:
  void watch() {
    while (!stopped_) {
      RoundReport report;
      if (!device_.sync(link_, report, true) || !device_.vault().rest()) stopped_ = true;
    }
  }

  Device& device_;
  RelayLink& link_;
  LiveQueries::Id subscription_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Stopwatch::Moment> seen_;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

struct Latencies {
  std::vector<double> whole;      ///< from the start of the local write
  std::vector<double> from_push;  ///< from the start of the sync
  std::vector<double> bare;       ///< a commit of one small row
};

Status sample(Device& tablet, Exchange& relay, Watcher& watcher, Floor& floor, const CaseloadLine& line,
              Latencies& into) {
  watcher.wait_until_held();
  watcher.forget();
  const Stopwatch whole;
  TB_CHECK(tablet.write(line));
  const Stopwatch push;
  TB_CHECK(tablet.sync(relay));  // its receipt comes while the other device already reads
  const auto seen = watcher.wait_for_news();
  if (!seen) return Error(Code::kUnavailable, "the other device saw nothing");
  into.whole.push_back(whole.ms_until(*seen));
  into.from_push.push_back(push.ms_until(*seen));
  TB_CHECK(tablet.vault().rest());
  const Stopwatch bare;
  TB_CHECK(floor.bare_commit());
  into.bare.push_back(bare.ms());
  return {};
}

CaseResult result_of(const Latencies& latencies, const char* name, double fraction, double target) {
  CaseResult result;
  result.name = name;
  result.unit = "ms";
  result.value = percentile(latencies.whole, fraction);
  result.floor = percentile(latencies.bare, fraction);
  result.floor_is = "the same percentile of a commit of one small row, synchronous=FULL, taking turns";
  result.target_ratio = target;
  result.runs = latencies.whole.size();
  result.more = {{"from_push", percentile(latencies.from_push, fraction)}};
  return result;
}

}  // namespace

Status run_live(Stage& stage, const Emit& emit) {
  TB_TRY(const Scene scene, stage.pushed_once());
  TB_TRY(const auto tablet, Device::open(scene.tablet()));
  TB_TRY(const auto laptop, Device::open(scene.laptop()));
  TB_TRY(const auto tablet_link, scene.link());
  TB_TRY(const auto laptop_link, scene.link());
  TB_TRY(const auto floor, Floor::open(scene.folder / "bare.db", Floor::Search::kNone));
  TB_CHECK(laptop->sync(*laptop_link));
  TB_CHECK(tablet->sync(*tablet_link));
  const std::size_t wanted = stage.options().quick ? 10 : 400;
  Latencies latencies;
  {
    Watcher watcher(*laptop, *laptop_link);
    for (const CaseloadLine& line : stage.week().lines) {
      if (latencies.whole.size() == wanted) break;
      TB_CHECK(sample(*tablet, *tablet_link, watcher, *floor, line, latencies));
    }
  }
  emit(result_of(latencies, "live_p50", 0.5, 8));
  emit(result_of(latencies, "live_p99", 0.99, 4));
  return {};
}

}  // namespace thuisbasis::bench
