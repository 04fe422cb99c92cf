// SPDX-License-Identifier: EUPL-1.2
// Which planted bug a process has: part of core/base in the build that tests the tests, and of no other.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/base/planted_bug.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kNames[] = {
#define TB_BUG(name, text, what) text,
#include "core/base/planted_bug.def"
#undef TB_BUG
};
constexpr int kNone = -1;

int chosen_at_start() {
  const char* const wanted = std::getenv("TB_PLANTED_BUG");
  if (wanted == nullptr || *wanted == '\0') return kNone;
  int number = 0;
  for (const std::string_view name : kNames) {
    if (name == wanted) return number;
    ++number;
  }
  std::fprintf(stderr, "TB_PLANTED_BUG: no bug is called '%s'\n", wanted);
  std::exit(2);
}

}  // namespace

bool is_planted(PlantedBug bug) {
  static const int chosen = chosen_at_start();
  return static_cast<int>(bug) == chosen;
}

}  // namespace thuisbasis
