// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <atomic>
#include <memory>

#include "platform/https_client/https_client.h"
#include "sync/client/sync_session.h"

namespace thuisbasis::bench {

/// One device's way to the relay: HTTPS over loopback. One thread exchanges; others may ask is_holding() and
/// stop().
class RelayLink final : public Exchange {
 public:
  static Result<std::unique_ptr<RelayLink>> open(const std::string& url, const std::string& certificate);

  Result<HttpResponse> exchange(const HttpRequest& request, bool held) override;
  std::string_view host() const override { return "127.0.0.1"; }

  /// The least that can be asked: an empty request without signature, which the relay refuses.
  Result<HttpResponse> bare_request();

  /// Inside TLS, with headers.
  HttpsClientStats stats() const { return client_->stats(); }
  /// A request that the relay holds is on its way or held.
  bool is_holding() const { return holding_; }
  void stop() { stop_.request_stop(); }

 private:
  explicit RelayLink(std::unique_ptr<HttpsClient> client) : client_(std::move(client)) {}
  std::unique_ptr<HttpsClient> client_;
  std::atomic<bool> holding_{false};
  std::stop_source stop_;
};

/// Every exchange fails, as without a network: what was sealed for it stays sealed.
class NoRelay final : public Exchange {
 public:
  Result<HttpResponse> exchange(const HttpRequest&, bool) override {
    return Error(Code::kUnreachable, "no network");
  }
  std::string_view host() const override { return "nowhere"; }
};

}  // namespace thuisbasis::bench
