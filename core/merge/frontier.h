// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>

#include "core/base/ids.h"

namespace thuisbasis {

/// Version vector: the last number applied of every author. Ordered, so that iteration reaches wire and disk
/// the same way everywhere. A plain value.
class Frontier final {
 public:
  std::uint64_t at(const Author& author) const;  ///< 0 when nothing of the author was applied
  bool covers(const Dot& dot) const { return dot.number <= at(dot.author); }
  bool covers(const Frontier& other) const;
  /// Raises, never lowers.
  void raise(const Author& author, std::uint64_t number);
  void raise(const Frontier& other);

  const std::map<Author, std::uint64_t>& numbers() const { return numbers_; }
  bool empty() const { return numbers_.empty(); }
  friend bool operator==(const Frontier&, const Frontier&) = default;

 private:
  std::map<Author, std::uint64_t> numbers_;
};

}  // namespace thuisbasis
