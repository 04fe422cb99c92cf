// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>

#include "tests/e2e/process.h"

namespace thuisbasis::e2e {

/// The real daemon over its own folder, on free loopback ports that change with every start. Its log and all
/// its files stay in the folder, whatever ends it.
class RelayProcess final {
 public:
  /// Makes the relay (`thuisbasisd init`), not started yet. The registrar's public key as base64url.
  RelayProcess(std::string folder, const std::string& registrar);

  void start();
  /// kill -9, and waits until it is gone.
  void kill();
  /// SIGTERM; the exit code.
  int stop();

  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }
  std::string url() const { return "https://localhost:" + std::to_string(port_); }
  std::string ca_file() const { return folder_ + "/data/tls.crt"; }
  const std::string& folder() const { return folder_; }
  std::string log() const { return content_of(folder_ + "/log"); }
  /// What the local listener answers, with its head: "/metrics", "/healthz".
  std::string get(const std::string& path) const;

 private:
  std::string folder_;
  std::optional<Process> process_;
  int port_ = 0;
  int metrics_port_ = 0;
};

}  // namespace thuisbasis::e2e
