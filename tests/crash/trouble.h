// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <array>
#include <string_view>

#include "tests/support/crash_disk.h"

namespace thuisbasis::crash {

/// What goes wrong at a point: at an operation of the disk, or at an allocation of memory.
enum class Trouble {
  kPowerLost,
  kIoErrorOnce,
  kIoErrorForGood,
  kDiskFullOnce,
  kDiskFullForGood,
  kNoMemoryOnce,
  kNoMemoryForGood,
};
inline constexpr std::array kDiskTroubles{Trouble::kPowerLost, Trouble::kIoErrorOnce,
                                          Trouble::kIoErrorForGood, Trouble::kDiskFullOnce,
                                          Trouble::kDiskFullForGood};
inline constexpr std::array kMemoryTroubles{Trouble::kNoMemoryOnce, Trouble::kNoMemoryForGood};

std::string_view trouble_name(Trouble trouble);
bool is_of_memory(Trouble trouble);

/// Makes one process meet its trouble: counts the points of an operation, and strikes at the nth. One at a
/// time.
class Striker final {
 public:
  Striker(Trouble trouble, testing_support::CrashDisk& disk) : trouble_(trouble), disk_(disk) {}
  ~Striker() { stop(); }
  Striker(const Striker&) = delete;
  Striker& operator=(const Striker&) = delete;

  /// Begins to count from here, and strikes at point `nth`; 0: never.
  void start(std::uint64_t nth);
  struct Count {
    std::uint64_t points = 0;
    bool struck = false;
  };
  Count stop();

 private:
  Trouble trouble_;
  testing_support::CrashDisk& disk_;
  std::uint64_t before_ = 0;
  Count count_;
  bool runs_ = false;
};

}  // namespace thuisbasis::crash
