// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "sync/wire/http_message.h"

namespace thuisbasis {

/// What one exchange may take.
struct ExchangeLimits {
  std::size_t response_bytes_max = kSyncBodyBytesMax;
  /// For the whole exchange; zero: no bound but the low-speed rule (below 30 B/s for 30 s). A held request
  /// sets it to its hold plus 15 s, and the low-speed rule is off then.
  std::chrono::milliseconds total_timeout{0};
  /// Asking it to stop ends the exchange with kCancelled, from any thread.
  std::stop_token stop;
};

/// Sends requests to one relay. A seam: the simulator and the tests bring their own.
class HttpsTransport {
 public:
  virtual ~HttpsTransport() = default;
  /// A value is an answer of the relay (it carries the protocol header), or a 429, 502, 503 or 504 of whoever
  /// stands before it: see retry_after(). Errors: kUnreachable, kTlsUntrusted, kClock (the certificate is not
  /// valid yet: this device's clock is behind), kCaptivePortal, kProtocol (another server, or too large an
  /// answer), kCancelled. The context names the host and says what to do. Never retries by itself and follows
  /// no redirect.
  virtual Result<HttpResponse> exchange(const HttpRequest& request, const ExchangeLimits& limits) = 0;
  /// The network changed or the device woke up: the connections of before are not used again.
  virtual void network_changed() = 0;
};

struct HttpsClientOptions {
  std::string base_url;   ///< "https://relay.example:8443"; https only
  std::string ca_file;    ///< PEM; in place of the system's store when set
  bool use_proxy = true;  ///< from https_proxy, no_proxy and all_proxy
  std::chrono::milliseconds connect_timeout{10'000};
  long low_speed_bytes_per_second = 30;
  std::chrono::seconds low_speed_time{30};
};

struct HttpsClientStats {
  std::uint64_t exchanges = 0;
  std::uint64_t connections = 0;  ///< that had to be made
  std::uint64_t bytes_sent = 0;   ///< inside TLS, with headers
  std::uint64_t bytes_received = 0;
};

/// HttpsTransport over libcurl: TLS 1.3 or newer, connections and TLS sessions reused. Several threads may
/// exchange at once; each gets a connection of its own.
class HttpsClient final : public HttpsTransport {
 public:
  /// kInvalidArgument for another scheme, kNotFound for a CA file that is not there.
  static Result<std::unique_ptr<HttpsClient>> create(HttpsClientOptions options);
  ~HttpsClient() override;

  Result<HttpResponse> exchange(const HttpRequest& request, const ExchangeLimits& limits) override;
  void network_changed() override;
  HttpsClientStats stats() const;

 private:
  struct Core;
  explicit HttpsClient(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace thuisbasis
