// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/request_handler.h"

#include "core/base/assert.h"
#include "sync/wire/problem.h"

namespace thuisbasis {

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    Responder dropped(std::move(*this));
    port_ = std::move(other.port_);
  }
  return *this;
}

Responder::~Responder() {
  if (port_) answer(problem_response(500, "internal", 0));
}

void Responder::answer(HttpResponse response) {
  TB_ASSERT(port_ != nullptr);
  const std::unique_ptr<AnswerPort> port = std::move(port_);
  port->answer(std::move(response));
}

void Responder::when_peer_gone(std::function<void()> call) {
  TB_ASSERT(port_ != nullptr);
  port_->when_peer_gone(std::move(call));
}

}  // namespace thuisbasis
