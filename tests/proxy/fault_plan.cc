// SPDX-License-Identifier: EUPL-1.2
#include "tests/proxy/fault_plan.h"

#include <array>
#include <random>

namespace thuisbasis::testing_support {
namespace {

constexpr std::array<const char*, kLineFaults> kNames{"none",  "delay",      "rate limit", "cut",
                                                      "reset", "black hole", "drip"};
/// About what a TLS handshake and a small request are.
constexpr std::uint64_t kAfterBytesMost = 3'000;
constexpr int kPauseMsLeast = 5;
constexpr int kPauseMsMost = 60;
constexpr std::uint64_t kRateLeast = 10'000;
constexpr std::uint64_t kRateMost = 100'000;

}  // namespace

std::string ConnectionFault::text() const {
  std::string text = kNames[static_cast<std::size_t>(fault)];
  if (fault == LineFault::kNone) return text;
  text += way == Way::kUp ? " up" : " down";
  text += " after " + std::to_string(after_bytes) + " bytes";
  if (fault == LineFault::kDelay || fault == LineFault::kDrip)
    text += ", " + std::to_string(pause.count()) + " ms";
  if (fault == LineFault::kRateLimit) text += ", " + std::to_string(bytes_per_second) + " bytes/s";
  return text;
}

FaultPlan FaultPlan::every(const ConnectionFault& fault) {
  FaultPlan plan;
  plan.every_ = fault;
  return plan;
}

FaultPlan FaultPlan::drawn(std::uint64_t seed) {
  FaultPlan plan;
  plan.seed_ = seed;
  plan.is_drawn_ = true;
  return plan;
}

ConnectionFault FaultPlan::at(std::uint64_t connection) const {
  if (!is_drawn_) return every_;
  std::seed_seq seeds{seed_ >> 32, seed_ & 0xffffffff, connection};
  std::mt19937_64 dice(seeds);
  const auto between = [&](std::uint64_t least, std::uint64_t most) {
    return least + dice() % (most - least + 1);
  };
  ConnectionFault fault;
  fault.fault = static_cast<LineFault>(between(0, kLineFaults - 1));
  fault.way = between(0, 1) == 0 ? Way::kUp : Way::kDown;
  // Early ones as often as late ones: the handshake is the smaller part.
  fault.after_bytes = between(0, between(1, kAfterBytesMost));
  fault.pause = std::chrono::milliseconds(between(kPauseMsLeast, kPauseMsMost));
  fault.bytes_per_second = between(kRateLeast, kRateMost);
  // Slower than the client's patience allows, whatever was drawn.
  if (fault.fault == LineFault::kDrip) fault.pause = std::chrono::milliseconds(kPauseMsMost);
  return fault;
}

std::string FaultPlan::text(std::uint64_t connections) const {
  std::string text = is_drawn_ ? "line faults of seed " + std::to_string(seed_) + "\n" : "line faults\n";
  for (std::uint64_t i = 0; i < connections; ++i)
    text += "  connection " + std::to_string(i) + ": " + at(i).text() + "\n";
  return text;
}

}  // namespace thuisbasis::testing_support
