// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <string>

#include "core/verify/signature.h"
#include "tools/bench/child_process.h"

namespace thuisbasis::bench {

/// The real relay, thuisbasisd, as a process of its own on a free loopback port, with TLS.
class RelayDaemon final {
 public:
  /// Makes a relay in `folder` (which is not there yet): storage, receipt key, certificate, configuration.
  static Status make(const std::string& program, const std::string& folder, const VerifyKey& registrar);
  /// A copy of a stopped relay in another folder, its configuration adapted.
  static Status copy(const std::string& from, const std::string& to);
  /// Starts the relay of `folder` and waits until it listens. kUnavailable when it does not within 10 s.
  static Result<RelayDaemon> start(const std::string& program, const std::string& folder);

  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  std::string certificate() const { return folder_ + "/data/tls.crt"; }
  pid_t process() const { return process_.id(); }

 private:
  RelayDaemon(ChildProcess process, std::string folder, int port)
      : process_(std::move(process)), folder_(std::move(folder)), port_(port) {}
  ChildProcess process_;
  std::string folder_;
  int port_;
};

}  // namespace thuisbasis::bench
