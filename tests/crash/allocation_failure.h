// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>

/// Lets allocations of this process fail: operator new, and SQLite's memory. Programs that link this library
/// get both hooks; they cost a comparison while nothing is started. One thread.
namespace thuisbasis::crash::allocation_failure {

/// Counts allocations from here on, apart from those under an AllocationPause; the nth fails, or the first
/// after it that is not made inside libprotobuf, and with `for_good` all such after it. 0: none fails.
void start(std::uint64_t nth, bool for_good);
struct Count {
  std::uint64_t allocations = 0;
  bool failed = false;
};
Count stop();
/// Puts the hook under SQLite. Before the first use of SQLite in this process; once.
void hook_sqlite();

}  // namespace thuisbasis::crash::allocation_failure
