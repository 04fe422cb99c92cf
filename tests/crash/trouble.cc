// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/trouble.h"

#include "tests/crash/allocation_failure.h"

namespace thuisbasis::crash {

using testing_support::CrashDisk;

std::string_view trouble_name(Trouble trouble) {
  static constexpr std::array<std::string_view, 7> kNames{
      "power lost",         "I/O error once", "I/O error for good", "disk full once",
      "disk full for good", "no memory once", "no memory for good"};
  return kNames.at(static_cast<std::size_t>(trouble));
}

bool is_of_memory(Trouble trouble) {
  return trouble == Trouble::kNoMemoryOnce || trouble == Trouble::kNoMemoryForGood;
}

namespace {

CrashDisk::Fault fault_of(Trouble trouble) {
  if (trouble == Trouble::kPowerLost) return CrashDisk::Fault::kPowerLoss;
  const bool full = trouble == Trouble::kDiskFullOnce || trouble == Trouble::kDiskFullForGood;
  return full ? CrashDisk::Fault::kDiskFull : CrashDisk::Fault::kIoError;
}

bool is_for_good(Trouble trouble) {
  return trouble == Trouble::kIoErrorForGood || trouble == Trouble::kDiskFullForGood ||
         trouble == Trouble::kNoMemoryForGood;
}

}  // namespace

void Striker::start(std::uint64_t nth) {
  runs_ = true;
  if (is_of_memory(trouble_)) return allocation_failure::start(nth, is_for_good(trouble_));
  before_ = disk_.operations();
  if (nth != 0) disk_.fail_at(nth, fault_of(trouble_), is_for_good(trouble_));
}

Striker::Count Striker::stop() {
  if (!runs_) return count_;
  runs_ = false;
  if (is_of_memory(trouble_)) {
    const allocation_failure::Count count = allocation_failure::stop();
    return count_ = {count.allocations, count.failed};
  }
  count_ = {disk_.operations() - before_, disk_.failed()};
  disk_.stop_failing();
  return count_;
}

}  // namespace thuisbasis::crash
