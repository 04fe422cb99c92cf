// SPDX-License-Identifier: EUPL-1.2
#include "tests/proxy/fault_proxy.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <mutex>
#include <thread>

namespace thuisbasis::testing_support {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Failure = boost::system::error_code;

constexpr std::size_t kPieceBytesMost = std::size_t{16} * 1024;
/// How often a rate limit lets something through.
constexpr std::chrono::milliseconds kRateTick{20};

}  // namespace

/// One connection of a client, with its own to the server. Lives as long as one of its operations is pending;
/// runs in the proxy's thread only.
class FaultProxy::Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket client, const ConnectionFault& fault, std::function<void()> on_strike)
      : up_(client.get_executor()),
        down_(client.get_executor()),
        client_(std::move(client)),
        server_(client_.get_executor()),
        fault_(fault),
        on_strike_(std::move(on_strike)) {}

  void start(const tcp::endpoint& server, const tcp::endpoint& from) {
    server_.open(from.protocol());
    server_.bind(from);
    server_.async_connect(server, [self = shared_from_this()](const Failure& failure) {
      if (failure) return self->end();
      self->read(self->up_);
      self->read(self->down_);
    });
  }

 private:
  /// One way: read a piece, pass it on, read the next one.
  struct Pump {
    explicit Pump(const tcp::socket::executor_type& executor) : timer(executor) {}
    asio::steady_timer timer;
    std::array<char, kPieceBytesMost> piece{};
    std::size_t from = 0;
    std::size_t until = 0;
    std::uint64_t passed = 0;
    std::size_t left() const { return until - from; }
  };

  Way way_of(const Pump& pump) const { return &pump == &up_ ? Way::kUp : Way::kDown; }
  tcp::socket& source(const Pump& pump) { return way_of(pump) == Way::kUp ? client_ : server_; }
  tcp::socket& target(const Pump& pump) { return way_of(pump) == Way::kUp ? server_ : client_; }
  bool is_struck(const Pump& pump) const {
    return fault_.fault != LineFault::kNone && way_of(pump) == fault_.way &&
           pump.passed >= fault_.after_bytes;
  }

  void read(Pump& pump) {
    source(pump).async_read_some(asio::buffer(pump.piece), [self = shared_from_this(), &pump](
                                                               const Failure& failure, std::size_t size) {
      if (failure) return self->finish(pump);
      pump.from = 0;
      pump.until = size;
      self->pass_on(pump);
    });
  }

  void pass_on(Pump& pump) {
    if (pump.left() == 0) return read(pump);
    if (is_struck(pump)) return strike(pump);
    std::uint64_t unharmed = pump.left();
    if (fault_.fault != LineFault::kNone && way_of(pump) == fault_.way)
      unharmed = std::min(unharmed, fault_.after_bytes - pump.passed);
    write(pump, static_cast<std::size_t>(unharmed));
  }

  void write(Pump& pump, std::size_t size) {
    asio::async_write(target(pump), asio::buffer(pump.piece.data() + pump.from, size),
                      [self = shared_from_this(), &pump](const Failure& failure, std::size_t written) {
                        if (failure) return self->end();
                        pump.from += written;
                        pump.passed += written;
                        self->pass_on(pump);
                      });
  }

  void strike(Pump& pump) {
    if (on_strike_) std::exchange(on_strike_, nullptr)();
    switch (fault_.fault) {
      case LineFault::kDelay:
        return write_after(pump, fault_.pause, pump.left());
      case LineFault::kRateLimit:
        return write_after(pump, kRateTick, fault_.bytes_per_second * kRateTick.count() / 1000 + 1);
      case LineFault::kDrip:
        return write_after(pump, fault_.pause, 1);
      case LineFault::kBlackHole:
        return read(pump);  // over what was there
      case LineFault::kReset:
        for (tcp::socket* socket : {&client_, &server_}) {
          Failure ignored;
          socket->set_option(asio::socket_base::linger(true, 0), ignored);
        }
        return end();
      case LineFault::kCut:
      case LineFault::kNone:
        return end();
    }
  }

  void write_after(Pump& pump, std::chrono::milliseconds pause, std::size_t size) {
    pump.timer.expires_after(pause);
    pump.timer.async_wait([self = shared_from_this(), &pump, size](const Failure& failure) {
      if (failure) return self->end();
      self->write(pump, std::min(size, pump.left()));
    });
  }

  /// The source has no more; the other way goes on until it ends as well. A client that went away ends both.
  void finish(Pump& pump) {
    Failure ignored;
    target(pump).shutdown(tcp::socket::shutdown_send, ignored);
    finished_ = finished_ + 1;
    if (finished_ == 2 || fault_.fault == LineFault::kBlackHole) end();
  }
  void end() {
    Failure ignored;
    client_.close(ignored);
    server_.close(ignored);
    up_.timer.cancel();
    down_.timer.cancel();
  }

  Pump up_;
  Pump down_;
  tcp::socket client_;
  tcp::socket server_;
  const ConnectionFault fault_;
  std::function<void()> on_strike_;
  int finished_ = 0;
};

struct FaultProxy::Core {
  Core(std::uint16_t server_port, const std::string& seen_as)
      : acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        server(asio::ip::address_v4::loopback(), server_port),
        seen_from(asio::ip::make_address_v4(seen_as), 0) {
    accept();
    thread = std::jthread([this] { context.run(); });
  }

  void accept() {
    acceptor.async_accept([this](const Failure& failure, tcp::socket client) {
      if (failure) return;
      client.set_option(tcp::no_delay(true));
      const std::lock_guard lock(mutex);
      const auto fault = plan.at(connections++);
      // A connection of an earlier plan strikes nothing of this one.
      const auto tally = struck;
      std::make_shared<Session>(std::move(client), fault, [tally] { ++*tally; })->start(server, seen_from);
      accept();
    });
  }

  asio::io_context context{1};
  tcp::acceptor acceptor;
  const tcp::endpoint server;
  const tcp::endpoint seen_from;
  mutable std::mutex mutex;  ///< guards what follows
  FaultPlan plan;
  std::uint64_t connections = 0;
  std::shared_ptr<std::atomic<std::uint64_t>> struck = std::make_shared<std::atomic<std::uint64_t>>(0);
  std::jthread thread;  ///< last: it uses all the others
};

FaultProxy::FaultProxy(std::uint16_t server_port, const std::string& seen_as)
    : core_(std::make_unique<Core>(server_port, seen_as)) {}
FaultProxy::~FaultProxy() {
  core_->context.stop();
  core_->thread.join();
}

std::uint16_t FaultProxy::port() const { return core_->acceptor.local_endpoint().port(); }

void FaultProxy::begin(const FaultPlan& plan) {
  const std::lock_guard lock(core_->mutex);
  core_->plan = plan;
  core_->connections = 0;
  core_->struck = std::make_shared<std::atomic<std::uint64_t>>(0);
}

std::uint64_t FaultProxy::connections() const {
  const std::lock_guard lock(core_->mutex);
  return core_->connections;
}

std::uint64_t FaultProxy::struck() const {
  const std::lock_guard lock(core_->mutex);
  return *core_->struck;
}

}  // namespace thuisbasis::testing_support
