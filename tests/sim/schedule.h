// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <algorithm>
#include <functional>
#include <vector>

#include "core/base/clock.h"

namespace thuisbasis::sim {

inline constexpr SteadyMs kSecond = 1000;
inline constexpr SteadyMs kMinute = 60 * kSecond;
inline constexpr SteadyMs kHour = 60 * kMinute;
inline constexpr SteadyMs kDay = 24 * kHour;

/// Virtual time and what happens in it, in order of time and, at one moment, in order of planning. Nothing is
/// taken back: a step that came too late finds that out by itself. One thread.
class Schedule final {
 public:
  using Step = std::function<void()>;

  SteadyMs now() const { return now_; }
  void after(SteadyMs wait, Step step) {
    planned_.push_back({now_ + std::max<SteadyMs>(wait, 0), ++count_, std::move(step)});
    std::push_heap(planned_.begin(), planned_.end(), is_later);
  }
  /// Moves time to the next step and takes it. False when none is left before `end`; time is then `end`.
  bool step(SteadyMs end) {
    if (planned_.empty() || planned_.front().at > end) {
      now_ = std::max(now_, end);
      return false;
    }
    std::pop_heap(planned_.begin(), planned_.end(), is_later);
    Planned next = std::move(planned_.back());
    planned_.pop_back();
    now_ = next.at;
    next.step();
    return true;
  }
  std::uint64_t steps_planned() const { return count_; }
  /// So much time goes by for everyone at once, in which nothing happens: machines are off, people away.
  void let_pass(SteadyMs ms) { passed_ += ms; }
  /// How much of that went by. It is not part of now().
  SteadyMs passed() const { return passed_; }

 private:
  struct Planned {
    SteadyMs at;
    std::uint64_t number;
    Step step;
  };
  static bool is_later(const Planned& a, const Planned& b) {
    return a.at != b.at ? a.at > b.at : a.number > b.number;
  }

  SteadyMs now_ = 0;
  SteadyMs passed_ = 0;
  std::uint64_t count_ = 0;
  std::vector<Planned> planned_;
};

}  // namespace thuisbasis::sim
