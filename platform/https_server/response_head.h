// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "sync/wire/http_message.h"

namespace thuisbasis {

/// The status line and fields of an answer, with Content-Length and (to end the connection) "Connection:
/// close". The server decides about framing: fields for that which the handler set are left out, and so are
/// fields that would not survive as one line.
Bytes serialize_response_head(const HttpResponse& response, bool close);

}  // namespace thuisbasis
