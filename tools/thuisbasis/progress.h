// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <algorithm>

#include "core/base/clock.h"
#include "tools/thuisbasis/console.h"

namespace thuisbasis {

/// A bar on the person's terminal, drawn again a few times a second; nothing where no terminal is. Gone when
/// it ends.
class Progress final {
 public:
  Progress(Console& console, Clock& clock, std::string label)
      : console_(console), clock_(clock), label_(std::move(label)), drawn_at_(clock.steady_ms()) {}
  ~Progress() {
    if (drawn_) console_.error("\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(double fraction) {
    if (!console_.is_terminal() || clock_.steady_ms() - drawn_at_ < kRedrawMs) return;
    drawn_at_ = clock_.steady_ms();
    drawn_ = true;
    const auto full = static_cast<std::size_t>(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(kWidth));
    console_.error("\r" + label_ + " [" + std::string(full, '#') + std::string(kWidth - full, '.') + "] " +
                   std::to_string(static_cast<int>(fraction * 100)) + "%");
  }

 private:
  static constexpr std::size_t kWidth = 30;
  static constexpr SteadyMs kRedrawMs = 150;
  Console& console_;
  Clock& clock_;
  std::string label_;
  SteadyMs drawn_at_;
  bool drawn_ = false;
};

}  // namespace thuisbasis
