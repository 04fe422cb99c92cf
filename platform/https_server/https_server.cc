// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/https_server.h"

#include <csignal>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <thread>

#include "platform/https_server/connection.h"

namespace thuisbasis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using WorkGuard = asio::executor_work_guard<asio::io_context::executor_type>;

constexpr int kBacklog = 1024;
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::seconds kTrimPeriod{5};
constexpr std::uint64_t kTrimAfterConnections = 256;

AddressKey address_key(const asio::ip::address& address) {
  if (address.is_v4()) return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
  AddressKey key = address.to_v6().to_bytes();
  if (!address.to_v6().is_v4_mapped()) std::fill(key.begin() + 8, key.end(), Byte{0});
  return key;
}

Error io_error(const std::string& doing, const boost::system::error_code& error) {
  return Error(Code::kIo, doing + ": " + error.message());
}

/// Opens, or takes over, the listening socket.
Status listen(tcp::acceptor& acceptor, const HttpsServerOptions& options) {
  boost::system::error_code error;
  if (options.inherited_socket >= 0) {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    ::getsockname(options.inherited_socket, reinterpret_cast<sockaddr*>(&name), &size);
    acceptor.assign(name.ss_family == AF_INET ? tcp::v4() : tcp::v6(), options.inherited_socket, error);
    if (error) return io_error("inherited socket", error);
    return {};
  }
  asio::ip::address address = asio::ip::make_address(options.address, error);
  if (error) return Error(Code::kInvalidArgument, "listening address " + options.address + " is not numeric");
  acceptor.open(address.is_v6() ? tcp::v6() : tcp::v4(), error);
  if (error == asio::error::address_family_not_supported && address.is_v6() && address.is_unspecified()) {
    address = asio::ip::address_v4::any();  // a machine without IPv6
    acceptor.open(tcp::v4(), error);
  }
  const std::string where = options.address + " port " + std::to_string(options.port);
  if (error) return io_error("open " + where, error);
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (address.is_v6()) acceptor.set_option(asio::ip::v6_only(!address.is_unspecified()), error);
  acceptor.bind({address, options.port}, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error) return io_error("listen on " + where, error);
  return {};
}

Status check_options(const HttpsServerOptions& options) {
  if (options.loops == 0 || options.connections_max == 0)
    return Error(Code::kInvalidArgument, "a server needs at least one loop and one connection");
  if (options.tls || options.inherited_socket >= 0) return {};
  boost::system::error_code error;
  if (!asio::ip::make_address(options.address, error).is_loopback() || error)
    return Error(Code::kInvalidArgument,
                 "without TLS only loopback addresses are served, not " + options.address);
  return {};
}

void run_loop(Loop& loop) {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (true) {
    try {
      loop.context.run();
      return;
    } catch (...) {
      // Out of memory in one connection's step: that connection dies with its handler, the others go on.
    }
  }
}

}  // namespace

struct HttpsServer::Core {
  Core(HttpsServerOptions options, RequestHandler& handler)
      : state(std::make_shared<ServerState>(std::move(options), handler)) {
    for (unsigned number = 0; number < state->options.loops; ++number) {
      loops.push_back(std::make_shared<Loop>(state));
      work.emplace_back(loops.back()->context.get_executor());
    }
    acceptor.emplace(loops.front()->context);
    pause.emplace(loops.front()->context);
    trim.emplace(loops.front()->context);
  }

  void run() {
    accept_next();
    trim_later();
    for (const auto& loop : loops) threads.emplace_back([loop] { run_loop(*loop); });
  }

  void stop() {
    state->is_stopping = true;
    asio::post(loops.front()->context, [this] {
      close_acceptor();
      pause->cancel();
      trim->cancel();
    });
    for (const auto& loop : loops)
      asio::post(loop->context, [loop] {
        while (!loop->open.empty()) loop->open.begin()->second->close();
      });
    work.clear();
    for (std::thread& thread : threads) thread.join();
  }

  void close_acceptor() {
    boost::system::error_code ignored;
    acceptor->close(ignored);
  }

  void accept_next() {
    const auto least = std::min_element(loops.begin(), loops.end(), [](const auto& a, const auto& b) {
      return a->open_count.load() < b->open_count.load();
    });
    acceptor->async_accept((*least)->context,
                           [this, loop = *least](boost::system::error_code error, tcp::socket socket) {
                             if (!acceptor->is_open()) return;
                             if (error)
                               return pause_accepting();  // out of descriptors: those that close make room
                             take_in(loop, std::move(socket));
                             accept_next();
                           });
  }

  void pause_accepting() {
    pause->expires_after(kAcceptPause);
    pause->async_wait([this](boost::system::error_code error) {
      if (!error && acceptor->is_open()) accept_next();
    });
  }

  void take_in(const std::shared_ptr<Loop>& loop, tcp::socket socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;
    socket.non_blocking(true, error);
    socket.set_option(tcp::no_delay(true), error);
    const AddressKey address = address_key(peer.address());
    if (!state->admit(address)) {
      ++state->counters.refused;
      return;
    }
    ++state->counters.accepted;
    asio::post(loop->context, [loop, address, socket = std::move(socket)]() mutable {
      adopt(loop, std::move(socket), address);
    });
  }

  static void adopt(const std::shared_ptr<Loop>& loop, tcp::socket socket, const AddressKey& address) {
    ServerState& state = *loop->state;
    const std::size_t share = std::max<std::size_t>(1, state.options.connections_max / state.options.loops);
    bool has_room = loop->open.size() < share;
    if (!has_room && !loop->idle.empty()) {
      loop->idle.front()->close_idle();
      ++state.counters.evicted;
      has_room = true;
    }
    if (!has_room || state.is_draining || state.is_stopping) {
      if (!has_room) ++state.counters.refused;
      socket.close();
      return state.release(address);
    }
    const auto connection = std::make_shared<Connection>(loop, std::move(socket), address);
    loop->open.emplace(connection.get(), connection);
    ++loop->open_count;
    connection->start();
  }

  /// Gives memory of closed connections back to the system; after a reconnect storm that is most of it.
  void trim_later() {
    trim->expires_after(kTrimPeriod);
    trim->async_wait([this](boost::system::error_code error) {
      if (error) return;
      const std::uint64_t accepted = state->counters.accepted;
      const std::uint64_t closed = accepted - std::min<std::uint64_t>(accepted, state->open());
      if (closed - trimmed_at >= kTrimAfterConnections) {
        trimmed_at = closed;
#if defined(__GLIBC__)
        malloc_trim(0);
#endif
      }
      trim_later();
    });
  }

  std::shared_ptr<ServerState> state;
  std::vector<std::shared_ptr<Loop>> loops;
  std::vector<WorkGuard> work;
  std::optional<tcp::acceptor> acceptor;
  std::optional<asio::steady_timer> pause;
  std::optional<asio::steady_timer> trim;
  std::uint64_t trimmed_at = 0;
  std::vector<std::thread> threads;
  std::uint16_t port = 0;
};

HttpsServer::HttpsServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}
HttpsServer::~HttpsServer() { core_->stop(); }

Result<std::unique_ptr<HttpsServer>> HttpsServer::start(HttpsServerOptions options, RequestHandler& handler) {
  TB_CHECK(check_options(options));
  auto core = std::make_unique<Core>(std::move(options), handler);
  TB_CHECK(core->state->load_tls());
  TB_CHECK(listen(*core->acceptor, core->state->options));
  boost::system::error_code error;
  core->port = core->acceptor->local_endpoint(error).port();
  core->run();
  return std::unique_ptr<HttpsServer>(new HttpsServer(std::move(core)));
}

std::uint16_t HttpsServer::port() const { return core_->port; }

Status HttpsServer::reload_certificate() { return core_->state->load_tls(); }

void HttpsServer::begin_drain() {
  core_->state->is_draining = true;
  asio::post(core_->loops.front()->context, [core = core_.get()] { core->close_acceptor(); });
  for (const auto& loop : core_->loops)
    asio::post(loop->context, [loop] {
      while (!loop->idle.empty()) loop->idle.front()->close_idle();
    });
}

bool HttpsServer::wait_drained(std::chrono::milliseconds time_max) {
  return core_->state->wait_until_none_open(time_max);
}

HttpsServerStats HttpsServer::stats() const {
  const ServerState::Counters& counters = core_->state->counters;
  HttpsServerStats stats;
  stats.connections_open = core_->state->open();
  stats.requests_open = counters.requests_open;
  stats.connections_accepted = counters.accepted;
  stats.connections_refused = counters.refused;
  stats.connections_evicted = counters.evicted;
  stats.connections_timed_out = counters.timed_out;
  stats.handshakes = counters.handshakes;
  stats.handshakes_resumed = counters.resumed;
  stats.handshakes_failed = counters.handshakes_failed;
  stats.requests = counters.requests;
  stats.requests_refused = counters.requests_refused;
  stats.bytes_received = counters.bytes_received;
  stats.bytes_sent = counters.bytes_sent;
  return stats;
}

}  // namespace thuisbasis
