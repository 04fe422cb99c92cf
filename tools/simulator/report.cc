// SPDX-License-Identifier: EUPL-1.2
#include "tools/simulator/report.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace thuisbasis::sim {
namespace {

double a_minute(double number, const CampaignResult& result) {
  return result.cpu_seconds == 0 ? 0 : number * 60 / result.cpu_seconds;
}

double whole(double number) { return std::round(number * 10) / 10; }

}  // namespace

std::string as_json(const CampaignResult& result) {
  nlohmann::ordered_json json;
  json["first_seed"] = result.first_seed;
  json["runs"] = result.runs;
  json["circle_hours"] = whole(result.circle_hours);
  json["operations"] = result.operations_done();
  json["faults"] = result.faults_struck();
  for (std::size_t i = 0; i < kFaults; ++i)
    json["faults_by_class"][std::string(fault_name(static_cast<Fault>(i)))] = result.faults[i];
  for (const auto& [what, number] : result.operations) json["operations_by_kind"][what] = number;
  json["exchanges"] = result.exchanges;
  json["rounds"] = result.rounds;
  json["bytes_searched_for_plaintext"] = result.bytes_searched;
  json["violations"] = nlohmann::ordered_json::array();
  for (const RunResult& run : result.failed)
    for (const Violation& violation : run.violations)
      json["violations"].push_back(
          {{"seed", run.plan.seed},
           {"invariant", "I" + std::to_string(static_cast<int>(violation.invariant))},
           {"what", violation.what},
           {"at_ms", violation.at}});
  json["trace_hash"] = result.trace_hash;
  json["cpu_seconds"] = whole(result.cpu_seconds);
  json["circle_hours_per_cpu_minute"] = whole(a_minute(result.circle_hours, result));
  json["faults_per_cpu_minute"] = whole(a_minute(static_cast<double>(result.faults_struck()), result));
  json["operations_per_cpu_minute"] = whole(a_minute(static_cast<double>(result.operations_done()), result));
  return json.dump(1);
}

void print(std::ostream& out, const CampaignResult& result) {
  out << result.runs << " runs, " << whole(result.circle_hours) << " circle-hours, "
      << result.operations_done() << " operations, " << result.faults_struck() << " faults, "
      << result.failed.size() << " runs failed\n";
  for (std::size_t i = 0; i < kFaults; ++i)
    out << "  " << fault_name(static_cast<Fault>(i)) << ": " << result.faults[i] << "\n";
  out << "a CPU-minute: " << whole(a_minute(result.circle_hours, result)) << " circle-hours, "
      << whole(a_minute(static_cast<double>(result.faults_struck()), result)) << " faults, "
      << whole(a_minute(static_cast<double>(result.operations_done()), result)) << " operations\n"
      << "trace " << result.trace_hash << "\n";
}

void print_failure(std::ostream& out, const RunResult& run) {
  for (const std::string& line : run.last_lines) out << "  " << line << "\n";
  for (const Violation& violation : run.violations)
    out << "I" << static_cast<int>(violation.invariant) << " at " << violation.at << " ms: " << violation.what
        << "\n";
  out << "replay with: thuisbasis-sim --plan '" << plan_text(run.plan) << "'\n";
}

}  // namespace thuisbasis::sim
