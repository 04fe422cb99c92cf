// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/base/sqlite.h"
#include "core/schema/schema.h"
#include "core/store/circles.h"

namespace thuisbasis {

inline constexpr std::size_t kSearchTextBytesMax = 1024;
inline constexpr std::size_t kSearchWordsMax = 32;
inline constexpr std::size_t kSearchHitsMax = 1000;

struct TextQuery {
  std::string_view text;             ///< as a person typed it
  std::vector<std::uint32_t> kinds;  ///< empty: all
  std::optional<CircleRow> circle;
  std::size_t limit = 50;  ///< at most kSearchHitsMax
};

struct TextHit {
  std::uint32_t kind = 0;
  RecordId id;
  CircleRow circle{};
  std::int64_t row = 0;
  std::string snippet;  ///< the words in their sentence, hits between U+2039 and U+203A
  double rank = 0;      ///< bm25: the lower the better
};

/// Finds records whose searched texts hold all words, diacritics and case aside, the best first. The last
/// word may be a beginning; "words between quotes" stand together. Any input is fine: nothing a person types
/// is search syntax. kTooLarge beyond the limits above.
Result<std::vector<TextHit>> search_text(sqlite::Connection& connection, const Schema& schema,
                                         const TextQuery& query);

/// Merges some of the pieces that commits leave in the search index, in a transaction of its own, and a
/// bounded part of the work each time. For a moment in which nobody waits: one commit that has to merge may
/// write hundreds of pages. Without it FTS5 merges sixteen pieces at once, in the commit that makes the
/// sixteenth.
Status merge_search(sqlite::Connection& connection, const Schema& schema);

/// The same words as an FTS5 expression; empty when there is nothing to search for.
Result<std::string> search_expression(std::string_view text);

}  // namespace thuisbasis
