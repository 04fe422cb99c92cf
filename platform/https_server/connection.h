// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <unordered_map>

#include "platform/https_server/request_head.h"
#include "platform/https_server/server_state.h"
#include "platform/https_server/stream.h"

namespace thuisbasis {

class Connection;
class Exchange;

/// One thread's event loop and the connections that live on it. Everything but `context` is touched by that
/// thread only. Owned by the server, and by the exchanges that may still want to post to it.
struct Loop final {
  explicit Loop(std::shared_ptr<ServerState> server_state) : state(std::move(server_state)) {}

  static constexpr std::size_t kScratchBytes = std::size_t{32} * 1024;
  const std::shared_ptr<ServerState> state;
  std::array<Byte, kScratchBytes>
      scratch{};                ///< every connection reads through it, so that idle ones need no buffer
  std::list<Connection*> idle;  ///< the oldest first
  std::unordered_map<Connection*, std::shared_ptr<Connection>> open;  ///< owns them; close() takes one out
  std::atomic<std::size_t> open_count{0};
  boost::asio::io_context context{1};  ///< last: its handlers keep connections, which use the rest
};

/// One connection from accept to close: TLS handshake, requests one after the other, answers. Owned by its
/// loop until close(), and by its pending operations.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Loop> loop, boost::asio::ip::tcp::socket socket, const AddressKey& address);

  void start();
  /// The handler's answer to `exchange`; ignored when that is not the one being handled.
  void answer(const Exchange* exchange, HttpResponse response);
  /// For one without a request in progress: says goodbye and closes.
  void close_idle();
  void close();

 private:
  enum class Phase : std::uint8_t {
    kHandshake,
    kIdle,
    kHead,
    kBody,
    kHandling,
    kWriting,
    kLingering,
    kClosed
  };
  using TimePoint = std::chrono::steady_clock::time_point;

  void shake_hands();
  void on_readable();
  void on_writable();
  void consume(ByteView data);
  ByteView take_head(ByteView data);
  ByteView take_body(ByteView data);
  void on_head(ByteView head);
  void begin_body();
  void hand_over();
  void refuse(int status, std::string_view reason);
  void respond(HttpResponse response, bool close);
  void write_more();
  void end_response();
  void become_idle(std::chrono::milliseconds timeout);
  void leave_idle();
  void linger();
  void on_peer_closed();

  bool wants_input() const;
  void wait_readable();
  void wait_writable();
  void post_readable();
  void arm(std::chrono::milliseconds after);
  void disarm() { deadline_ = TimePoint::max(); }
  void start_timer();
  void on_deadline();
  void begin_rate_window();
  bool moved_enough() const;
  void release_body_room();

  const std::shared_ptr<Loop> loop_;
  ServerState& state_;
  boost::asio::ip::tcp::socket socket_;
  Stream stream_;
  const AddressKey address_;
  Phase phase_ = Phase::kHandshake;
  bool is_waiting_readable_ = false;
  bool is_waiting_writable_ = false;
  bool is_input_paused_ = false;
  bool write_needs_read_ = false;
  bool close_after_ = false;
  Bytes head_;     // of a head that came in pieces
  Bytes pending_;  // what came after the request being handled
  RequestHead request_;
  std::size_t body_room_ = 0;  // reserved at the server
  std::shared_ptr<Exchange> exchange_;
  std::array<Bytes, 2> out_;  // head (with a small body), large body
  std::size_t out_part_ = 0;
  std::size_t out_offset_ = 0;
  std::size_t moved_in_window_ = 0;
  std::list<Connection*>::iterator idle_place_;
  bool is_in_idle_list_ = false;
  boost::asio::steady_timer timer_;
  TimePoint deadline_ = TimePoint::max();
  TimePoint timer_at_ = TimePoint::max();
};

}  // namespace thuisbasis
