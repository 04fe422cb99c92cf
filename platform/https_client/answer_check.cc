// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_client/answer_check.h"

namespace thuisbasis {
namespace {

bool is_overload(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

bool is_sign_in(int status) { return status == 407 || status == 511 || (status >= 300 && status < 400); }

}  // namespace

Status check_answer(const HttpResponse& response, const std::string& host) {
  const std::string what =
      "something between this device and " + host + " answered " + std::to_string(response.status);
  if (is_sign_in(response.status))
    return Error(Code::kCaptivePortal, what + ": open a browser and sign in to the network, then try again");
  if (is_overload(response.status)) return {};
  if (response.headers.find(kProtocolHeader) == kProtocolHeaderValue) {
    if (response.status != 200 || media_type(response.headers) == kSyncMediaType) return {};
    return Error(Code::kProtocol, host + " answered with media type '" + media_type(response.headers) +
                                      "': check the relay's address and update this program");
  }
  if (response.headers.find(kProtocolHeader))
    return Error(Code::kProtocol, host + " speaks another protocol version: update this program");
  if (response.status == 200 || response.status == 403 || response.status == 451)
    return Error(Code::kCaptivePortal,
                 what +
                     " with a page of its own: open a browser and sign in to the network, or "
                     "ask who runs it to let " +
                     host + " through");
  return Error(Code::kProtocol, "the server at " + host + " answered " + std::to_string(response.status) +
                                    " and is no relay: check the relay's address");
}

}  // namespace thuisbasis
