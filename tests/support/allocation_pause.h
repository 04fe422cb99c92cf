// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <utility>

namespace thuisbasis::testing_support {

/// While one lives, no allocation is made to fail: for what belongs to a test and not to the product. It
/// costs nothing in programs that let none fail.
class AllocationPause final {
 public:
  AllocationPause() { ++depth_; }
  ~AllocationPause() { --depth_; }
  AllocationPause(const AllocationPause&) = delete;
  AllocationPause& operator=(const AllocationPause&) = delete;
  static bool holds() { return depth_ != 0; }

 private:
  friend class AllocationsOfProduct;
  static inline thread_local int depth_ = 0;
};

/// Within a pause, the part that is the product's after all.
class AllocationsOfProduct final {
 public:
  AllocationsOfProduct() : depth_(std::exchange(AllocationPause::depth_, 0)) {}
  ~AllocationsOfProduct() { AllocationPause::depth_ = depth_; }
  AllocationsOfProduct(const AllocationsOfProduct&) = delete;
  AllocationsOfProduct& operator=(const AllocationsOfProduct&) = delete;

 private:
  int depth_;
};

}  // namespace thuisbasis::testing_support
