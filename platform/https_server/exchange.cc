// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/exchange.h"

#include <boost/asio/post.hpp>

#include "platform/https_server/connection.h"

namespace thuisbasis {
namespace {

class ExchangePort final : public AnswerPort {
 public:
  explicit ExchangePort(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  void answer(HttpResponse response) override { exchange_->answer(std::move(response)); }
  bool peer_gone() const override { return exchange_->is_peer_gone(); }
  void when_peer_gone(std::function<void()> call) override { exchange_->when_peer_gone(std::move(call)); }

 private:
  const std::shared_ptr<Exchange> exchange_;
};

}  // namespace

Exchange::Exchange(std::shared_ptr<Loop> loop, std::weak_ptr<Connection> connection)
    : loop_(std::move(loop)), connection_(std::move(connection)) {}

void Exchange::peer_closed() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    is_gone_ = true;
    call.swap(on_gone_);
  }
  if (call) call();
}

void Exchange::answer(HttpResponse response) {
  std::function<void()> dropped;  // destroyed outside the lock: it may own anything
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(on_gone_);
    if (is_gone_) return;
  }
  boost::asio::post(loop_->context, [self = shared_from_this(), response = std::move(response)]() mutable {
    if (const auto connection = self->connection_.lock()) connection->answer(self.get(), std::move(response));
  });
}

bool Exchange::is_peer_gone() const {
  const std::lock_guard lock(mutex_);
  return is_gone_;
}

void Exchange::when_peer_gone(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_gone_) {
      on_gone_ = std::move(call);
      return;
    }
  }
  call();
}

Responder make_responder(std::shared_ptr<Exchange> exchange) {
  return Responder(std::make_unique<ExchangePort>(std::move(exchange)));
}

}  // namespace thuisbasis
