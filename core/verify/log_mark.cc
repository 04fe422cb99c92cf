// SPDX-License-Identifier: EUPL-1.2
#include "core/verify/log_mark.h"

#include <algorithm>

#include "core/verify/protocol.h"

namespace thuisbasis {
namespace {

template <typename Short>
Short first_bytes(const Sha256Digest& digest) {
  Short start;
  std::copy_n(digest.view().begin(), Short::kSize, start.mutable_view().begin());
  return start;
}

}  // namespace

LogMark next_mark(const LogMark& before, const Receipt& item) {
  Sha256 hash(label::kLogMark);
  hash.add(before.view());
  hash.add(receipt_leaf(item));
  return first_bytes<LogMark>(hash.finish());
}

std::vector<std::uint64_t> places_back_from(std::uint64_t last) {
  std::vector<std::uint64_t> places;
  for (std::uint64_t back = 0; back < last; back = 2 * back + 1) places.push_back(last - back);
  return places;
}

MarksHasher::MarksHasher() : hash_(label::kLogMarks) {}

void MarksHasher::add(const CircleId& circle, const LogMark& mark) {
  hash_.add(circle.view());
  hash_.add(mark.view());
}

MarksHash MarksHasher::finish() { return first_bytes<MarksHash>(hash_.finish()); }

}  // namespace thuisbasis
