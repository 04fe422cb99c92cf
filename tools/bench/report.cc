// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/report.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/bench/measure.h"

namespace thuisbasis::bench {
namespace {

/// Four significant digits, whole numbers from 1000 on: more would claim a precision that no run has.
double rounded(double number) {
  if (number == 0 || !std::isfinite(number)) return 0;
  const double digits = 3 - std::floor(std::log10(std::fabs(number)));
  if (digits <= 0) return std::round(number);
  const double scale = std::pow(10.0, digits);
  return std::round(number * scale) / scale;
}

}  // namespace

std::string json_line(const CaseResult& result) {
  nlohmann::ordered_json json;
  json["case"] = result.name;
  json["unit"] = result.unit;
  json["value"] = rounded(result.value);
  json["floor"] = rounded(result.floor);
  json["ratio"] = rounded(result.ratio());
  if (result.floor_without_fts) {
    json["floor_without_fts"] = rounded(*result.floor_without_fts);
    json["ratio_without_fts"] =
        *result.floor_without_fts > 0 ? rounded(result.value / *result.floor_without_fts) : 0;
  }
  if (result.target) json["target"] = *result.target;
  if (result.target_ratio) json["target_ratio"] = *result.target_ratio;
  if (result.target || result.target_ratio) json["met"] = result.met();
  json["runs"] = result.runs;
  json["load"] = rounded(load_average());
  for (const auto& [name, number] : result.more) json[name] = rounded(number);
  json["floor_is"] = result.floor_is;
  return json.dump();
}

std::string text_line(const CaseResult& result) {
  char line[200];
  const char* const verdict = !result.target && !result.target_ratio ? "" : result.met() ? "met" : "MISSED";
  std::snprintf(line, sizeof line, "%-24s %12.4g %-8s floor %10.4g  ratio %7.3g  %s", result.name.c_str(),
                result.value, result.unit.c_str(), result.floor, result.ratio(), verdict);
  return line;
}

}  // namespace thuisbasis::bench
