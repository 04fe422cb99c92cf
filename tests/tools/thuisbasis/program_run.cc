// SPDX-License-Identifier: EUPL-1.2
#include "tests/tools/thuisbasis/program_run.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace thuisbasis::testing_support {
namespace {

/// Replaces this process by the program; never returns.
[[noreturn]] void become_thuisbasis(const std::string& folder, const std::vector<std::string>& arguments,
                                    const std::string& passphrase, const std::string& scratch) {
  // Without a terminal of its own the program cannot ask anybody.
  ::setsid();
  if (::chdir(folder.c_str()) != 0) ::_exit(126);
  const auto redirect = [](const std::string& path, int flags, int stream) {
    const int file = ::open(path.c_str(), flags, 0600);
    ::dup2(file, stream);
    ::close(file);
  };
  redirect(scratch + ".in", O_RDONLY, STDIN_FILENO);
  redirect(scratch + ".out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
  redirect(scratch + ".err", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
  ::unsetenv("THUISBASIS_PASSPHRASE");
  ::unsetenv("THUISBASIS_LANG");
  ::unsetenv("THUISBASIS_VAULT");
  ::setenv("XDG_DATA_HOME", folder.c_str(), 1);
  if (!passphrase.empty()) ::setenv("THUISBASIS_PASSPHRASE", passphrase.c_str(), 1);
  std::string program = std::string(TB_BIN_DIR) + "/thuisbasis";
  std::vector<std::string> words = arguments;
  std::vector<char*> pointers = {program.data()};
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  ::_exit(127);
}

}  // namespace

std::vector<nlohmann::json> Outcome::rows() const {
  std::vector<nlohmann::json> rows;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    rows.push_back(nlohmann::json::parse(line, nullptr, false));
    EXPECT_TRUE(rows.back().is_object()) << line;
  }
  return rows;
}

nlohmann::json Outcome::row() const {
  const auto all = rows();
  EXPECT_EQ(all.size(), 1U) << out << error;
  return all.empty() ? nlohmann::json::object() : all.front();
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

Outcome run_thuisbasis(const std::string& folder, const std::vector<std::string>& arguments,
                       const std::string& passphrase, const std::string& input) {
  const std::string scratch = folder + "/.run";
  write_text(scratch + ".in", input);
  const pid_t child = ::fork();
  if (child == 0) become_thuisbasis(folder, arguments, passphrase, scratch);
  int status = 0;
  ::waitpid(child, &status, 0);
  Outcome run;
  run.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  run.out = read_text(scratch + ".out");
  run.error = read_text(scratch + ".err");
  return run;
}

World::World() {
  std::string pattern = (std::filesystem::temp_directory_path() / "thuisbasis-cli-XXXXXX").string();
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  folder = pattern;
}

World::~World() {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

Outcome World::run(std::vector<std::string> arguments, const std::string& input) const {
  arguments.insert(arguments.end(), {"--lang", "en"});
  return run_thuisbasis(folder, arguments, "een lange wachtzin", input);
}

Outcome World::at(const std::string& device, std::vector<std::string> arguments,
                  const std::string& input) const {
  arguments.insert(arguments.end(), {"--vault", path(device), "--json"});
  return run(std::move(arguments), input);
}

void World::make_municipality() const {
  const Outcome made = run({"municipality", "create", "emmen", "--name", "Emmen"});
  ASSERT_EQ(made.exit, 0) << made.error;
}

void World::join(const std::string& device, const Relay& relay) const {
  const Outcome invited = run({"municipality", "invite", "emmen", "--relay", relay.url, "--organisation",
                               "Gemeente Emmen", "--role", "gezinscoach"});
  ASSERT_EQ(invited.exit, 0) << invited.error;
  write_text(path(device + ".invitation"), invited.out);
  std::vector<std::string> ask = {"join", "--invitation-file", device + ".invitation", "--name",
                                  device, "--request-out",     device + ".request"};
  if (!relay.ca_file.empty()) ask.insert(ask.end(), {"--ca", relay.ca_file});
  const Outcome asked = at(device, ask);
  ASSERT_EQ(asked.exit, 0) << asked.error;
  const Outcome approved = run({"municipality", "approve", "emmen", "--request", device + ".request", "--out",
                                device + ".answer", "--yes", "--json"});
  ASSERT_EQ(approved.exit, 0) << approved.error;
  EXPECT_EQ(approved.row()["code"], asked.row()["code"]);
  const Outcome joined = at(device, {"join", "--answer", device + ".answer"});
  ASSERT_EQ(joined.exit, 0) << joined.error;
}

std::string World::make_circle(const std::string& device, const std::string& kind,
                               const std::string& name) const {
  const Outcome made = at(device, {"circle", "create", "--kind", kind, "--name", name});
  EXPECT_EQ(made.exit, 0) << made.error;
  return made.row().value("id", "");
}

}  // namespace thuisbasis::testing_support
