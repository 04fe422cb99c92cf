// SPDX-License-Identifier: EUPL-1.2
// The bench runs and reports every case; no figure is judged here, for a test machine is no place to measure.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace thuisbasis {
namespace {

struct Ended {
  std::string output;
  int status = 0;
};

Ended run_bench(const std::string& arguments) {
  const std::string command = TB_BIN_DIR "/thuisbasis-bench " + arguments;
  Ended run;
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {{}, -1};
  std::array<char, 4096> part{};
  for (std::size_t size = 0; (size = std::fread(part.data(), 1, part.size(), pipe)) > 0;)
    run.output.append(part.data(), size);
  run.status = ::pclose(pipe);
  return run;
}

/// A folder of its own for the bench, to see that it leaves nothing.
class Scratch final {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bench-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::map<std::string, nlohmann::json> cases_of(const std::string& output) {
  std::map<std::string, nlohmann::json> cases;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    nlohmann::json one = nlohmann::json::parse(line, nullptr, false);
    EXPECT_TRUE(one.is_object()) << line;
    if (one.is_object()) cases[one.value("case", "")] = one;
  }
  return cases;
}

TEST(Bench, ReportsEveryCaseWithItsFloor) {
  const Scratch scratch;
  ASSERT_FALSE(scratch.path().empty());
  const Ended run =
      run_bench("sync --json --quick --data " TB_SOURCE_DIR "/tests/data --scratch " + scratch.path());
  EXPECT_EQ(run.status, 0) << run.output;
  const auto cases = cases_of(run.output);
  for (const char* name :
       {"write_edit", "week_push", "week_bytes", "new_tablet_cpu", "new_tablet_bytes", "new_tablet_rss",
        "new_tablet_disk", "relay_note_cpu_bundled", "relay_note_cpu_single", "relay_rss", "idle_bytes",
        "live_p50", "live_p99", "open_first_query", "rotate_40", "remove_40"}) {
    ASSERT_TRUE(cases.contains(name)) << name << " in " << run.output;
    const nlohmann::json& one = cases.at(name);
    for (const char* figure : {"value", "floor", "ratio", "runs", "load"}) {
      ASSERT_TRUE(one.contains(figure) && one[figure].is_number()) << figure << " in " << one;
    }
    EXPECT_GT(one["value"], 0) << one;
    EXPECT_GT(one["floor"], 0) << one;
    EXPECT_GT(one["runs"], 0) << one;
    EXPECT_TRUE(one["unit"].is_string()) << one;
    EXPECT_TRUE(one["met"].is_boolean()) << one;
  }
  for (const char* name : {"write_edit", "week_push", "new_tablet_cpu", "relay_note_cpu_single"})
    EXPECT_TRUE(cases.at(name).contains("ratio_without_fts")) << name;
  EXPECT_EQ(cases.at("week_push")["requests"], 1);
  EXPECT_EQ(cases.at("idle_bytes")["requests"], 1);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path())) << "the bench leaves files behind";
}

TEST(Bench, SaysWhatIsMissing) {
  const Scratch scratch;
  const Ended run = run_bench("sync --data " + scratch.path() + " 2>&1");
  EXPECT_NE(run.status, 0);
  EXPECT_NE(run.output.find("caseload"), std::string::npos) << run.output;
}

}  // namespace
}  // namespace thuisbasis
