// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/relay_daemon.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "platform/files/files.h"
#include "tools/bench/measure.h"

namespace thuisbasis::bench {
namespace {

constexpr double kStartMsMax = 10'000;
constexpr std::size_t kFileBytesMax = 1 << 20;

std::string config_of(const std::string& folder) { return folder + "/thuisbasisd.toml"; }
std::string ports_of(const std::string& folder) { return folder + "/ports"; }

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

Status change_config(const std::string& file, const std::string& from, const std::string& to) {
  TB_TRY(const Bytes bytes, read_file(file, kFileBytesMax));
  std::string text = to_string(bytes);
  replace_all(text, from, to);
  return write_file(file, as_bytes(text));
}

/// What follows "listen " in the port file; 0 while it is not there.
int read_port(const std::string& file) {
  const auto bytes = read_file(file, kFileBytesMax);
  if (!bytes) return 0;
  const std::string text = to_string(*bytes);
  const std::size_t at = text.find("listen ");
  return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + 7);
}

}  // namespace

Status RelayDaemon::make(const std::string& program, const std::string& folder, const VerifyKey& registrar) {
  TB_CHECK(make_private_folder(folder));
  const std::string config = config_of(folder);
  TB_TRY(ChildProcess init,
         ChildProcess::start({program, "init", "--config", config, "--data", folder + "/data",
                              "--registrar-key", to_base64url(registrar.view()), "--self-signed", "127.0.0.1",
                              "--address", "127.0.0.1", "--port", "0", "--metrics-port", "0"},
                             folder + "/init.out", folder + "/init.log"));
  if (const Status done = init.wait(); !done)
    return Error(Code::kInternal, "`thuisbasisd init` failed, see " + folder + "/init.log");
  // All devices of a bench sit behind one address and never pause.
  TB_CHECK(change_config(config, "connections_per_address = 50", "connections_per_address = 1000"));
  return change_config(config, "requests_per_second = 50 ", "requests_per_second = 100000 ");
}

Status RelayDaemon::copy(const std::string& from, const std::string& to) {
  std::error_code problem;
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, problem);
  if (problem) return Error(Code::kIo, to + ": " + problem.message());
  TB_CHECK(remove_file(ports_of(to)));
  return change_config(config_of(to), from + "/", to + "/");
}

Result<RelayDaemon> RelayDaemon::start(const std::string& program, const std::string& folder) {
  TB_CHECK(remove_file(ports_of(folder)));
  TB_TRY(ChildProcess process, ChildProcess::start({program, "serve", "--config", config_of(folder),
                                                    "--port-file", ports_of(folder)},
                                                   folder + "/serve.out", folder + "/serve.log"));
  const Stopwatch waiting;
  while (waiting.ms() < kStartMsMax && process.is_running()) {
    if (const int port = read_port(ports_of(folder)); port != 0)
      return RelayDaemon(std::move(process), folder, port);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Error(Code::kUnavailable, "thuisbasisd does not start, see " + folder + "/serve.log");
}

}  // namespace thuisbasis::bench
