// SPDX-License-Identifier: EUPL-1.2
#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <random>

#include "tests/sim/shrink.h"
#include "tools/simulator/report.h"

namespace {

using namespace thuisbasis::sim;

struct Options {
  std::uint64_t seeds = 1;
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> seed;
  std::size_t devices = 0;
  std::int64_t minutes = 0;
  std::vector<std::string> only;
  std::vector<std::string> without;
  std::string plan;
  std::size_t shrink_runs = 0;
  bool as_json = false;
};

std::vector<std::string> fault_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kFaults; ++i) names.emplace_back(fault_name(static_cast<Fault>(i)));
  return names;
}

FaultSet allowed(const Options& options) {
  FaultSet set = every_fault();
  if (!options.only.empty()) set.reset();
  for (const std::string& name : options.only) set.set(static_cast<std::size_t>(*fault_named(name)));
  for (const std::string& name : options.without) set.reset(static_cast<std::size_t>(*fault_named(name)));
  return set;
}

RunPlan plan_of(const Options& options) {
  RunPlan plan;
  plan.devices = options.devices;
  plan.duration = options.minutes * kMinute;
  plan.allowed = allowed(options);
  return plan;
}

/// A smaller plan for the first run that failed, with a line for each attempt.
void print_shrunk(const RunResult& failed, std::size_t runs_max) {
  const RunResult small = shrink(failed, runs_max, [](const RunResult& run) {
    std::cerr << (run.violations.empty() ? "passes: " : "fails:  ") << plan_text(run.plan) << "\n";
  });
  std::cerr << "shrunk:\n";
  print_failure(std::cerr, small);
}

int run(const Options& options) {
  RunPlan plan = plan_of(options);
  std::optional<std::uint64_t> planned_seed = options.seed;
  if (!options.plan.empty()) {
    const auto parsed = parse_plan(options.plan);
    if (!parsed) {
      std::cerr << "thuisbasis-sim: " << parsed.error().context() << "\n";
      return 2;
    }
    plan = *parsed;
    planned_seed = plan.seed;
  }
  const std::uint64_t fresh = std::random_device{}() % 1'000'000'000;
  const std::uint64_t first = planned_seed ? *planned_seed : options.first.value_or(fresh);
  const std::uint64_t seeds = planned_seed ? 1 : options.seeds;
  const bool shows_progress = isatty(STDERR_FILENO) == 1;
  (options.as_json ? std::cerr : std::cout) << "seeds " << first << " to " << first + seeds - 1 << std::endl;
  std::uint64_t done = 0;
  const CampaignResult result = run_campaign(plan, first, seeds, [&](const RunResult& one) {
    if (shows_progress) std::cerr << "\r" << ++done << " of " << seeds << " runs" << std::flush;
    if (one.violations.empty()) return;
    if (shows_progress) std::cerr << "\n";
    print_failure(std::cerr, one);
  });
  if (shows_progress) std::cerr << "\r\033[K";
  if (options.shrink_runs != 0 && !result.failed.empty())
    print_shrunk(result.failed.front(), options.shrink_runs);
  if (options.as_json)
    std::cout << as_json(result) << "\n";
  else
    print(std::cout, result);
  return result.failed.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  // Files in memory come and go by the megabyte: giving their pages back to the system each time costs a
  // tenth of a run.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  CLI::App app{
      "thuisbasis-sim: a municipality in virtual time. Real vaults, a real relay, and everything that can go "
      "wrong between them, drawn from a seed. Exit code 1 when an invariant was violated."};
  Options options;
  const auto names = CLI::IsMember(fault_names());
  app.add_option("--seeds", options.seeds, "How many runs, on seeds in a row")->capture_default_str();
  app.add_option("--first", options.first, "The first seed; drawn and printed when it is not given");
  app.add_option("--seed", options.seed, "Replay this one");
  app.add_option("--devices", options.devices, "In every run; 0: drawn, 2 to 12")->capture_default_str();
  app.add_option("--minutes", options.minutes, "Of virtual time with people and faults; 0: drawn")
      ->capture_default_str();
  app.add_option("--only", options.only, "Only these classes of faults (several allowed)")->check(names);
  app.add_option("--without", options.without, "Not these classes of faults")->check(names);
  app.add_option("--plan", options.plan, "Replay this plan, as a failure prints it");
  app.add_option("--shrink", options.shrink_runs,
                 "Look for a smaller plan that still fails, in at most so many runs; 0: do not")
      ->capture_default_str();
  app.add_flag("--json", options.as_json, "One JSON object on standard output");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
