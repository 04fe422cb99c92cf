// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "core/base/clock.h"
#include "core/store/circles.h"

namespace thuisbasis {

/// So much of a membership log: entries, and epochs among them.
struct LogReach {
  std::uint32_t entries = 0;
  std::uint32_t epochs = 0;
};

/// What the relay refused and is not sent again for now. In memory only: after the vault is opened again, or
/// when the relay has a new epoch, it is offered once more.
class HeldBack final {
 public:
  using Line = std::pair<CircleRow, Author>;  ///< one author's numbers in one circle
  enum class Why : std::uint8_t {
    kForked,   ///< others know other changes of ours under these numbers; they are asked for first
    kRefused,  ///< sending again cannot mend it
    kAhead,    ///< signed at a time that the relay's clock has yet to reach
  };

  /// The author's bundles in that circle from number `first` on.
  void hold(const Line& line, std::uint64_t first, Why why) { hold(line, {.first = first, .why = why}); }
  /// Until the relay's clock has reached that time.
  void hold_until(const Line& line, std::uint64_t first, WallMs time) {
    hold(line, {.first = first, .why = Why::kAhead, .until = time});
  }
  void release_due(WallMs relay_now) {
    std::erase_if(lines_, [&](const auto& one) {
      return one.second.why == Why::kAhead && one.second.until <= relay_now;
    });
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
  /// A request is on its way that asks for everything the relay has.
  void asks() { step(Asked::kNot, Asked::kOnItsWay); }
  /// An answer came to its end, and the relay has nothing more.
  void heard_all() { step(Asked::kOnItsWay, Asked::kInVain); }
  /// The forked lines that such an answer brought nothing for, with the first number each.
  std::map<Line, std::uint64_t> asked_in_vain() const {
    std::map<Line, std::uint64_t> vain;
    for (const auto& [line, held] : lines_)
      if (held.why == Why::kForked && held.asked == Asked::kInVain) vain.emplace(line, held.first);
    return vain;
  }

  /// What the present request offers: only of that can something be refused.
  void offer(const Line& line, std::uint64_t first, const ChainValue& chain) {
    offered_.insert_or_assign({line, first}, chain);
    unanswered_.emplace(line, first);
  }
  /// There is a receipt or a refusal for it.
  void answer(const Line& line, std::uint64_t first) {
    unanswered_.erase({line, first});
    refused_once_.erase({line, first});
  }
  /// It is refused for good: true until that was heard in two answers with no other between.
  bool refused_once(const Line& line, std::uint64_t first) {
    unanswered_.erase({line, first});
    return refused_once_.try_emplace({line, first}, request_).first->second == request_;
  }
  /// Of each line.
  std::map<Line, std::uint64_t> first_unanswered() const {
    return std::map<Line, std::uint64_t>(unanswered_.begin(), unanswered_.end());
  }
  bool offered(const Line& line, std::uint64_t first) const { return offered_.contains({line, first}); }
  /// Whether that is what it ended with.
  bool offered_as(const Line& line, std::uint64_t first, const ChainValue& chain) const {
    const auto found = offered_.find({line, first});
    return found != offered_.end() && found->second == chain;
  }
  void begin_request() {
    ++request_;
    offered_.clear();
    unanswered_.clear();
    logs_at_relay_.clear();
  }

  /// The answer to the present request has a receipt for this entry.
  void confirm_entry(CircleRow circle, std::uint32_t index) {
    logs_at_relay_.insert(circle);
    refused_entries_.erase({circle, index});
  }
  bool has_log_at_relay(CircleRow circle) const { return logs_at_relay_.contains(circle); }
  /// True the first time it is asked of this circle.
  bool first_doubt_of_log(CircleRow circle) { return doubted_logs_.insert(circle).second; }
  /// A membership entry is refused for good: true until that was heard in two answers.
  bool entry_refused_once(CircleRow circle, std::uint32_t index) {
    return refused_entries_.try_emplace({circle, index}, request_).first->second == request_;
  }
  /// Work that stays as it is names that much of a log, and the relay's does not reach there.
  void want_reach(CircleRow circle, const LogReach& named) {
    LogReach& wanted = wanted_[circle];
    wanted = {std::max(wanted.entries, named.entries), std::max(wanted.epochs, named.epochs)};
  }
  LogReach wanted_reach(CircleRow circle) const {
    const auto wanted = wanted_.find(circle);
    return wanted == wanted_.end() ? LogReach() : wanted->second;
  }
  /// A removal of ours left out work that the relay has; it comes with the answer.
  void sign_again(CircleRow circle, std::uint32_t index) { to_sign_again_.emplace(circle, index); }
  std::map<CircleRow, std::uint32_t> take_to_sign_again() { return std::exchange(to_sign_again_, {}); }
  /// True the first time it is asked of this circle.
  bool first_sealing_failure(CircleRow circle) { return unsealed_.insert(circle).second; }

  /// All but which entries were refused once: reading a log again clears the rest, and an answer like that
  /// may be why it is read again.
  void clear() {
    HeldBack fresh;
    fresh.request_ = request_;
    fresh.refused_entries_ = std::move(refused_entries_);
    *this = std::move(fresh);
  }

 private:
  enum class Asked : std::uint8_t { kNot, kOnItsWay, kInVain };
  struct Held {
    std::uint64_t first = 0;
    Why why = Why::kRefused;
    Asked asked = Asked::kNot;
    WallMs until = 0;
  };
  void hold(const Line& line, const Held& held) {
    const auto [place, added] = lines_.try_emplace(line, held);
    if (!added && held.first < place->second.first) place->second = held;
  }
  void step(Asked from, Asked to) {
    for (auto& [line, held] : lines_)
      if (held.asked == from) held.asked = to;
  }
  std::map<Line, Held> lines_;
  std::uint64_t request_ = 0;
  std::map<std::pair<Line, std::uint64_t>, std::uint64_t> refused_once_;          ///< in which request
  std::map<std::pair<CircleRow, std::uint32_t>, std::uint64_t> refused_entries_;  ///< first in which request
  std::set<CircleRow> unsealed_;
  std::map<CircleRow, std::uint32_t> to_sign_again_;
  std::map<CircleRow, LogReach> wanted_;
  std::set<CircleRow> doubted_logs_;
  std::set<CircleRow> logs_at_relay_;
  std::map<std::pair<Line, std::uint64_t>, ChainValue> offered_;
  std::set<std::pair<Line, std::uint64_t>> unanswered_;
};

}  // namespace thuisbasis
