// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <memory>

#include "sync/wire/http_message.h"

namespace thuisbasis {

/// The way back for one request, as the server (or a test) implements it. Every method may be called from any
/// thread.
class AnswerPort {
 public:
  virtual ~AnswerPort() = default;
  virtual void answer(HttpResponse response) = 0;
  virtual bool peer_gone() const = 0;
  virtual void when_peer_gone(std::function<void()> call) = 0;
};

/// The duty to answer one request: now, or later from another thread (a held request). Move-only; dropping it
/// without an answer sends 500, so that no client waits for nothing. May outlive the server: an answer then
/// goes nowhere.
class Responder final {
 public:
  explicit Responder(std::unique_ptr<AnswerPort> port) : port_(std::move(port)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  /// Sends the answer; call once.
  void answer(HttpResponse response);
  /// True once the peer closed its connection: nobody reads an answer any more.
  bool peer_gone() const { return port_ && port_->peer_gone(); }
  /// Calls back at most once, on a thread of the server (or at once, if the peer is gone already). Not after
  /// answer().
  void when_peer_gone(std::function<void()> call);

 private:
  std::unique_ptr<AnswerPort> port_;
};

/// What the server calls for every complete request to a known route. Called on a loop's thread, concurrently
/// when there are several loops: it must not block, so work that waits for the disk goes to another thread
/// together with the responder. The handler must outlive the server.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  virtual void handle(HttpRequest request, Responder responder) = 0;
};

}  // namespace thuisbasis
