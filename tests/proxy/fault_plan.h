// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace thuisbasis::testing_support {

/// What a line does to what passes over it.
enum class LineFault : std::uint8_t {
  kNone,
  kDelay,      ///< every piece arrives later
  kRateLimit,  ///< no more than so many bytes a second
  kCut,        ///< both ends are told that the other one closed
  kReset,      ///< both ends get a reset
  kBlackHole,  ///< nothing more of that way arrives, and nobody is told
  kDrip,       ///< one byte at a time, slower than any use
};
inline constexpr int kLineFaults = 7;

enum class Way : std::uint8_t { kUp, kDown };  ///< from the client, to the client

/// The fate of one connection.
struct ConnectionFault {
  LineFault fault = LineFault::kNone;
  Way way = Way::kUp;                       ///< the one that is struck; cut and reset end both
  std::uint64_t after_bytes = 0;            ///< so many of that way pass as they should
  std::chrono::milliseconds pause{20};      ///< before each piece of a delay, each byte of a drip
  std::uint64_t bytes_per_second = 50'000;  ///< of a rate limit

  /// "reset up after 1200 bytes"
  std::string text() const;
};

/// What becomes of each connection of a proxy, by its number from 0. A value; the same seed is the same plan.
class FaultPlan final {
 public:
  /// Nothing happens.
  FaultPlan() = default;
  /// The same for every connection.
  static FaultPlan every(const ConnectionFault& fault);
  /// Drawn for each connection apart.
  static FaultPlan drawn(std::uint64_t seed);

  ConnectionFault at(std::uint64_t connection) const;
  /// The first so many, a line each, and how to get the same plan again.
  std::string text(std::uint64_t connections) const;

 private:
  ConnectionFault every_{};
  std::uint64_t seed_ = 0;
  bool is_drawn_ = false;
};

}  // namespace thuisbasis::testing_support
