// SPDX-License-Identifier: EUPL-1.2
#include <CLI/CLI.hpp>
#include <iostream>
#include <random>

#include "tests/crash/allocation_failure.h"
#include "tools/crash/report.h"

namespace {

using namespace thuisbasis::crash;

struct Options {
  std::uint64_t recoveries = 0;
  std::optional<std::uint64_t> seed;
  bool disk = false;
  bool memory = false;
  std::uint64_t every = 1;
  std::string only;
  std::string synchronous = "full";
  bool as_json = false;
};

Synchronous setting_of(const std::string& name) {
  if (name == "normal") return Synchronous::kNormal;
  return name == "off" ? Synchronous::kOff : Synchronous::kFull;
}

class Program final {
 public:
  explicit Program(const Options& options) : options_(options) {
    report_.seed = options.seed.value_or(std::random_device{}() % 1'000'000'000);
    if (!options.as_json) std::cout << "seed " << report_.seed << std::endl;
  }

  int run() {
    for (const auto& operations : {vault_operations(), relay_operations()}) {
      for (const auto& operation : operations) {
        if (!options_.only.empty() && operation->name() != options_.only) continue;
        if (options_.disk)
          for (const Trouble trouble : kDiskTroubles) loop(*operation, trouble);
        if (options_.memory)
          for (const Trouble trouble : kMemoryTroubles) loop(*operation, trouble);
      }
    }
    if (options_.recoveries != 0) recover();
    if (options_.as_json) std::cout << report_.as_json() << "\n";
    return report_.ok() ? 0 : 1;
  }

 private:
  void loop(const Operation& operation, Trouble trouble) {
    const Share share{options_.every, report_.seed % options_.every};
    report_.loops.push_back(loop_the_failure_point(operation, trouble, share));
    if (!options_.as_json) std::cout << report_.loops.back() << std::endl;
  }

  void recover() {
    report_.recoveries.push_back(
        run_recoveries({report_.seed, options_.recoveries, setting_of(options_.synchronous)}));
    if (!options_.as_json) std::cout << report_.recoveries.back() << std::endl;
  }

  const Options& options_;
  Report report_;
};

}  // namespace

int main(int argc, char** argv) {
  allocation_failure::hook_sqlite();
  CLI::App app{
      "thuisbasis-crash: fails a vault and a relay's storage at every operation of their disk and at every "
      "allocation, and lets them recover from torn writes. Exit code 1 when an acknowledged write was lost, "
      "or "
      "anything was damaged."};
  Options options;
  app.add_option("--recoveries", options.recoveries, "How many recoveries from torn writes");
  app.add_option("--seed", options.seed,
                 "Of the recoveries, and of the share; drawn and printed when not given");
  app.add_flag("--disk", options.disk, "Every operation of the disk, in every operation of vault and relay");
  app.add_flag("--memory", options.memory, "Every allocation outside libprotobuf likewise");
  app.add_option("--every", options.every, "Only every nth of these points")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--only", options.only,
                 "Only this operation: save, push, pull, migrate, open, relay append, ...");
  app.add_option("--synchronous", options.synchronous,
                 "Recoveries with a weaker setting, which must fail: normal, off")
      ->capture_default_str()
      ->check(CLI::IsMember({"full", "normal", "off"}));
  app.add_flag("--json", options.as_json, "One JSON object on standard output");
  CLI11_PARSE(app, argc, argv);
  return Program(options).run();
}
