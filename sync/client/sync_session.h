// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "sync/client/sync_round.h"

namespace thuisbasis {

/// Exchanges one request for one answer; see platform/https_client. A seam: the simulator has its own.
class Exchange {
 public:
  virtual ~Exchange() = default;
  /// `held`: the relay may take up to a minute.
  virtual Result<HttpResponse> exchange(const HttpRequest& request, bool held) = 0;
  virtual std::string_view host() const = 0;
};

/// Drives rounds over an exchange until each is complete. Keeps what it learned of the relay's clock between
/// rounds.
class SyncSession final {
 public:
  SyncSession(SyncPort& port, Exchange& exchange, Clock& clock, Random& random)
      : port_(port), exchange_(exchange), random_(random), relay_time_(clock) {}

  /// One whole round. What was achieved before an error stands, in the vault and in `report`.
  Status run(const SyncRound::Options& options, RoundReport& report);

 private:
  SyncPort& port_;
  Exchange& exchange_;
  Random& random_;
  RelayTime relay_time_;
};

}  // namespace thuisbasis
