// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/relay_link.h"

namespace thuisbasis::bench {
namespace {

constexpr std::chrono::milliseconds kHeldTimeout{70'000};

}  // namespace

Result<std::unique_ptr<RelayLink>> RelayLink::open(const std::string& url, const std::string& certificate) {
  HttpsClientOptions options;
  options.base_url = url;
  options.ca_file = certificate;
  options.use_proxy = false;
  TB_TRY(std::unique_ptr<HttpsClient> client, HttpsClient::create(std::move(options)));
  return std::unique_ptr<RelayLink>(new RelayLink(std::move(client)));
}

Result<HttpResponse> RelayLink::bare_request() {
  return exchange(sync_request_message("POST", std::string(kSyncPath), {}), false);
}

Result<HttpResponse> RelayLink::exchange(const HttpRequest& request, bool held) {
  ExchangeLimits limits;
  if (held) limits.total_timeout = kHeldTimeout;
  limits.stop = stop_.get_token();
  holding_ = held;
  auto answer = client_->exchange(request, limits);
  holding_ = false;
  return answer;
}

}  // namespace thuisbasis::bench
