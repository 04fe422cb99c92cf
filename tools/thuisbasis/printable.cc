// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/printable.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_control(unsigned char c) { return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F; }

/// How many bytes at the start of `text` make one character that a terminal or a reader takes as an order:
/// C1 (U+0080 to U+009F), U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069. 0 where there is none.
std::size_t order_bytes(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  if (at(0) == 0xC2 && at(1) >= 0x80 && at(1) <= 0x9F) return 2;
  if (at(0) == 0xD8 && at(1) == 0x9C) return 2;
  if (at(0) != 0xE2) return 0;
  const bool turns = at(1) == 0x80 && (at(2) == 0x8E || at(2) == 0x8F || (at(2) >= 0xAA && at(2) <= 0xAE));
  const bool isolates = at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9;
  return turns || isolates ? 3 : 0;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    std::size_t bytes = is_control(static_cast<unsigned char>(text.front())) ? 1 : order_bytes(text);
    if (bytes != 0) {
      shown += kReplacement;
    } else {
      bytes = 1;
      shown += text.front();
    }
    text.remove_prefix(bytes);
  }
  return shown;
}

}  // namespace thuisbasis
