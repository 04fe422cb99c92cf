// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasisd/serve.h"

#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>

#include "platform/files/files.h"
#include "tools/thuisbasisd/front.h"
#include "tools/thuisbasisd/log.h"
#include "tools/thuisbasisd/service_manager.h"

namespace thuisbasis::daemon {
namespace {

constexpr long kWatchMs = 500;

/// The signals this program waits for, blocked in every thread from now on.
sigset_t block_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

int wait_for_signal(const sigset_t& set) {
  const timespec timeout{0, kWatchMs * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &timeout);
  return signal < 0 ? 0 : signal;
}

HttpsServerOptions public_options(const Config& config) {
  HttpsServerOptions options;
  options.address = config.listen_address;
  options.port = config.listen_port;
  options.tls = TlsFiles{config.tls_certificate, config.tls_key};
  options.allow_tls_1_2 = config.allow_tls_1_2;
  options.routes = Front::public_routes();
  options.loops = config.loops;
  options.connections_max = config.connections_max;
  options.connections_per_address_max = config.connections_per_address_max;
  return options;
}

HttpsServerOptions local_options(const Config& config) {
  HttpsServerOptions options;
  options.address = config.metrics_address;
  options.port = *config.metrics_port;
  options.routes = Front::local_routes();
  options.connections_max = 16;
  options.connections_per_address_max = 16;
  return options;
}

/// Everything that runs, in the order in which it must end.
struct Daemon {
  std::unique_ptr<RelayThread> relay;
  std::unique_ptr<Front> front;
  std::unique_ptr<HttpsServer> server;
  std::unique_ptr<HttpsServer> local;
};

Status open_network(const Config& config, const std::string& port_file, Daemon& daemon) {
  TB_TRY(daemon.server, HttpsServer::start(public_options(config), *daemon.front));
  daemon.front->watch(*daemon.server);
  if (config.metrics_port) {
    TB_TRY(daemon.local, HttpsServer::start(local_options(config), *daemon.front));
  }
  if (port_file.empty()) return {};
  std::string ports = "listen " + std::to_string(daemon.server->port()) + "\n";
  if (daemon.local) ports += "metrics " + std::to_string(daemon.local->port()) + "\n";
  return write_file(port_file, as_bytes(ports));
}

void reload_certificate(HttpsServer& server) {
  if (const Status status = server.reload_certificate(); !status)
    log_error(Event::kCertificateRefused, status.error());
  else
    log_info(Event::kCertificateLoaded);
}

/// Readiness goes first; then held requests are let go, spread over half of the time; then connections end.
void drain(const Config& config, Daemon& daemon) {
  log_info(Event::kStopping, {{"drain_seconds", std::int64_t{config.drain_seconds}}});
  tell_service_manager("STOPPING=1");
  const auto time = std::chrono::seconds(config.drain_seconds);
  daemon.front->begin_drain();
  daemon.server->begin_drain();
  daemon.relay->drain(std::chrono::milliseconds(time).count() / 2);
  if (!daemon.server->wait_drained(time)) log_warning(Event::kDrainCut);
}

Exit watch(const Config& config, const sigset_t& signals, Daemon& daemon) {
  const bool has_watchdog = std::getenv("WATCHDOG_USEC") != nullptr;
  for (;;) {
    switch (wait_for_signal(signals)) {
      case SIGHUP:
        reload_certificate(*daemon.server);
        break;
      case SIGTERM:
      case SIGINT:
        drain(config, daemon);
        return Exit::kOk;
      default:
        break;
    }
    if (const auto broken = daemon.relay->broken()) {
      log_error(Event::kStorageBroken, *broken);
      return Exit::kStorage;
    }
    // Only while the relay's thread still answers: that is what the watchdog is to notice.
    if (has_watchdog) daemon.relay->look([](const RelayView&) { tell_service_manager("WATCHDOG=1"); });
  }
}

Exit exit_of(const Error& error) {
  switch (error.code()) {
    case Code::kBadKey:
    case Code::kNotPermitted:
      return Exit::kConfiguration;
    default:
      return Exit::kStorage;
  }
}

}  // namespace

Exit serve(const Config& config, const std::string& port_file) {
  const sigset_t signals = block_signals();
  open_log(config.log_level);
  Daemon daemon;
  auto relay = RelayThread::start(config);
  if (!relay) {
    log_error(Event::kStopped, relay.error());
    return exit_of(relay.error());
  }
  daemon.relay = std::move(*relay);
  daemon.front = std::make_unique<Front>(*daemon.relay, config);
  if (const Status status = open_network(config, port_file, daemon); !status) {
    log_error(Event::kStopped, status.error());
    return Exit::kNetwork;
  }
  log_info(Event::kStarted, {{"port", std::int64_t{daemon.server->port()}},
                             {"metrics_port", std::int64_t{daemon.local ? daemon.local->port() : 0}}});
  tell_service_manager("READY=1");
  const Exit exit = watch(config, signals, daemon);
  daemon.local.reset();
  daemon.server.reset();
  daemon.relay->stop();
  log_info(Event::kStopped);
  return exit;
}

}  // namespace thuisbasis::daemon
