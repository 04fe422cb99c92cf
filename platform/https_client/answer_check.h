// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "sync/wire/http_message.h"

namespace thuisbasis {

/// Whether a response may be from the relay at all: networks with a sign-in page, filters and proxies answer
/// in its place. Passes what carries the protocol header, and 429, 502, 503, 504 from anyone; kCaptivePortal
/// for redirects, 407, 511 and pages in place of an answer; kProtocol for other servers. Pure.
Status check_answer(const HttpResponse& response, const std::string& host);

}  // namespace thuisbasis
