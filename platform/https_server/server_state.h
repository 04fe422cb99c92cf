// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include "platform/https_server/https_server.h"
#include "platform/https_server/tls_context.h"

namespace thuisbasis {

/// What connections are counted by: an IPv6 address's /64, or an IPv4 address mapped into IPv6.
using AddressKey = std::array<Byte, 16>;

/// Which route a request meets.
struct RouteMatch {
  enum class Kind : std::uint8_t { kFound, kOtherMethod, kNoSuchPath };
  Kind kind = Kind::kNoSuchPath;
  std::size_t body_bytes_max = 0;  ///< with kFound
  std::string allow;               ///< with kOtherMethod
};
RouteMatch match_route(const std::vector<Route>& routes, const HttpRequest& request);

/// What the loops of one server share. Any thread.
class ServerState final {
 public:
  ServerState(HttpsServerOptions server_options, RequestHandler& request_handler)
      : options(std::move(server_options)), handler(request_handler) {}

  const HttpsServerOptions options;
  RequestHandler& handler;
  std::atomic<bool> is_draining{false};
  std::atomic<bool> is_stopping{false};

  /// Counters of HttpsServerStats, except the number of open connections.
  struct Counters {
    std::atomic<std::uint64_t> requests_open{0}, accepted{0}, refused{0}, evicted{0}, timed_out{0},
        handshakes{0}, resumed{0}, handshakes_failed{0}, requests{0}, requests_refused{0}, bytes_received{0},
        bytes_sent{0};
  } counters;

  /// Counts a new connection; false when its address has its share already.
  bool admit(const AddressKey& key);
  void release(const AddressKey& key);
  std::size_t open() const;
  bool wait_until_none_open(std::chrono::milliseconds time_max);

  /// Sets room aside for a large body; false when all bodies together would be too much.
  bool reserve_body(std::size_t bytes);
  void release_body(std::size_t bytes) { body_bytes_ -= bytes; }

  Status load_tls();
  /// A stream's own reference is taken while the lock is held.
  template <typename Use>
  auto with_tls(Use use) {
    const std::lock_guard lock(tls_mutex_);
    return use(tls_.get());
  }

 private:
  mutable std::mutex open_mutex_;
  std::condition_variable none_open_;
  std::map<AddressKey, std::size_t> open_by_address_;
  std::size_t open_ = 0;
  std::atomic<std::size_t> body_bytes_{0};
  std::mutex tls_mutex_;
  TlsContext tls_;
};

}  // namespace thuisbasis
