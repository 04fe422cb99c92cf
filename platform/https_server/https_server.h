// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/https_server/request_handler.h"

namespace thuisbasis {

/// A path the server serves. Other paths get 404, other methods on a known path 405.
struct Route {
  std::string method;
  std::string path;                                 ///< exact, without query
  std::size_t body_bytes_max = kSmallBodyBytesMax;  ///< refused with 413 before the body is read
};

struct TlsFiles {
  std::string certificate_file;  ///< PEM, the chain with the server's own certificate first
  std::string key_file;          ///< PEM
};

/// Everything here has a limit; the defaults are for a relay on the internet.
struct HttpsServerOptions {
  std::string address = "::";   ///< numeric; "::" takes IPv4 too
  std::uint16_t port = 0;       ///< 0: a free one, see HttpsServer::port()
  int inherited_socket = -1;    ///< a listening socket (socket activation) in place of address and port
  std::optional<TlsFiles> tls;  ///< none: plain HTTP, allowed on loopback addresses only (metrics, health)
  bool allow_tls_1_2 = false;   ///< for old tablets
  std::vector<Route> routes;
  unsigned loops = 1;  ///< threads, each with connections of its own
  std::size_t connections_max = 12'000;
  std::size_t connections_per_address_max = 50;  ///< an IPv6 address counts as its /64
  std::size_t body_bytes_total_max =
      std::size_t{256} * 1024 * 1024;                ///< of large bodies at once; beyond it 503
  std::chrono::milliseconds header_timeout{10'000};  ///< also for the TLS handshake
  std::chrono::milliseconds idle_timeout{75'000};    ///< between two requests
  std::chrono::milliseconds rate_window{30'000};     ///< in which a body or an answer must move on at ...
  std::size_t bytes_per_second_min = 100;            ///< ... this rate
};

/// Counters since the start, and gauges where said.
struct HttpsServerStats {
  std::uint64_t connections_open = 0;  ///< gauge
  std::uint64_t requests_open = 0;     ///< gauge: read, not answered yet (held ones too)
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  ///< over a limit
  std::uint64_t connections_evicted = 0;  ///< idle ones that made room
  std::uint64_t connections_timed_out = 0;
  std::uint64_t handshakes = 0;
  std::uint64_t handshakes_resumed = 0;
  std::uint64_t handshakes_failed = 0;
  std::uint64_t requests = 0;
  std::uint64_t requests_refused = 0;  ///< malformed, too large, no such route
  std::uint64_t bytes_received = 0;    ///< inside TLS
  std::uint64_t bytes_sent = 0;
};

/// An HTTP/1.1 server over TLS 1.3: one event loop per thread, OpenSSL directly on the socket, Beast's
/// parser. It refuses whatever a proxy in front could read differently: Transfer-Encoding (411), two lengths
/// or hosts, upgrades, Content-Encoding (415). All methods may be called from any thread. The destructor cuts
/// what is open and joins.
class HttpsServer final {
 public:
  /// kInvalidArgument, kIo (address in use, certificate unreadable), kBadKey (key does not fit the
  /// certificate).
  static Result<std::unique_ptr<HttpsServer>> start(HttpsServerOptions options, RequestHandler& handler);
  ~HttpsServer();
  HttpsServer(const HttpsServer&) = delete;
  HttpsServer& operator=(const HttpsServer&) = delete;

  std::uint16_t port() const;
  /// Reads the TLS files again; new connections get the new certificate, resumption still works. After an
  /// error the old certificate stays in use.
  Status reload_certificate();
  /// No new connections; idle ones are closed, answers from now on carry "Connection: close".
  void begin_drain();
  /// Waits until every connection is closed; false when the time was over first.
  bool wait_drained(std::chrono::milliseconds time_max);
  HttpsServerStats stats() const;

 private:
  struct Core;
  explicit HttpsServer(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace thuisbasis
