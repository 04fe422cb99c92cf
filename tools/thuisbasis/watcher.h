// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <condition_variable>
#include <functional>
#include <stop_token>

#include "sync/client/backoff.h"
#include "tools/thuisbasis/relay_link.h"

namespace thuisbasis {

/// Keeps a vault in step with its relay: holds a request open for news, pushes what is written here, backs
/// off while there is no network. Runs in a thread of its own; everything it shares is guarded by the vault's
/// lock, which is open while a request is in flight.
class Watcher final {
 public:
  /// Told, with the vault's lock held, after every round that did or met something.
  using Told = std::function<void(const RoundReport& report, const Status& status)>;

  Watcher(OpenVault& target, std::unique_ptr<RelayLink> link, Told told);
  /// Until asked to stop. The thread's body.
  void run(const std::stop_token& stop);

  /// Something was written here: it goes out as soon as the writing pauses. With the vault's lock held.
  void written();
  /// A whole round that begins now; waits for its end. With the vault's lock held, which is open while
  /// waiting.
  Status sync_now(RoundReport& report);

 private:
  static constexpr std::chrono::milliseconds kCoalesce{250};
  static constexpr std::chrono::milliseconds kBackoffFirst{1'000};
  static constexpr std::chrono::milliseconds kBackoffMost{60'000};
  using Lock = std::unique_lock<std::mutex>;

  bool is_urgent() const { return asked_ != answered_; }
  void let_writing_pause(Lock& busy, const std::stop_token& stop);
  void wait_out(Lock& busy, const std::stop_token& stop);
  void round(const std::stop_token& stop);

  OpenVault& target_;
  std::unique_ptr<RelayLink> link_;
  SyncSession session_;
  Backoff backoff_;
  Told told_;
  std::condition_variable_any changed_;
  bool dirty_ = true;  ///< there may be something to push
  bool stopped_ = false;
  std::uint64_t asked_ = 0;  ///< rounds that someone waits for
  std::uint64_t answered_ = 0;
  RoundReport last_report_;
  Status last_status_;
};

}  // namespace thuisbasis
