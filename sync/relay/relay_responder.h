// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "sync/wire/http_message.h"

namespace thuisbasis {

/// The way back for one request. The relay answers each exactly once, on its own thread, at once or later;
/// the implementation takes the answer to the thread of the connection.
class RelayResponder {
 public:
  virtual ~RelayResponder() = default;
  virtual void answer(HttpResponse response) = 0;
  /// True once nobody reads an answer any more.
  virtual bool is_gone() const = 0;
};

}  // namespace thuisbasis
