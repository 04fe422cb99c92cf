// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace thuisbasis {

/// Values in the order in which they came up, found by value or by place. Full, it takes no more.
template <typename T>
class Dictionary final {
 public:
  explicit Dictionary(std::size_t size_max) : size_max_(size_max) {}

  std::size_t size() const { return values_.size(); }
  const T& at(std::size_t place) const { return values_[place]; }
  std::optional<std::size_t> find(const T& value) const {
    const auto found = places_.find(value);
    if (found == places_.end()) return std::nullopt;
    return found->second;
  }
  void add(const T& value) {
    if (values_.size() == size_max_) return;
    places_.emplace(value, values_.size());
    values_.push_back(value);
  }

 private:
  std::size_t size_max_;
  std::vector<T> values_;
  std::map<T, std::size_t> places_;
};

}  // namespace thuisbasis
