// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace thuisbasis::bench {

/// One measured case, with the floor it was measured against in the same run.
struct CaseResult {
  std::string name;
  std::string unit;
  double value = 0;
  double floor = 0;
  std::string floor_is;                     ///< what the floor did, in words
  std::optional<double> floor_without_fts;  ///< where the floor has a full-text index
  std::optional<double> target;             ///< in `unit`; the value is to be at most this
  std::optional<double> target_ratio;       ///< the ratio is to be at most this
  std::size_t runs = 0;  ///< of which value and floor are medians, or samples of a percentile
  std::vector<std::pair<std::string, double>> more;  ///< what explains the value

  double ratio() const { return floor > 0 ? value / floor : 0; }
  bool met() const { return (!target || value <= *target) && (!target_ratio || ratio() <= *target_ratio); }
};

/// One line of JSON, with the load average of now.
std::string json_line(const CaseResult& result);
/// One line for people.
std::string text_line(const CaseResult& result);

}  // namespace thuisbasis::bench
