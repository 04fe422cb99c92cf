// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <atomic>
#include <string>

#include "platform/https_server/https_server.h"
#include "tools/thuisbasisd/relay_thread.h"

namespace thuisbasis::daemon {

/// Sorts requests: /healthz and /metrics are answered here, /readyz after a proof by the relay's thread, the
/// rest is the relay's. Called on connections' threads.
class Front final : public RequestHandler {
 public:
  Front(RelayThread& relay, const Config& config)
      : relay_(relay), data_dir_(config.data_dir), disk_free_percent_min_(config.disk_free_percent_min) {}

  void handle(HttpRequest request, Responder responder) override;
  /// Where the numbers of connections come from, once the server runs.
  void watch(const HttpsServer& server) { server_ = &server; }
  /// From now on /readyz says no, so that no new traffic is sent here.
  void begin_drain() { draining_ = true; }

  static std::vector<Route> public_routes();
  static std::vector<Route> local_routes();

 private:
  void answer_ready(Responder responder);
  void answer_metrics(Responder responder);
  bool has_disk_space() const;
  void note_readiness(bool ready);

  RelayThread& relay_;
  std::string data_dir_;
  std::uint32_t disk_free_percent_min_;
  std::atomic<const HttpsServer*> server_{nullptr};
  std::atomic<bool> draining_{false};
  std::atomic<bool> was_ready_{true};
};

}  // namespace thuisbasis::daemon
