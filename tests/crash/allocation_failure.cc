// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/allocation_failure.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string_view>
#include <utility>

#include "core/base/assert.h"
#include "tests/support/allocation_pause.h"

namespace thuisbasis::crash::allocation_failure {
namespace {

bool counts = false;
bool for_good_from_there = false;
std::uint64_t fails_at = 0;
Count count;

/// What libprotobuf has begun when its memory ends is left half made, and taken apart in that state: a
/// process may end there, and nothing could be said of what follows.
bool is_inside_protobuf() {
  constexpr int kFramesMax = 24;
  const bool counted = std::exchange(counts, false);  // the first backtrace of a process allocates
  std::array<void*, kFramesMax> frames{};
  const int depth = backtrace(frames.data(), kFramesMax);
  bool inside = false;
  for (int i = 0; i < depth && !inside; ++i) {
    Dl_info from{};
    inside = dladdr(frames.at(static_cast<std::size_t>(i)), &from) != 0 && from.dli_fname != nullptr &&
             std::string_view(from.dli_fname).find("libprotobuf") != std::string_view::npos;
  }
  counts = counted;
  return inside;
}

bool fails() {
  if (!counts || testing_support::AllocationPause::holds()) return false;
  ++count.allocations;
  if (fails_at == 0 || count.allocations < fails_at) return false;
  if (count.failed && !for_good_from_there) return false;
  if (is_inside_protobuf()) return false;
  count.failed = true;
  return true;
}

sqlite3_mem_methods below;

void* sqlite_malloc(int size) { return fails() ? nullptr : below.xMalloc(size); }
void* sqlite_realloc(void* memory, int size) { return fails() ? nullptr : below.xRealloc(memory, size); }

}  // namespace

void start(std::uint64_t nth, bool for_good) {
  count = {};
  fails_at = nth;
  for_good_from_there = for_good;
  counts = true;
}

Count stop() {
  counts = false;
  return count;
}

void hook_sqlite() {
  TB_ASSERT(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &below) == SQLITE_OK);
  sqlite3_mem_methods ours = below;
  ours.xMalloc = sqlite_malloc;
  ours.xRealloc = sqlite_realloc;
  TB_ASSERT(sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) == SQLITE_OK);
  // One pool less that would hide allocations.
  TB_ASSERT(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) == SQLITE_OK);
}

namespace {

void* allocated(std::size_t size, std::size_t alignment) {
  if (fails()) return nullptr;
  if (size == 0) size = 1;
  if (alignment <= alignof(std::max_align_t)) return std::malloc(size);
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

void* allocated_or_throw(std::size_t size, std::size_t alignment) {
  void* const memory = allocated(size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace
}  // namespace thuisbasis::crash::allocation_failure

namespace hook = thuisbasis::crash::allocation_failure;

void* operator new(std::size_t size) { return hook::allocated_or_throw(size, 0); }
void* operator new[](std::size_t size) { return hook::allocated_or_throw(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return hook::allocated_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return hook::allocated_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return hook::allocated(size, 0); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return hook::allocated(size, 0); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
