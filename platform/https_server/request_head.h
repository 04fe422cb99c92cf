// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>
#include <variant>

#include "sync/wire/http_message.h"

namespace thuisbasis {

/// A request without its body, which has exactly `body_bytes` and follows the head.
struct RequestHead {
  HttpRequest request;
  std::size_t body_bytes = 0;
  bool keep_alive = true;
};

/// Why a head is refused. The connection cannot go on: nobody knows where the next request starts.
struct HeadRefusal {
  int status = 400;
  std::string_view reason;  ///< for the Problem of the answer
};

/// How many bytes the head takes, with the empty line that ends it; nothing while that has not come. `from`
/// is where to start looking: the end of what was looked at before.
std::optional<std::size_t> head_size(ByteView bytes, std::size_t from = 0);

/// Parses one whole head (RFC 9112) and refuses whatever another parser could read differently: obsolete
/// folding, bare line ends, Transfer-Encoding (411), repeated or odd lengths, hosts other than one, upgrades,
/// absolute targets, versions other than 1.1 (505), Content-Encoding (415), Expect (417), more than
/// kHeaderBytesMax (431). Pure; any bytes.
std::variant<RequestHead, HeadRefusal> parse_request_head(ByteView head);

}  // namespace thuisbasis
