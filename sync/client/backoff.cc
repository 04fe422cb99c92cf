// SPDX-License-Identifier: EUPL-1.2
#include "sync/client/backoff.h"

#include <algorithm>
#include <array>

namespace thuisbasis {

void Backoff::succeeded() {
  bound_ = Ms{0};
  not_before_ = clock_.steady_ms();
}

void Backoff::failed(Ms asked) {
  bound_ = bound_ == Ms{0} ? first_ : std::min(bound_ * 2, most_);
  std::array<Byte, 8> drawn{};
  random_.fill(drawn);
  std::uint64_t number = 0;
  for (const Byte byte : drawn) number = number << 8 | byte;
  const auto jittered = static_cast<Ms::rep>(number % static_cast<std::uint64_t>(bound_.count() + 1));
  not_before_ = clock_.steady_ms() + std::max(jittered, asked.count());
}

Backoff::Ms Backoff::wait() const { return Ms{std::max<SteadyMs>(0, not_before_ - clock_.steady_ms())}; }

}  // namespace thuisbasis
