// SPDX-License-Identifier: EUPL-1.2
#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/bench/cases.h"
#include "tools/bench/child_process.h"
#include "tools/bench/child_task.h"

namespace {

using namespace thuisbasis;
using namespace thuisbasis::bench;

const CaseGroup kGroups[] = {
    {{"write_edit"}, run_write_edit},
    {{"week_push", "week_bytes"}, run_week},
    {{"new_tablet_cpu", "new_tablet_bytes", "new_tablet_rss", "new_tablet_disk"}, run_new_tablet},
    {{"relay_note_cpu_bundled", "relay_note_cpu_single", "relay_rss"}, run_relay},
    {{"idle_bytes"}, run_idle},
    {{"live_p50", "live_p99"}, run_live},
    {{"open_first_query"}, run_open},
    {{"rotate_40", "remove_40"}, run_rotate},
};

std::vector<std::string> all_cases() {
  std::vector<std::string> names;
  for (const CaseGroup& group : kGroups) names.insert(names.end(), group.cases.begin(), group.cases.end());
  return names;
}

bool is_wanted(const CaseGroup& group, const std::vector<std::string>& wanted) {
  const auto asked = [&](const std::string& name) {
    return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  };
  return wanted.empty() || std::any_of(group.cases.begin(), group.cases.end(), asked);
}

/// 0 when every wanted case was measured, whatever the figures; 1 when one failed.
int run_sync(const StageOptions& options, const std::vector<std::string>& wanted, bool as_json) {
  const auto stage = Stage::set(options);
  if (!stage) {
    std::cerr << "thuisbasis-bench: " << stage.error().message() << "\n";
    return 1;
  }
  const Emit print = [&](const CaseResult& result) {
    std::cout << (as_json ? json_line(result) : text_line(result)) << std::endl;
  };
  int code = 0;
  for (const CaseGroup& group : kGroups) {
    if (!is_wanted(group, wanted)) continue;
    if (const Status done = group.run(**stage, print); !done) {
      std::cerr << "thuisbasis-bench: " << group.cases.front() << ": " << done.error().message() << "\n";
      code = 1;
    }
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "thuisbasis-bench: what the engine costs, against plain SQLite doing the least that could be done."};
  app.require_subcommand(1);
  int code = 0;

  StageOptions options;
  options.data = "tests/data";
  options.scratch = std::filesystem::temp_directory_path().string();
  options.daemon = own_folder() + "/thuisbasisd";
  std::vector<std::string> wanted;
  bool as_json = false;
  CLI::App* sync = app.add_subcommand(
      "sync",
      "Writing, syncing and opening with two devices and the real relay on loopback: TLS, signatures, "
      "encryption at rest and end to end, synchronous=FULL");
  sync->add_option("--data", options.data, "Folder with caseload*.jsonl.gz and week*.jsonl.gz")
      ->capture_default_str();
  sync->add_option("--scratch", options.scratch, "Where to work; its disk is what is measured")
      ->capture_default_str();
  sync->add_option("--daemon", options.daemon, "The relay's program")->capture_default_str();
  sync->add_option("--case", wanted, "Only these (several allowed)")->check(CLI::IsMember(all_cases()));
  sync->add_flag("--json", as_json, "One JSON object a line");
  sync->add_flag("--quick", options.quick, "One run of each: a taste, not a figure");
  sync->callback([&] { code = run_sync(options, wanted, as_json); });

  std::vector<std::string> words;
  CLI::App* child = app.add_subcommand("child", "")->group("");
  child->add_option("words", words)->required();
  child->callback([&] { code = child_main(words); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return code;
}
