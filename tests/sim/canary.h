// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "tests/sim/findings.h"

namespace thuisbasis::sim {

/// Every text and every byte field that people write begins with this word, so that any plaintext is found by
/// looking for one thing.
inline constexpr std::string_view kCanary = "Kanarie-";

/// Looks for plaintext in bytes that leave the engine: requests, answers, what is written to a disk (I7).
class CanaryWatch final {
 public:
  explicit CanaryWatch(Findings& findings) : findings_(findings) {}
  void look(std::string_view where, ByteView bytes) {
    looked_at_ += bytes.size();
    if (as_text(bytes).find(kCanary) == std::string_view::npos) return;
    findings_.violated(Invariant::kNoPlaintext, "plaintext in " + std::string(where));
  }
  std::uint64_t bytes_looked_at() const { return looked_at_; }

 private:
  Findings& findings_;
  std::uint64_t looked_at_ = 0;
};

}  // namespace thuisbasis::sim
