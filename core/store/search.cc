// SPDX-License-Identifier: EUPL-1.2
#include "core/store/search.h"

#include <algorithm>
#include <iterator>

#include "core/store/row_access.h"
#include "core/store/schema_names.h"

namespace thuisbasis {
namespace {

constexpr int kMergePages = 64;  // of one kind's index at a time
constexpr std::string_view kSnippet = "snippet(%, -1, '\u2039', '\u203A', '\u2026', 16)";

bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' '; }

/// Splits what a person typed into words and quoted phrases. A quote that is never closed starts a phrase
/// too.
std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    const bool phrase = text[at] == '"';
    if (phrase) ++at;
    const auto ends = [&](char c) { return c == '"' || (!phrase && is_blank(c)); };
    const auto end = static_cast<std::size_t>(
        std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), ends) - text.begin());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = phrase ? end + 1 : std::max(end, at + (end == at ? 1 : 0));
  }
  return words;
}

/// An FTS5 string: quotes cannot be in it, NUL would end the expression.
std::string as_string(std::string_view word) {
  std::string string = "\"";
  for (const char c : word) string += c == '\0' ? ' ' : c;
  return string += '"';
}

bool is_wanted(const KindSchema& kind, const TextQuery& query) {
  return is_searched(kind) && (query.kinds.empty() || std::find(query.kinds.begin(), query.kinds.end(),
                                                                kind.number) != query.kinds.end());
}

Result<std::vector<TextHit>> search_kind(sqlite::Connection& connection, const KindSchema& kind,
                                         const TextQuery& query, std::string_view expression) {
  const std::string index = quoted(search_table(kind));
  std::string snippet(kSnippet);
  snippet.replace(snippet.find('%'), 1, index);
  TB_TRY(
      sqlite::Statement * rows,
      connection.cached("SELECT t._id, t._circle, t._row, " + snippet + ", " + index + ".rank FROM " + index +
                        " JOIN " + quoted(kind.table) + " t ON t._row = " + index + ".rowid WHERE " + index +
                        " MATCH ?1 AND (?2 IS NULL OR t._circle = ?2) ORDER BY " + index + ".rank LIMIT ?3"));
  rows->bind(1, expression).bind(3, static_cast<std::int64_t>(query.limit));
  query.circle ? rows->bind(2, key(*query.circle)) : rows->bind_null(2);
  return all_of(*rows, [&](const sqlite::Statement& row) -> Result<TextHit> {
    TextHit hit;
    hit.kind = kind.number;
    TB_TRY(hit.id, RecordId::from(row.blob(0)));
    hit.circle = CircleRow{row.integer(1)};
    hit.row = row.integer(2);
    hit.snippet = row.text(3);
    hit.rank = row.real(4);
    return hit;
  });
}

}  // namespace

Result<std::string> search_expression(std::string_view text) {
  if (text.size() > kSearchTextBytesMax)
    return Error(Code::kTooLarge,
                 "search text of more than " + std::to_string(kSearchTextBytesMax) + " bytes");
  const std::vector<std::string_view> words = split_words(text);
  if (words.size() > kSearchWordsMax)
    return Error(Code::kTooLarge, "search of more than " + std::to_string(kSearchWordsMax) + " words");
  std::string expression;
  // Strings side by side are an AND in which FTS5 leaves out those without a letter or digit.
  for (const std::string_view word : words)
    expression.append(expression.empty() ? "" : " ").append(as_string(word));
  if (!words.empty() && text.back() != '"') expression += '*';
  return expression;
}

Status merge_search(sqlite::Connection& connection, const Schema& schema) {
  TB_TRY(auto transaction, sqlite::Transaction::begin(connection));
  for (const KindSchema& kind : schema.kinds()) {
    if (!is_searched(kind)) continue;
    const std::string index = quoted(search_table(kind));
    TB_TRY(sqlite::Statement * merge,
           connection.cached("INSERT INTO " + index + "(" + index + ", rank) VALUES('merge', ?1)"));
    TB_CHECK(merge->bind(1, kMergePages).run());
  }
  return transaction.commit();
}

Result<std::vector<TextHit>> search_text(sqlite::Connection& connection, const Schema& schema,
                                         const TextQuery& query) {
  if (query.limit > kSearchHitsMax)
    return Error(Code::kTooLarge, "at most " + std::to_string(kSearchHitsMax) + " hits at once");
  TB_TRY(const std::string expression, search_expression(query.text));
  std::vector<TextHit> hits;
  if (expression.empty()) return hits;
  for (const KindSchema& kind : schema.kinds()) {
    if (!is_wanted(kind, query)) continue;
    TB_TRY(std::vector<TextHit> some, search_kind(connection, kind, query, expression));
    hits.insert(hits.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  std::stable_sort(hits.begin(), hits.end(),
                   [](const TextHit& a, const TextHit& b) { return a.rank < b.rank; });
  if (hits.size() > query.limit) hits.resize(query.limit);
  return hits;
}

}  // namespace thuisbasis
