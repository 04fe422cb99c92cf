// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>

#include "platform/https_client/https_client.h"
#include "sync/client/sync_session.h"
#include "tools/thuisbasis/arguments.h"
#include "tools/thuisbasis/vault_access.h"

namespace thuisbasis {

/// How long the network may stand still before an exchange is given up; held requests have their own time.
struct Patience {
  static constexpr int kSecondsUsual = 30;
  static constexpr int kSecondsMost = 3600;
  std::chrono::seconds standstill{kSecondsUsual};
  /// From --timeout; kInvalidArgument for anything but seconds from 1 on.
  static Result<Patience> from(const Arguments& arguments);
};

/// A vault's way to its relay. While a request is in flight the vault's lock is open, so that other threads
/// may use the vault; a sync round keeps nothing of the vault across requests.
class RelayLink final : public Exchange {
 public:
  /// To the relay that the vault's membership names. kNotPermitted before joining, errors of the HTTPS
  /// client.
  static Result<std::unique_ptr<RelayLink>> make(OpenVault& target, const Patience& patience);

  /// `busy` is the vault's lock, held by the caller of every exchange; null where there is one thread only.
  void share(std::unique_lock<std::mutex>* busy) { busy_ = busy; }
  /// Ends every exchange from now on with kCancelled once asked to.
  void stop_with(std::stop_token stop) { stop_ = std::move(stop); }
  /// Ends the request that the relay holds, if there is one. With the vault's lock held.
  void end_hold();

  Result<HttpResponse> exchange(const HttpRequest& request, bool held) override;
  std::string_view host() const override { return host_; }

 private:
  RelayLink(std::unique_ptr<HttpsClient> client, std::string host);
  std::unique_ptr<HttpsClient> client_;
  std::string host_;
  std::unique_lock<std::mutex>* busy_ = nullptr;
  std::stop_token stop_;
  std::stop_source hold_{std::nostopstate};
};

}  // namespace thuisbasis
