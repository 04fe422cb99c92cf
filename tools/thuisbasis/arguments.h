// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace thuisbasis {

/// What was given on the command line, by parameter name ("id", "--circle").
class Arguments final {
 public:
  void add(const std::string& name, std::string value) { values_[name].push_back(std::move(value)); }
  bool has(const std::string& name) const { return values_.count(name) != 0; }
  /// The value of a parameter that is required; empty when it was not given.
  std::string get(const std::string& name) const { return find(name).value_or(""); }
  std::optional<std::string> find(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.empty()) return std::nullopt;
    return found->second.front();
  }
  /// A whole number from `least` to `most`; `usual` when none was given. kInvalidArgument for anything else.
  Result<int> number(const std::string& name, int least, int most, int usual) const;
  std::vector<std::string> all(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>() : found->second;
  }

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace thuisbasis
