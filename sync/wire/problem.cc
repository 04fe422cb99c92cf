// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/problem.h"

#include <algorithm>
#include <array>

#include "thuisbasis/wire.pb.h"

namespace thuisbasis {
namespace {

struct Row {
  Code code;
  int status;
  std::string_view reason;
  std::string_view advice;  // for the person at the client
};

/// The relay's errors on the wire. Reasons are frozen: clients of other versions branch on them.
constexpr std::array kRows{
    Row{Code::kMalformed, 400, "malformed", "update this program"},
    Row{Code::kProtocol, 400, "protocol", "update this program"},
    Row{Code::kUnknownSuite, 400, "unknown_suite", "update this program"},
    Row{Code::kBadSignature, 401, "bad_signature", "a proxy may have changed the request"},
    Row{Code::kUnknownDevice, 401, "unknown_device", "register this device again"},
    Row{Code::kClock, 401, "clock", "set this device's clock"},
    Row{Code::kReplayed, 401, "replayed", "the request is signed anew"},
    Row{Code::kNotPermitted, 403, "not_permitted", "ask the municipality"},
    Row{Code::kBadKey, 403, "bad_key", "register this device again"},
    Row{Code::kExpired, 403, "expired", "ask the municipality to renew this device's certificate"},
    Row{Code::kNotFound, 404, "not_found", "check the relay's address"},
    Row{Code::kTooLarge, 413, "too_large", "send less at once"},
    Row{Code::kQuota, 429, "quota", "wait, or ask the operator for more room"},
    Row{Code::kTooOften, 429, "too_often", "try again later"},
    Row{Code::kUnavailable, 503, "busy", "try again later"},
    Row{Code::kDiskFull, 507, "storage_full", "tell the relay's operator that its disk is full"},
};

const Row* row_of(Code code) {
  const auto found =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.code == code; });
  return found == kRows.end() ? nullptr : &*found;
}

const Row* row_of(std::string_view reason) {
  const auto found =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.reason == reason; });
  return found == kRows.end() ? nullptr : &*found;
}

Code code_of_status(int status) {
  if (status == 407 || status == 511 || (status >= 300 && status < 400)) return Code::kCaptivePortal;
  if (status == 413) return Code::kTooLarge;
  if (status == 429) return Code::kTooOften;
  if (status >= 500) return Code::kUnavailable;
  return Code::kProtocol;
}

}  // namespace

HttpResponse problem_response(int status, std::string_view reason, WallMs relay_time) {
  wire::Problem problem;
  problem.set_reason(std::string(reason));
  problem.set_time_ms(relay_time);
  HttpResponse response;
  response.status = status;
  response.headers.add("content-type", kProblemMediaType);
  response.headers.add(kProtocolHeader, kProtocolHeaderValue);
  if (status == 401) response.headers.add("www-authenticate", "Signature");
  response.body = to_bytes(as_bytes(problem.SerializeAsString()));
  return response;
}

HttpResponse problem_response(Code code, WallMs relay_time, std::uint32_t retry_after_s) {
  const Row* row = row_of(code);
  HttpResponse response = row ? problem_response(row->status, row->reason, relay_time)
                              : problem_response(500, "internal", relay_time);
  if (response.status == 429 || response.status >= 503)
    response.headers.add("retry-after", std::to_string(retry_after_s));
  return response;
}

std::optional<Problem> read_problem(const HttpResponse& response) {
  if (media_type(response.headers) != kProblemMediaType || !response.headers.find(kProtocolHeader) ||
      response.body.size() > kSmallBodyBytesMax)
    return std::nullopt;
  wire::Problem problem;
  if (!problem.ParseFromArray(response.body.data(), static_cast<int>(response.body.size())))
    return std::nullopt;
  return Problem{problem.reason(), problem.time_ms()};
}

Error error_of_response(const HttpResponse& response, std::string_view host) {
  const std::string who(host);
  if (const auto problem = read_problem(response)) {
    if (const Row* row = row_of(problem->reason))
      return Error(row->code, who + " refused the request: " + std::string(row->advice));
  }
  const std::string status = who + " answered " + std::to_string(response.status);
  switch (code_of_status(response.status)) {
    case Code::kCaptivePortal:
      return Error(Code::kCaptivePortal, status + ": open a browser and sign in to the network");
    case Code::kTooLarge:
      return Error(Code::kTooLarge, status + ": send less at once");
    case Code::kTooOften:
    case Code::kUnavailable:
      return Error(code_of_status(response.status), status + ": try again later");
    default:
      return Error(Code::kProtocol, status + ": check the relay's address and update this program");
  }
}

}  // namespace thuisbasis
