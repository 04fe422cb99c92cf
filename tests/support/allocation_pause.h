// SPDX-License-Identifier: EUPL-1.2
#pragma once

namespace thuisbasis::testing_support {

/// While one lives, no allocation is made to fail: for what belongs to a test and not to the product. It costs
/// nothing in programs that let none fail.
class AllocationPause final {
 public:
  AllocationPause() { ++depth_; }
  ~AllocationPause() { --depth_; }
  AllocationPause(const AllocationPause&) = delete;
  AllocationPause& operator=(const AllocationPause&) = delete;
  static bool holds() { return depth_ != 0; }

 private:
  static inline thread_local int depth_ = 0;
};

}  // namespace thuisbasis::testing_support
