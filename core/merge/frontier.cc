// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/frontier.h"

#include <algorithm>

namespace thuisbasis {

std::uint64_t Frontier::at(const Author& author) const {
  const auto found = numbers_.find(author);
  return found == numbers_.end() ? 0 : found->second;
}

bool Frontier::covers(const Frontier& other) const {
  return std::all_of(other.numbers_.begin(), other.numbers_.end(),
                     [this](const auto& component) { return component.second <= at(component.first); });
}

void Frontier::raise(const Author& author, std::uint64_t number) {
  if (number == 0) return;
  std::uint64_t& known = numbers_[author];
  known = std::max(known, number);
}

void Frontier::raise(const Frontier& other) {
  for (const auto& [author, number] : other.numbers_) raise(author, number);
}

}  // namespace thuisbasis
