// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "platform/https_server/request_handler.h"

namespace thuisbasis::testing {

inline constexpr std::chrono::seconds kPatience{20};

/// Something one thread says and another waits for.
class Signal final {
 public:
  void give() {
    const std::lock_guard lock(mutex_);
    given_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return given_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool given_ = false;
};

/// POST /echo gives the body back, GET /large a mebibyte, GET /drop nothing, GET /throw an exception, GET
/// /held waits for the test, GET /v1/... what the test prepared.
class TestHandler final : public RequestHandler {
 public:
  static constexpr std::size_t kLargeBytes = 1 << 20;

  void handle(HttpRequest request, Responder responder) override {
    HttpResponse response;
    if (request.path() == "/drop") return;
    if (request.path() == "/throw") throw std::runtime_error("a mistake in a handler");
    if (request.path() == "/held" || request.path() == "/v1/live") return hold(std::move(responder));
    if (request.path() == "/large") response.body.assign(kLargeBytes, Byte{'x'});
    if (request.path() == "/echo") response.body = std::move(request.body);
    if (request.path() == "/v1/sync") response = answer_to(std::move(request));
    responder.answer(std::move(response));
  }

  /// The responder of the next held request; nothing if none comes in time.
  std::optional<Responder> take_held() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [this] { return !held_.empty(); })) return std::nullopt;
    Responder responder = std::move(held_.front());
    held_.erase(held_.begin());
    return responder;
  }
  void prepare(HttpResponse response) {
    const std::lock_guard lock(mutex_);
    prepared_ = std::move(response);
  }
  HttpRequest last_request() {
    const std::lock_guard lock(mutex_);
    return last_request_;
  }

 private:
  void hold(Responder responder) {
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(responder));
    changed_.notify_all();
  }
  HttpResponse answer_to(HttpRequest request) {
    const std::lock_guard lock(mutex_);
    last_request_ = std::move(request);
    return prepared_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Responder> held_;
  HttpResponse prepared_;
  HttpRequest last_request_;
};

}  // namespace thuisbasis::testing
