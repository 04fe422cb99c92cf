// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"

namespace thuisbasis {

// ---- Limits of every message; a server refuses more before reading it -------------------------------------
inline constexpr std::size_t kHeaderBytesMax = 8 * 1024;
inline constexpr std::size_t kHeaderFieldsMax = 64;
inline constexpr std::size_t kTargetBytesMax = 1024;
inline constexpr std::size_t kSyncBodyBytesMax = std::size_t{16} * 1024 * 1024;  ///< POST /v1/sync, both ways
inline constexpr std::size_t kSmallBodyBytesMax = std::size_t{64} * 1024;        ///< every other request

// ---- Names on the wire
// --------------------------------------------------------------------------------------
inline constexpr std::string_view kSyncMediaType = "application/vnd.thuisbasis.sync";
inline constexpr std::string_view kProblemMediaType = "application/vnd.thuisbasis.problem";
inline constexpr std::string_view kProtocolHeader = "tb-protocol";
inline constexpr std::string_view kProtocolHeaderValue = "1";
inline constexpr std::string_view kSyncPath = "/v1/sync";      ///< POST
inline constexpr std::string_view kLivePath = "/v1/live";      ///< GET, held
inline constexpr std::string_view kDevicePath = "/v1/device";  ///< POST

/// Header fields in the order they travel. Names are kept in lower case, so lookup is exact.
class HttpHeaders final {
 public:
  struct Field {
    std::string name;
    std::string value;
    friend bool operator==(const Field&, const Field&) = default;
  };

  void add(std::string_view name, std::string_view value);
  /// Replaces every field of that name by one.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  /// The value of the only field of that name; nothing when there is none or more than one.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;

  const std::vector<Field>& fields() const { return fields_; }
  friend bool operator==(const HttpHeaders&, const HttpHeaders&) = default;

 private:
  std::vector<Field> fields_;
};

/// A request as a value, without a socket. `target` is in origin form: "/v1/live?wait=50".
struct HttpRequest {
  std::string method;
  std::string target;
  HttpHeaders headers;
  Bytes body;

  std::string_view path() const;   ///< up to the question mark
  std::string_view query() const;  ///< after the question mark; empty when there is none
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  Bytes body;
};

/// A 200 with the sync media type and the protocol header.
HttpResponse sync_response(Bytes frames);
/// A POST or GET to the relay with media type (when there is a body) and protocol header; not signed yet.
HttpRequest sync_request_message(std::string_view method, std::string target, Bytes body);

/// Lower-case media type without parameters: "text/html" of "Text/HTML; charset=utf-8".
std::string media_type(const HttpHeaders& headers);
/// Retry-After in seconds (the date form is not read: clocks may be wrong), cut to one day.
std::optional<std::chrono::seconds> retry_after(const HttpHeaders& headers);

}  // namespace thuisbasis
