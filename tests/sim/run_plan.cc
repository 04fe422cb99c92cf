// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/run_plan.h"

#include <charconv>
#include <sstream>

namespace thuisbasis::sim {
namespace {

constexpr std::size_t kClassesAtFirst = 53;

Error wrong(std::string_view word) {
  return {
      Code::kInvalidArgument,
      "'" + std::string(word) + "' in a plan: write seed=, devices=, seconds=, and classes=n or faults=a,b"};
}

Result<std::uint64_t> number(std::string_view word, std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return wrong(word);
  return value;
}

Result<FaultSet> fault_set(std::string_view names) {
  FaultSet set;
  std::istringstream list{std::string(names)};
  for (std::string name; std::getline(list, name, ',');) {
    const auto fault = fault_named(name);
    if (!fault) return wrong(name);
    set.set(static_cast<std::size_t>(*fault));
  }
  return set;
}

}  // namespace

std::string plan_text(const RunPlan& plan) {
  std::string text = "seed=" + std::to_string(plan.seed);
  if (plan.devices != 0) text += " devices=" + std::to_string(plan.devices);
  if (plan.duration != 0) text += " seconds=" + std::to_string(plan.duration / kSecond);
  for (const std::size_t classes : {kClassesAtFirst, kFaults}) {
    if (plan.allowed != first_faults(classes)) continue;
    return classes == kClassesAtFirst ? text : text + " classes=" + std::to_string(classes);
  }
  text += " faults=";
  for (std::size_t i = 0, listed = 0; i < kFaults; ++i) {
    if (!plan.allowed[i]) continue;
    if (listed++ != 0) text += ",";
    text += fault_name(static_cast<Fault>(i));
  }
  return text;
}

Result<RunPlan> parse_plan(std::string_view text) {
  RunPlan plan;
  plan.allowed = first_faults(kClassesAtFirst);
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return wrong(word);
    const std::string name = word.substr(0, equals);
    const std::string value = word.substr(equals + 1);
    if (name == "faults") {
      TB_TRY(plan.allowed, fault_set(value));
      continue;
    }
    TB_TRY(const std::uint64_t figure, number(word, value));
    if (name == "seed")
      plan.seed = figure;
    else if (name == "classes")
      plan.allowed = first_faults(figure);
    else if (name == "devices")
      plan.devices = figure;
    else if (name == "seconds")
      plan.duration = static_cast<SteadyMs>(figure) * kSecond;
    else
      return wrong(word);
  }
  return plan;
}

}  // namespace thuisbasis::sim
