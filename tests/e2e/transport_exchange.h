// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <string>

#include "core/base/assert.h"
#include "platform/https_client/https_client.h"
#include "sync/client/sync_session.h"

namespace thuisbasis::e2e {

/// The real HTTPS client as a session's exchange, with someone listening inside TLS.
class TransportExchange final : public Exchange {
 public:
  TransportExchange(const std::string& url, const std::string& ca_file) {
    HttpsClientOptions options;
    options.base_url = url;
    options.ca_file = ca_file;
    options.use_proxy = false;
    auto client = HttpsClient::create(std::move(options));
    TB_ASSERT(client.has_value());
    client_ = std::move(*client);
  }

  Result<HttpResponse> exchange(const HttpRequest& request, bool) override {
    if (on_request) on_request(request);
    ExchangeLimits limits;
    limits.total_timeout = std::chrono::seconds(60);
    auto response = client_->exchange(request, limits);
    if (on_response) on_response(response);
    return response;
  }
  std::string_view host() const override { return "localhost"; }

  std::function<void(const HttpRequest&)> on_request;
  std::function<void(const Result<HttpResponse>&)> on_response;

 private:
  std::unique_ptr<HttpsClient> client_;
};

}  // namespace thuisbasis::e2e
