// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/agent.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <thread>

#include "platform/vault_socket/vault_socket.h"
#include "platform/vault_socket/vault_socket_client.h"
#include "tools/thuisbasis/program.h"
#include "tools/thuisbasis/watcher.h"

namespace thuisbasis {
namespace {

constexpr int kForever = -1;
constexpr int kMinutesDefault = 30;
constexpr int kMinutesMax = 24 * 60;
constexpr std::size_t kChunkBytes = 32 * 1024;

/// The console of a command that another process asked for.
class PeerConsole final : public Console {
 public:
  PeerConsole(VaultConnection& connection, VaultRequest& request)
      : connection_(connection), request_(request) {}

  void out(std::string_view text) override {
    append(waiting_, as_bytes(text));
    if (waiting_.size() >= kChunkBytes) flush();
  }
  void error(std::string_view text) override {
    flush();
    send({VaultReply::Type::kError, to_bytes(as_bytes(text)), 0});
  }
  bool is_terminal() const override { return request_.terminal; }
  Result<Bytes> input() override { return std::move(request_.input); }
  std::string path(std::string_view typed) const override {
    return (std::filesystem::path(request_.folder) / typed).string();
  }
  Result<Secret> ask_secret(std::string_view) override {
    return Error(Code::kNotUnlocked, "nobody can be asked here");
  }
  Result<std::string> ask(std::string_view) override {
    return Error(Code::kNotPermitted, "nobody can be asked here");
  }

  void finish(int exit_code) {
    flush();
    send({VaultReply::Type::kExit, {}, exit_code});
  }

 private:
  void flush() {
    if (!waiting_.empty()) send({VaultReply::Type::kOut, std::exchange(waiting_, {}), 0});
  }
  // A peer that went away loses its answer, never the work.
  void send(const VaultReply& reply) { (void)connection_.send(reply); }

  VaultConnection& connection_;
  VaultRequest& request_;
  Bytes waiting_;
};

/// The vault that is open already.
class HeldVault final : public VaultAccess {
 public:
  explicit HeldVault(OpenVault& opened) : opened_(opened) {}
  Result<OpenVault*> open() override { return &opened_; }
  Result<OpenVault*> open_or_create() override { return &opened_; }
  Result<PageDamage> page_damage() override { return PageDamage{}; }
  Result<RepairOutcome> repair() override {
    return Error(Code::kLocked, "the vault is open in another process");
  }
  Status repair_shown() override { return opened_.vault->repair_report_shown(); }

 private:
  OpenVault& opened_;
};

/// Serves commands until woken, asked to lock, or idle for `wait_ms`. Keeps the asking connection of a lock
/// open, so that its end tells the other side that the vault is free.
class Owner final {
 public:
  Owner(OpenVault& opened, VaultSocket& socket) : opened_(opened), socket_(socket) {}

  Status serve(int wait_ms) {
    while (!locking_) {
      TB_TRY(auto connection, socket_.accept(wait_ms));
      if (!connection) return {};
      serve_one(std::move(*connection));
    }
    return {};
  }

 private:
  void serve_one(VaultConnection connection) {
    auto request = connection.receive();
    if (!request) return;
    const Language language = parse_language(request->language).value_or(Language::kDutch);
    CommandLine line = parse_command_line(request->arguments, {opened_.folder.path, language});
    PeerConsole console(connection, *request);
    const std::string_view path = line.command == nullptr ? "" : line.command->path;
    if (path == "lock") {
      console.finish(0);
      // As long as the process: its end must come after the socket's and the vault's.
      static std::optional<VaultConnection> asking;
      asking.emplace(std::move(connection));
      locking_ = true;
      return;
    }
    if (line.command != nullptr && (line.command->home != Home::kOwner || line.arguments.has("--watch")))
      return;
    const std::lock_guard busy(opened_.busy);
    HeldVault access(opened_);
    const int exit = run_command(line, console, access);
    if (opened_.watcher != nullptr && line.command != nullptr && line.command->writes)
      opened_.watcher->written();
    console.finish(exit);
  }

  OpenVault& opened_;
  VaultSocket& socket_;
  bool locking_ = false;
};

std::atomic<int> wake_descriptor{-1};

void on_signal(int) {
  const std::uint64_t one = 1;
  (void)!::write(wake_descriptor, &one, sizeof one);
}

/// SIGTERM and SIGINT wake the socket as long as it lives.
class EndSignals final {
 public:
  explicit EndSignals(const VaultSocket& socket) {
    wake_descriptor = socket.wake_descriptor();
    std::signal(SIGTERM, on_signal);
    std::signal(SIGINT, on_signal);
  }
  ~EndSignals() {
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    wake_descriptor = -1;
  }
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;
};

// ---- The background process of unlock ----

/// What the background process tells the one that started it: "" when all is well, else code and context.
void report(int pipe, const Status& status) {
  const std::string line =
      status ? "0"
             : std::to_string(static_cast<unsigned>(status.error().code())) + " " + status.error().context();
  (void)!::write(pipe, line.data(), line.size());
  ::close(pipe);
}

Status read_report(int pipe) {
  std::string line;
  std::array<char, 512> part{};
  for (ssize_t size = 0; (size = ::read(pipe, part.data(), part.size())) > 0;)
    line.append(part.data(), static_cast<std::size_t>(size));
  ::close(pipe);
  if (line == "0") return {};
  unsigned code = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), code);
  if (error != std::errc() || end == line.data() + line.size())
    return Error(Code::kInternal, "the background process ended without a word");
  return Error(static_cast<Code>(code), std::string(end + 1));
}

void leave_terminal() {
  ::setsid();
  std::signal(SIGHUP, SIG_IGN);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
  ::close(nowhere);
}

/// Opens and serves; reports once it is ready or has failed. The exit code of the background process.
int serve_in_background(Context& context, int pipe, int minutes) {
  auto opened = context.open();
  auto socket = opened ? VaultSocket::listen((*opened)->folder.socket(), ::geteuid())
                       : Result<VaultSocket>(std::move(opened.error()));
  if (!socket) {
    report(pipe, std::move(socket.error()));
    return 1;
  }
  leave_terminal();
  const EndSignals signals(*socket);
  report(pipe, {});
  return Owner(**opened, *socket).serve(minutes * 60'000) ? 0 : 1;
}

}  // namespace

Status watch(Context& context) {
  TB_TRY(OpenVault * opened, context.open());
  TB_TRY(const Patience patience, Patience::from(context.arguments));
  TB_TRY(std::unique_ptr<RelayLink> link, RelayLink::make(*opened, patience));
  TB_TRY(VaultSocket socket, VaultSocket::listen(opened->folder.socket(), ::geteuid()));
  const EndSignals signals(socket);
  bool offline_said = false;
  const auto told = [&](const RoundReport& report, const Status& status) {
    if (status && report.arrived != 0)
      context.remark(context.say(Text::kWatchArrived, {std::to_string(report.arrived)}));
    if (!status && !offline_said)
      context.remark(context.say(Text::kOffline) + " " + status.error().message());
    offline_said = !status;
  };
  Watcher watcher(*opened, std::move(link), told);
  opened->watcher = &watcher;
  context.remark(context.say(Text::kWatching));
  Status served;
  {
    const std::jthread thread([&](const std::stop_token& stop) { watcher.run(stop); });
    served = Owner(*opened, socket).serve(kForever);
  }
  opened->watcher = nullptr;
  context.remark(context.say(Text::kWatchStopped));
  return served;
}

Status unlock(Context& context) {
  TB_TRY(const int minutes, context.arguments.number("--minutes", 1, kMinutesMax, kMinutesDefault));
  TB_TRY(const auto owner, VaultSocketClient::connect(VaultFolder{context.settings.vault_folder}.socket()));
  if (owner) {
    context.answer(context.say(Text::kUnlockedAlready), Row().flag("unlocked", true));
    return {};
  }
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return Error(Code::kIo, "cannot make a pipe");
  // Before anything is opened: a database connection does not survive a fork.
  const pid_t child = ::fork();
  if (child < 0) return Error(Code::kIo, "cannot start a process");
  if (child == 0) {
    ::close(pipe[0]);
    ::_exit(serve_in_background(context, pipe[1], minutes));
  }
  ::close(pipe[1]);
  if (Status status = read_report(pipe[0]); !status) {
    ::waitpid(child, nullptr, 0);
    return status;
  }
  context.answer(context.say(Text::kUnlocked), Row().flag("unlocked", true));
  return {};
}

Status lock(Context& context) {
  TB_TRY(auto owner, VaultSocketClient::connect(VaultFolder{context.settings.vault_folder}.socket()));
  Row row;
  row.flag("unlocked", false);
  if (!owner) {
    context.answer(context.say(Text::kWasLocked), row);
    return {};
  }
  TB_CHECK(owner->send({{"lock"}, "/", "nl", false, {}}));
  // The owner answers, closes its vault and ends; its end is the end of the connection.
  while (owner->receive()) {
  }
  context.answer(context.say(Text::kNowLocked), row);
  return {};
}

Result<std::optional<int>> run_at_owner(const std::string& vault_folder,
                                        const std::vector<std::string>& arguments, Language language,
                                        Console& console, bool with_input) {
  TB_TRY(auto owner, VaultSocketClient::connect(VaultFolder{vault_folder}.socket()));
  if (!owner) return std::optional<int>();
  VaultRequest request;
  request.arguments = arguments;
  std::error_code ignored;
  request.folder = std::filesystem::current_path(ignored).string();
  request.language = language_code(language);
  request.terminal = console.is_terminal();
  if (with_input) {
    TB_TRY(request.input, console.input());
  }
  TB_CHECK(owner->send(request));
  for (;;) {
    TB_TRY(const VaultReply reply, owner->receive());
    if (reply.type == VaultReply::Type::kExit) return std::optional<int>(reply.exit_code);
    if (reply.type == VaultReply::Type::kOut)
      console.out(as_text(reply.text));
    else
      console.error(as_text(reply.text));
  }
}

}  // namespace thuisbasis
