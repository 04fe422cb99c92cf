// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/connection.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>

#include "platform/clock/system_clock.h"
#include "platform/https_server/exchange.h"
#include "platform/https_server/response_head.h"
#include "sync/wire/problem.h"

namespace thuisbasis {
namespace {

using Kind = StreamStep::Kind;
using std::chrono::milliseconds;

constexpr int kStepsPerTurn = 32;  ///< reads or writes before other connections get their turn
constexpr std::size_t kPendingBytesMax = std::size_t{16} * 1024;
constexpr std::size_t kJoinedBodyBytesMax =
    std::size_t{14} * 1024;  ///< head and body then fit one TLS record
constexpr std::size_t kBodyReserveBytes =
    kSmallBodyBytesMax;  ///< memory grows with what arrives, not with claims
constexpr milliseconds kLingerTime{2'000};

}  // namespace

Connection::Connection(std::shared_ptr<Loop> loop, boost::asio::ip::tcp::socket socket,
                       const AddressKey& address)
    : loop_(std::move(loop)),
      state_(*loop_->state),
      socket_(std::move(socket)),
      stream_(socket_.native_handle(),
              state_.with_tls([](ssl_ctx_st* context) { return share_tls_context(context); }).get()),
      address_(address),
      timer_(loop_->context) {}

void Connection::start() {
  arm(state_.options.header_timeout);
  shake_hands();
}

void Connection::shake_hands() {
  switch (stream_.handshake().kind) {
    case Kind::kMoved:
      if (state_.options.tls) {
        ++state_.counters.handshakes;
        if (stream_.is_resumed()) ++state_.counters.resumed;
      }
      become_idle(state_.options.header_timeout);
      post_readable();
      return;
    case Kind::kWantRead:
      return wait_readable();
    case Kind::kWantWrite:
      return wait_writable();
    case Kind::kClosed:
    case Kind::kFailed:
      ++state_.counters.handshakes_failed;
      return close();
  }
}

// ---- Input
// -------------------------------------------------------------------------------------------------------

bool Connection::wants_input() const {
  const bool is_busy = phase_ == Phase::kHandling || phase_ == Phase::kWriting;
  return phase_ != Phase::kClosed && !(is_busy && pending_.size() >= kPendingBytesMax);
}

void Connection::on_readable() {
  if (phase_ == Phase::kHandshake) return shake_hands();
  if (write_needs_read_) {
    write_needs_read_ = false;
    write_more();
  }
  for (int step_number = 0; step_number < kStepsPerTurn; ++step_number) {
    is_input_paused_ = !wants_input();
    if (is_input_paused_) return;
    const StreamStep step = stream_.read(loop_->scratch);
    switch (step.kind) {
      case Kind::kMoved:
        state_.counters.bytes_received += step.bytes;
        consume(ByteView(loop_->scratch).first(step.bytes));
        if (phase_ == Phase::kHandling && !stream_.has_buffered()) return wait_readable();
        break;
      case Kind::kWantRead:
        return wait_readable();
      case Kind::kWantWrite:
        return wait_writable();
      case Kind::kClosed:
      case Kind::kFailed:
        return on_peer_closed();
    }
  }
  post_readable();
}

void Connection::consume(ByteView data) {
  while (!data.empty()) {
    switch (phase_) {
      case Phase::kIdle:
        leave_idle();
        phase_ = Phase::kHead;
        arm(state_.options.header_timeout);
        break;
      case Phase::kHead:
        data = take_head(data);
        break;
      case Phase::kBody:
        data = take_body(data);
        break;
      case Phase::kHandling:
      case Phase::kWriting:
        append(pending_, data);
        return;
      case Phase::kHandshake:
      case Phase::kLingering:
      case Phase::kClosed:
        return;
    }
  }
}

ByteView Connection::take_head(ByteView data) {
  const std::size_t before = head_.size();
  if (before == 0) {
    if (const auto size = head_size(data)) {
      on_head(data.first(*size));
      return data.subspan(*size);
    }
  }
  append(head_, data.first(std::min(data.size(), kHeaderBytesMax + 1 - before)));
  const auto size = head_size(head_, before);
  if (!size) {
    if (head_.size() > kHeaderBytesMax) refuse(431, "too_large");
    return {};
  }
  const Bytes head = std::exchange(head_, {});
  on_head(ByteView(head).first(*size));
  return data.subspan(*size - before);
}

void Connection::on_head(ByteView head) {
  auto parsed = parse_request_head(head);
  if (const auto* refusal = std::get_if<HeadRefusal>(&parsed))
    return refuse(refusal->status, refusal->reason);
  request_ = std::move(std::get<RequestHead>(parsed));
  const RouteMatch route = match_route(state_.options.routes, request_.request);
  if (route.kind != RouteMatch::Kind::kFound) {
    const bool is_path = route.kind == RouteMatch::Kind::kOtherMethod;
    HttpResponse response =
        problem_response(is_path ? 405 : 404, is_path ? "method" : "not_found", SystemClock().wall_ms());
    if (is_path) response.headers.add("allow", route.allow);
    ++state_.counters.requests_refused;
    return respond(std::move(response), !request_.keep_alive || request_.body_bytes > 0);
  }
  if (request_.body_bytes > route.body_bytes_max) return refuse(413, "too_large");
  begin_body();
}

void Connection::begin_body() {
  if (request_.body_bytes == 0) return hand_over();
  if (request_.body_bytes > kSmallBodyBytesMax) {
    if (!state_.reserve_body(request_.body_bytes)) {
      HttpResponse response = problem_response(Code::kUnavailable, SystemClock().wall_ms());
      ++state_.counters.requests_refused;
      return respond(std::move(response), true);
    }
    body_room_ = request_.body_bytes;
  }
  request_.request.body.reserve(std::min(request_.body_bytes, kBodyReserveBytes));
  phase_ = Phase::kBody;
  begin_rate_window();
}

ByteView Connection::take_body(ByteView data) {
  Bytes& body = request_.request.body;
  const std::size_t size = std::min(data.size(), request_.body_bytes - body.size());
  append(body, data.first(size));
  moved_in_window_ += size;
  if (body.size() == request_.body_bytes) hand_over();
  return data.subspan(size);
}

void Connection::hand_over() {
  phase_ = Phase::kHandling;
  disarm();
  ++state_.counters.requests;
  ++state_.counters.requests_open;
  exchange_ = std::make_shared<Exchange>(loop_, weak_from_this());
  close_after_ = !request_.keep_alive;
  try {
    state_.handler.handle(std::move(request_.request), make_responder(exchange_));
  } catch (...) {
    // The responder died with the handler's stack and answered 500.
  }
  request_ = {};
}

void Connection::on_peer_closed() { close(); }

// ---- Output
// ------------------------------------------------------------------------------------------------------

void Connection::answer(const Exchange* exchange, HttpResponse response) {
  if (phase_ != Phase::kHandling || exchange != exchange_.get()) return;
  exchange_.reset();
  --state_.counters.requests_open;
  release_body_room();
  respond(std::move(response), close_after_);
}

void Connection::refuse(int status, std::string_view reason) {
  ++state_.counters.requests_refused;
  respond(problem_response(status, reason, SystemClock().wall_ms()), true);
}

void Connection::respond(HttpResponse response, bool close) {
  close_after_ = close || state_.is_draining;
  head_ = {};
  request_ = {};
  release_body_room();
  out_[0] = serialize_response_head(response, close_after_);
  if (response.body.size() <= kJoinedBodyBytesMax)
    append(out_[0], response.body);
  else
    out_[1] = std::move(response.body);
  out_part_ = 0;
  out_offset_ = 0;
  phase_ = Phase::kWriting;
  begin_rate_window();
  write_more();
}

void Connection::write_more() {
  for (int step_number = 0; step_number < kStepsPerTurn; ++step_number) {
    while (out_part_ < out_.size() && out_offset_ == out_[out_part_].size()) {
      out_[out_part_] = {};
      ++out_part_;
      out_offset_ = 0;
    }
    if (out_part_ == out_.size()) return end_response();
    const StreamStep step = stream_.write(ByteView(out_[out_part_]).subspan(out_offset_));
    switch (step.kind) {
      case Kind::kMoved:
        out_offset_ += step.bytes;
        moved_in_window_ += step.bytes;
        state_.counters.bytes_sent += step.bytes;
        break;
      case Kind::kWantWrite:
        return wait_writable();
      case Kind::kWantRead:
        write_needs_read_ = true;
        return wait_readable();
      case Kind::kClosed:
      case Kind::kFailed:
        return on_peer_closed();
    }
  }
  wait_writable();
}

void Connection::on_writable() {
  if (phase_ == Phase::kHandshake) return shake_hands();
  if (phase_ == Phase::kWriting) return write_more();
  on_readable();  // TLS had to write before it could read on
}

void Connection::end_response() {
  if (close_after_ || state_.is_draining) return linger();
  become_idle(state_.options.idle_timeout);
  const Bytes next = std::exchange(pending_, {});
  consume(next);
  if (is_input_paused_)
    post_readable();  // TLS may hold bytes that the socket will not announce again
  else
    wait_readable();
}

void Connection::linger() {
  // Closing with unread input would reset the connection and take the answer with it.
  stream_.close_notify();
  ::shutdown(socket_.native_handle(), SHUT_WR);
  phase_ = Phase::kLingering;
  pending_ = {};
  arm(kLingerTime);
  post_readable();
}

// ---- Idle, deadlines, end
// ------------------------------------------------------------------------------------------

void Connection::become_idle(milliseconds timeout) {
  phase_ = Phase::kIdle;
  idle_place_ = loop_->idle.insert(loop_->idle.end(), this);
  is_in_idle_list_ = true;
  arm(timeout);
}

void Connection::leave_idle() {
  if (!std::exchange(is_in_idle_list_, false)) return;
  loop_->idle.erase(idle_place_);
}

void Connection::close_idle() {
  stream_.close_notify();
  close();
}

void Connection::release_body_room() { state_.release_body(std::exchange(body_room_, 0)); }

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  const auto self = shared_from_this();  // the loop lets go of it below
  leave_idle();
  release_body_room();
  boost::system::error_code ignored;
  timer_.cancel(ignored);
  socket_.close(ignored);
  loop_->open.erase(this);
  --loop_->open_count;
  if (const auto exchange = std::exchange(exchange_, nullptr)) {
    --state_.counters.requests_open;
    exchange->peer_closed();
  }
  state_.release(address_);
}

void Connection::begin_rate_window() {
  moved_in_window_ = 0;
  arm(state_.options.rate_window);
}

bool Connection::moved_enough() const {
  const auto window_ms = static_cast<std::size_t>(state_.options.rate_window.count());
  return moved_in_window_ * 1000 >= state_.options.bytes_per_second_min * window_ms;
}

void Connection::on_deadline() {
  const bool is_moving = phase_ == Phase::kBody || phase_ == Phase::kWriting;
  if (is_moving && moved_enough()) return begin_rate_window();
  if (phase_ != Phase::kLingering) ++state_.counters.timed_out;
  if (phase_ == Phase::kHead || phase_ == Phase::kBody) return refuse(408, "too_slow");
  if (phase_ == Phase::kIdle) return close_idle();
  close();
}

void Connection::arm(milliseconds after) {
  deadline_ = std::chrono::steady_clock::now() + after;
  if (deadline_ < timer_at_) start_timer();  // a later deadline is looked at when the timer rings
}

void Connection::start_timer() {
  timer_at_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || self->phase_ == Phase::kClosed) return;
    self->timer_at_ = TimePoint::max();
    if (std::chrono::steady_clock::now() >= self->deadline_) {
      self->disarm();
      self->on_deadline();
    } else if (self->deadline_ != TimePoint::max()) {
      self->start_timer();
    }
  });
}

void Connection::wait_readable() {
  if (phase_ == Phase::kClosed || std::exchange(is_waiting_readable_, true)) return;
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->is_waiting_readable_ = false;
                       if (!error && self->phase_ != Phase::kClosed) self->on_readable();
                     });
}

void Connection::wait_writable() {
  if (phase_ == Phase::kClosed || std::exchange(is_waiting_writable_, true)) return;
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->is_waiting_writable_ = false;
                       if (!error && self->phase_ != Phase::kClosed) self->on_writable();
                     });
}

void Connection::post_readable() {
  boost::asio::post(loop_->context, [self = shared_from_this()] {
    if (self->phase_ != Phase::kClosed) self->on_readable();
  });
}

}  // namespace thuisbasis
