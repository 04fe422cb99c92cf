// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/clock.h"
#include "sync/wire/http_message.h"

namespace thuisbasis {

/// Why a whole request was refused: body of every 4xx and 5xx answer of the relay.
struct Problem {
  std::string reason;  ///< "clock", "unknown_device", "replayed", "bad_signature", "too_large", "malformed",
                       ///< "busy", ...
  WallMs time_ms = 0;  ///< the relay's clock
};

/// The answer for an error of the relay: status, reason and time; never the error's context.
/// kTooOften (429, RFC 6585) and kUnavailable (503) get a Retry-After of `retry_after_s`.
HttpResponse problem_response(Code code, WallMs relay_time, std::uint32_t retry_after_s = 5);
HttpResponse problem_response(int status, std::string_view reason, WallMs relay_time);

/// Nothing unless the response carries a Problem (media type and protocol header).
std::optional<Problem> read_problem(const HttpResponse& response);

/// What a response that is not a success means to the client: the code of the relay's problem, or by its
/// status when a front proxy answered. The context tells `host` and what to do.
Error error_of_response(const HttpResponse& response, std::string_view host);

}  // namespace thuisbasis
