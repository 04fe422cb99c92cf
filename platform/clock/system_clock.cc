// SPDX-License-Identifier: EUPL-1.2
#include "platform/clock/system_clock.h"

#include <ctime>

namespace thuisbasis {
namespace {

std::int64_t read_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

WallMs SystemClock::wall_ms() { return read_ms(CLOCK_REALTIME); }

SteadyMs SystemClock::steady_ms() {
#ifdef CLOCK_BOOTTIME
  return read_ms(CLOCK_BOOTTIME);
#else
  return read_ms(CLOCK_MONOTONIC);
#endif
}

}  // namespace thuisbasis
