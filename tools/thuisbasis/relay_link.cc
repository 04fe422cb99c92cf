// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/relay_link.h"

#include <algorithm>

#include "platform/files/files.h"
#include "sync/wire/live_query.h"

namespace thuisbasis {
namespace {

constexpr std::chrono::milliseconds kHeldTimeout{kLiveWaitMsMax + 15'000};

std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return std::string(url.substr(0, url.find('/')));
}

}  // namespace

Result<Patience> Patience::from(const Arguments& arguments) {
  TB_TRY(const int seconds, arguments.number("--timeout", 1, kSecondsMost, kSecondsUsual));
  return Patience{std::chrono::seconds(seconds)};
}

Result<std::unique_ptr<RelayLink>> RelayLink::make(OpenVault& target, const Patience& patience) {
  const auto membership = target.vault->membership();
  if (!membership) return Error(Code::kNotPermitted, "join a municipality first: thuisbasis join");
  HttpsClientOptions options;
  options.base_url = membership->relay_url;
  options.connect_timeout = std::min<std::chrono::milliseconds>(options.connect_timeout, patience.standstill);
  options.low_speed_time = patience.standstill;
  if (file_exists(target.folder.relay_ca())) options.ca_file = target.folder.relay_ca();
  TB_TRY(auto client, HttpsClient::create(std::move(options)));
  return std::unique_ptr<RelayLink>(new RelayLink(std::move(client), host_of(membership->relay_url)));
}

RelayLink::RelayLink(std::unique_ptr<HttpsClient> client, std::string host)
    : client_(std::move(client)), host_(std::move(host)) {}

void RelayLink::end_hold() { hold_.request_stop(); }

Result<HttpResponse> RelayLink::exchange(const HttpRequest& request, bool held) {
  // One token for both reasons to stop: the process ends, or a held request has become useless.
  std::stop_source either;
  const std::stop_callback on_stop(stop_, [&either] { either.request_stop(); });
  if (held) hold_ = either;
  ExchangeLimits limits;
  limits.stop = either.get_token();
  if (held) limits.total_timeout = kHeldTimeout;
  if (busy_ != nullptr) busy_->unlock();
  auto response = client_->exchange(request, limits);
  if (busy_ != nullptr) busy_->lock();
  hold_ = std::stop_source(std::nostopstate);
  return response;
}

}  // namespace thuisbasis
