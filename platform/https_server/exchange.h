// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <memory>
#include <mutex>

#include "platform/https_server/request_handler.h"

namespace thuisbasis {

class Connection;
struct Loop;

/// One request under way: what its connection (on the loop's thread) and its responder (on any) know of each
/// other.
class Exchange final : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(std::shared_ptr<Loop> loop, std::weak_ptr<Connection> connection);

  /// The connection's side: the peer closed. Runs the callback, if there is one.
  void peer_closed();

  /// The responder's side.
  void answer(HttpResponse response);
  bool is_peer_gone() const;
  void when_peer_gone(std::function<void()> call);

 private:
  const std::shared_ptr<Loop> loop_;
  const std::weak_ptr<Connection> connection_;
  mutable std::mutex mutex_;
  bool is_gone_ = false;
  std::function<void()> on_gone_;
};

Responder make_responder(std::shared_ptr<Exchange> exchange);

}  // namespace thuisbasis
