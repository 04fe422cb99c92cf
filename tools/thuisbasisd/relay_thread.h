// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "platform/clock/system_clock.h"
#include "platform/entropy/system_random.h"
#include "platform/https_server/request_handler.h"
#include "platform/receipt_signer/receipt_key.h"
#include "platform/relay_storage/sqlite_relay_storage.h"
#include "sync/relay/relay.h"
#include "tools/thuisbasisd/config.h"

namespace thuisbasis::daemon {

/// How long commits took: how many within each bound, the fsync included.
struct CommitTimes {
  static constexpr std::array<double, 9> kBoundsSeconds{0.001, 0.0025, 0.005, 0.01, 0.025,
                                                        0.05,  0.1,    0.5,   2.5};
  std::array<std::uint64_t, kBoundsSeconds.size() + 1> counts{};
  double sum_seconds = 0;
};

/// What the relay's thread lets others see.
struct RelayView {
  RelayCounters counters;
  CommitTimes commits;
  std::uint64_t held_requests = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t wal_bytes = 0;
};

/// The one thread that owns the relay's logic and its storage. Connections' threads hand requests in; answers
/// go back through their responders. While a commit runs, requests gather here and form the next group.
class RelayThread final {
 public:
  /// Opens receipt key and storage and starts the thread.
  static Result<std::unique_ptr<RelayThread>> start(const Config& config);
  ~RelayThread();

  /// Any thread. Answers "busy" by itself when too many wait.
  void submit(HttpRequest request, Responder responder);
  /// Any thread: proves with a synced write that pushes could be stored; the call comes on the relay's
  /// thread.
  void probe(std::function<void(const Status&)> done);
  void drain(SteadyMs spread_ms);
  /// Any thread: what stands now; the call comes on the relay's thread.
  void look(std::function<void(const RelayView&)> done);
  /// Set once the storage is broken: the daemon must stop.
  std::optional<Error> broken() const;
  /// Ends the thread after what waits now is answered.
  void stop();

 private:
  static constexpr std::size_t kInboxMax = 8'192;
  static constexpr SteadyMs kTickMs = 1'000;
  static constexpr int kWalPagesQuiet = 250;  // 2 MB: from there on a quiet moment is used for a checkpoint
  static constexpr SteadyMs kQuietMs = 10;
  static constexpr int kGatherTurnsMax = 4;  // looks into the inbox before what waits is committed
  struct Job {
    HttpRequest request;
    std::optional<Responder> responder;
    std::function<void()> call;  // in place of a request
  };

  RelayThread(ReceiptKey key, std::unique_ptr<SqliteRelayStorage> storage);
  void post(std::function<void()> call);
  void run();
  bool wait_for_jobs(std::deque<Job>& jobs);
  void work(std::deque<Job>& jobs);
  bool wants_checkpoint() const;
  void flush_one_group();
  RelayView view() const;
  void note_broken();

  class Signer;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<SqliteRelayStorage> storage_;
  std::unique_ptr<Relay> relay_;
  CommitTimes commits_;
  std::uint64_t groups_failed_ = 0;
  SteadyMs next_tick_ = 0;
  int turns_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> inbox_;
  bool stopping_ = false;
  std::optional<Error> broken_;
  std::thread thread_;
};

}  // namespace thuisbasis::daemon
