// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/findings.h"

namespace thuisbasis::sim {

void Findings::note(std::string_view line, ByteView bytes) {
  hash_.add_u64(static_cast<std::uint64_t>(schedule_.now()));
  hash_.add_u64(line.size()).add(as_bytes(line));
  hash_.add_u64(bytes.size()).add(bytes);
  last_lines_.push_back(std::to_string(schedule_.now()) + " ms  " + std::string(line));
  if (last_lines_.size() > kLinesKept) last_lines_.pop_front();
}

void Findings::violated(Invariant invariant, std::string what) {
  note("VIOLATED I" + std::to_string(static_cast<int>(invariant)) + ": " + what);
  if (violations_.size() < kViolationsKept)
    violations_.push_back({invariant, std::move(what), schedule_.now()});
}

}  // namespace thuisbasis::sim
