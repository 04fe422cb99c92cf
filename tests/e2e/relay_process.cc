// SPDX-License-Identifier: EUPL-1.2
#include "tests/e2e/relay_process.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace thuisbasis::e2e {
namespace {

constexpr const char* kProgram = TB_BIN_DIR "/thuisbasisd";

/// A test asks more often in a minute than a device does in a day.
void lift_rate_limits(const std::string& config_file) {
  std::string config = content_of(config_file);
  for (const auto& [usual, here] : {std::pair{"requests_per_second = 50 ", "requests_per_second = 5000 "},
                                    std::pair{"requests_burst = 400 ", "requests_burst = 40000 "}}) {
    const std::size_t at = config.find(usual);
    ASSERT_NE(at, std::string::npos) << usual;
    config.replace(at, std::string(usual).size(), here);
  }
  std::ofstream(config_file, std::ios::trunc) << config;
}

}  // namespace

RelayProcess::RelayProcess(std::string folder, const std::string& registrar) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  const std::string config = folder_ + "/relay.toml";
  EXPECT_EQ(run({.program = kProgram,
                 .arguments = {"init", "--config", config, "--data", folder_ + "/data", "--registrar-key",
                               registrar, "--self-signed", "localhost", "--address", "127.0.0.1", "--port",
                               "0", "--metrics-port", "0"},
                 .environment = {},
                 .output = folder_ + "/init.log"}),
            0)
      << content_of(folder_ + "/init.log");
  lift_rate_limits(config);
}

void RelayProcess::start() {
  const std::string ports = folder_ + "/ports";
  std::filesystem::remove(ports);
  process_.emplace(
      Process::Start{.program = kProgram,
                     .arguments = {"serve", "--config", folder_ + "/relay.toml", "--port-file", ports},
                     .environment = {},
                     .output = folder_ + "/log"});
  const auto read_ports = [&] {
    std::ifstream file(ports);
    std::string word;
    return static_cast<bool>(file >> word >> port_ >> word >> metrics_port_);
  };
  ASSERT_TRUE(eventually(read_ports)) << log();
}

void RelayProcess::kill() {
  process_->signal(SIGKILL);
  EXPECT_EQ(process_->wait(), -SIGKILL) << "the relay ended by itself:\n" << log();
}

int RelayProcess::stop() {
  process_->signal(SIGTERM);
  return process_->wait();
}

std::string RelayProcess::get(const std::string& path) const {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(metrics_port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(::send(socket, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::array<char, 4096> buffer;
    for (ssize_t got = 0; (got = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;)
      answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(socket);
  return answer;
}

}  // namespace thuisbasis::e2e
