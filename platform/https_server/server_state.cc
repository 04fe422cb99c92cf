// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/server_state.h"

namespace thuisbasis {

RouteMatch match_route(const std::vector<Route>& routes, const HttpRequest& request) {
  RouteMatch match;
  for (const Route& route : routes) {
    if (route.path != request.path()) continue;
    if (route.method == request.method) return {RouteMatch::Kind::kFound, route.body_bytes_max, {}};
    match.kind = RouteMatch::Kind::kOtherMethod;
    match.allow += (match.allow.empty() ? "" : ", ") + route.method;
  }
  return match;
}

bool ServerState::admit(const AddressKey& key) {
  const std::lock_guard lock(open_mutex_);
  std::size_t& of_address = open_by_address_[key];
  if (of_address >= options.connections_per_address_max) return false;
  ++of_address;
  ++open_;
  return true;
}

void ServerState::release(const AddressKey& key) {
  const std::lock_guard lock(open_mutex_);
  const auto found = open_by_address_.find(key);
  if (--found->second == 0) open_by_address_.erase(found);
  if (--open_ == 0) none_open_.notify_all();
}

std::size_t ServerState::open() const {
  const std::lock_guard lock(open_mutex_);
  return open_;
}

bool ServerState::wait_until_none_open(std::chrono::milliseconds time_max) {
  std::unique_lock lock(open_mutex_);
  return none_open_.wait_for(lock, time_max, [this] { return open_ == 0; });
}

bool ServerState::reserve_body(std::size_t bytes) {
  if (body_bytes_.fetch_add(bytes) + bytes <= options.body_bytes_total_max) return true;
  body_bytes_ -= bytes;
  return false;
}

Status ServerState::load_tls() {
  if (!options.tls) return {};
  // Built outside the lock: reading files must not hold up handshakes.
  const TlsContext before = with_tls([](ssl_ctx_st* context) { return share_tls_context(context); });
  TB_TRY(TlsContext fresh, make_tls_context(*options.tls, options.allow_tls_1_2, before.get()));
  const std::lock_guard lock(tls_mutex_);
  tls_.swap(fresh);
  return {};
}

}  // namespace thuisbasis
