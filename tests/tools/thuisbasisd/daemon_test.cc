// SPDX-License-Identifier: EUPL-1.2
// The daemon as a process, over its files and its local listener; the sync itself is tested elsewhere.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "core/base/bytes.h"

namespace thuisbasis::daemon {
namespace {

constexpr const char* kProgram = TB_BIN_DIR "/thuisbasisd";

std::string registrar_key() {
  return to_base64url(*from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
}

pid_t start(const std::vector<std::string>& arguments, const std::string& output) {
  std::vector<char*> argv{const_cast<char*>(kProgram)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t process = 0;
  EXPECT_EQ(posix_spawn(&process, kProgram, &actions, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  return process;
}

int wait_for(pid_t process) {
  int status = 0;
  EXPECT_EQ(::waitpid(process, &status, 0), process);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The other end of a daemon's standard output, read line by line as events happen.
class LogPipe final {
 public:
  explicit LogPipe(std::string path) : path_(std::move(path)) {
    ::unlink(path_.c_str());
    EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    descriptor_ =
        ::open(path_.c_str(), O_RDWR | O_CLOEXEC);  // also a writer, so that opening waits for nobody
  }
  ~LogPipe() { ::close(descriptor_); }
  const std::string& path() const { return path_; }
  /// Reads on until the log holds this text; false when nothing more comes for twenty seconds.
  bool reads(const std::string& text) {
    while (text_.find(text) == std::string::npos) {
      pollfd ready{descriptor_, POLLIN, 0};
      if (::poll(&ready, 1, 20'000) != 1) return false;
      char buffer[4096];
      const ssize_t got = ::read(descriptor_, buffer, sizeof buffer);
      if (got <= 0) return false;
      text_.append(buffer, static_cast<std::size_t>(got));
    }
    return true;
  }
  const std::string& text() const { return text_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  std::string text_;
};

std::string get(int port, const std::string& path) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  std::string answer;
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(::send(descriptor, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t got = 0; (got = ::recv(descriptor, buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(descriptor);
  return answer;
}

class Daemon : public ::testing::Test {
 protected:
  Daemon() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tb-daemon-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Daemon() override {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      wait_for(process_);
    }
    std::filesystem::remove_all(folder_);
  }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  int run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--config", file("relay.toml")});
    return wait_for(start(arguments, file("output")));
  }
  std::string output() const { return content_of(file("output")); }
  void init() {
    ASSERT_EQ(run({"init", "--data", file("data"), "--registrar-key", registrar_key(), "--self-signed",
                   "localhost", "--address", "127.0.0.1", "--port", "0", "--metrics-port", "0"}),
              0)
        << output();
  }
  void serve() {
    std::filesystem::remove(file("ports"));
    log_ = std::make_unique<LogPipe>(file("log"));
    process_ = start({"serve", "--config", file("relay.toml"), "--port-file", file("ports")}, log_->path());
    ASSERT_TRUE(log_->reads("\"event\":\"started\"")) << log_->text();
    std::ifstream ports(file("ports"));
    std::string word;
    ports >> word >> port_ >> word >> metrics_port_;
  }
  int stop(int signal) {
    ::kill(process_, signal);
    const int exit = wait_for(process_);
    process_ = 0;
    return exit;
  }

  std::string folder_;
  std::unique_ptr<LogPipe> log_;
  pid_t process_ = 0;
  int port_ = 0;
  int metrics_port_ = 0;
};

TEST_F(Daemon, MakesARelayThatPassesItsOwnCheckAndIsNotMadeTwice) {
  init();
  EXPECT_EQ(run({"check-config"}), 0) << output();
  EXPECT_EQ(run({"init", "--data", file("data"), "--registrar-key", registrar_key()}), 4);
  EXPECT_NE(output().find("already exists"), std::string::npos);
}

TEST_F(Daemon, RefusesAWrongRegistrarKeyBeforeItMakesAnything) {
  EXPECT_EQ(run({"init", "--data", file("data"), "--registrar-key", "abc"}), 3);
  EXPECT_FALSE(std::filesystem::exists(file("data")));
}

TEST_F(Daemon, SaysWhatIsWrongByItsExitCode) {
  EXPECT_EQ(wait_for(start({"sreve"}, file("output"))), 2);
  EXPECT_EQ(run({"serve"}), 3) << "no configuration";
  init();
  std::filesystem::remove(file("data/relay.db"));
  EXPECT_EQ(run({"check-config"}), 4);
  EXPECT_EQ(run({"serve"}), 4);
}

TEST_F(Daemon, NeedsACertificateThatFitsItsKey) {
  init();
  std::ofstream(file("data/tls.crt"), std::ios::trunc) << "no certificate";
  EXPECT_EQ(run({"serve"}), 5) << output();
}

TEST_F(Daemon, TellsHealthReadinessAndMetricsAndStopsCleanly) {
  init();
  serve();
  EXPECT_NE(port_, 0);
  EXPECT_EQ(get(metrics_port_, "/healthz").rfind("HTTP/1.1 200", 0), 0u);
  EXPECT_EQ(get(metrics_port_, "/readyz").rfind("HTTP/1.1 200", 0), 0u);
  const std::string metrics = get(metrics_port_, "/metrics");
  for (const char* name :
       {"thuisbasisd_bundles_stored_total 0", "thuisbasisd_commit_seconds_bucket{le=\"+Inf\"} 0",
        "thuisbasisd_pushes_refused_total{reason=\"fork\"} 0", "thuisbasisd_held_requests 0"})
    EXPECT_NE(metrics.find(name), std::string::npos) << name;
  EXPECT_EQ(get(metrics_port_, "/v1/sync").rfind("HTTP/1.1 404", 0), 0u)
      << "nothing else is served without TLS";
  EXPECT_EQ(stop(SIGTERM), 0);
  EXPECT_TRUE(log_->reads("\"event\":\"stopped\"")) << log_->text();
}

TEST_F(Daemon, ReadsItsCertificateAgainOnHangup) {
  init();
  serve();
  ::kill(process_, SIGHUP);
  EXPECT_TRUE(log_->reads("certificate_loaded"));
  std::ofstream(file("data/tls.crt"), std::ios::trunc) << "no certificate";
  ::kill(process_, SIGHUP);
  EXPECT_TRUE(log_->reads("certificate_refused"));
  EXPECT_EQ(get(metrics_port_, "/healthz").rfind("HTTP/1.1 200", 0), 0u) << "and goes on with the old one";
  EXPECT_EQ(stop(SIGINT), 0);
}

TEST_F(Daemon, IsBackedUpWhileItRunsAndRestoredWhileItDoesNot) {
  init();
  serve();
  EXPECT_EQ(run({"backup", file("copy.db")}), 0) << output();
  EXPECT_EQ(run({"restore", file("copy.db")}), 4) << "the daemon holds the storage";
  EXPECT_EQ(stop(SIGKILL), -SIGKILL);
  EXPECT_EQ(run({"restore", file("copy.db")}), 0) << output();
  EXPECT_EQ(run({"restore", file("missing.db")}), 4);
  serve();
  EXPECT_EQ(get(metrics_port_, "/readyz").rfind("HTTP/1.1 200", 0), 0u);
  EXPECT_EQ(stop(SIGTERM), 0);
}

}  // namespace
}  // namespace thuisbasis::daemon
