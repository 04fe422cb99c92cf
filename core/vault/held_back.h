// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "core/store/circles.h"

namespace thuisbasis {

/// What the relay refused and is not sent again for now. In memory only: after the vault is opened again, or
/// when the relay has a new epoch, it is offered once more.
class HeldBack final {
 public:
  using Line = std::pair<CircleRow, Author>;  ///< one author's numbers in one circle
  enum class Why : std::uint8_t {
    kForked,   ///< others know other changes of ours under these numbers; they are asked for first
    kRefused,  ///< sending again cannot mend it
  };

  /// The author's bundles in that circle from number `first` on.
  void hold(const Line& line, std::uint64_t first, Why why) {
    const auto [place, added] = lines_.try_emplace(line, Held{first, why, 0});
    if (!added && first < place->second.first) place->second.first = first;
  }
  void release(const Line& line) { lines_.erase(line); }
  bool holds(const Line& line, std::uint64_t number) const {
    const auto found = lines_.find(line);
    return found != lines_.end() && number >= found->second.first;
  }
  /// True while some line waits for what the relay knows of it.
  bool waits_for_news() const {
    for (const auto& [line, held] : lines_)
      if (held.why == Why::kForked) return true;
    return false;
  }
  bool waits_for_news(CircleRow circle) const {
    for (const auto& [line, held] : lines_)
      if (held.why == Why::kForked && line.first == circle) return true;
    return false;
  }
  /// Counts one more request; gives the forked lines that a whole request brought nothing for, with the first
  /// number each.
  std::map<Line, std::uint64_t> asked_in_vain() {
    std::map<Line, std::uint64_t> vain;
    for (auto& [line, held] : lines_)
      if (held.why == Why::kForked && held.asked++ > 0) vain.emplace(line, held.first);
    return vain;
  }

  /// True the first time it is asked of this membership entry.
  bool first_refusal_of_entry(CircleRow circle, std::uint32_t index) {
    return refused_entries_.emplace(circle, index).second;
  }
  /// True the first time it is asked of this circle.
  bool first_sealing_failure(CircleRow circle) { return unsealed_.insert(circle).second; }

  void clear() { *this = HeldBack(); }

 private:
  struct Held {
    std::uint64_t first = 0;
    Why why = Why::kRefused;
    std::uint32_t asked = 0;
  };
  std::map<Line, Held> lines_;
  std::set<std::pair<CircleRow, std::uint32_t>> refused_entries_;
  std::set<CircleRow> unsealed_;
};

}  // namespace thuisbasis
