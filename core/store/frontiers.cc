// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <limits>

#include "core/store/circles.h"
#include "core/store/row_access.h"

#include "core/base/planted_bug.h"

// Frontiers and what authors have seen. What this device wrote and no bundle covers yet stands in tb_change
// alone, so that a local write touches no frontier row: the head of an author is the higher of the two.
namespace thuisbasis {
namespace {

struct NumberOf {
  std::uint32_t author = 0;
  std::uint64_t number = 0;
};

Result<NumberOf> read_number(const sqlite::Statement& row) {
  return NumberOf{static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))};
}

/// Of each author with changes that wait. From author to author through the index: GROUP BY would read every
/// change.
Result<std::vector<NumberOf>> newest_unsent(sqlite::Connection& connection, CircleRow circle) {
  TB_TRY(sqlite::Statement * next,
         connection.cached("SELECT author, number FROM tb_change WHERE circle = ?1 AND author < ?2 "
                           "ORDER BY author DESC, number DESC LIMIT 1"));
  std::vector<NumberOf> all;
  std::int64_t below = std::numeric_limits<std::int64_t>::max();
  for (;;) {
    TB_TRY(const std::optional<NumberOf> newest,
           first_of(next->bind(1, key(circle)).bind(2, below), read_number));
    if (!newest) return all;
    below = newest->author;
    all.push_back(*newest);
  }
}

Result<AuthorHead> read_head(const sqlite::Statement& row) {
  AuthorHead head;
  head.number = static_cast<std::uint64_t>(row.integer(1));
  head.frozen = static_cast<std::uint64_t>(row.integer(2));
  TB_TRY(head.chain, ChainValue::from(row.blob(3)));
  return head;
}

}  // namespace

Result<std::map<Author, AuthorHead>> Circles::heads(CircleRow circle) const {
  std::map<Author, AuthorHead> heads;
  TB_TRY(sqlite::Statement * frozen,
         connection_.cached("SELECT author, number, frozen, chain FROM tb_frontier WHERE circle = ?"));
  using Numbered = std::pair<std::uint32_t, AuthorHead>;
  TB_TRY(const auto rows,
         all_of(frozen->bind(1, key(circle)), [](const sqlite::Statement& row) -> Result<Numbered> {
           TB_TRY(const AuthorHead head, read_head(row));
           return Numbered(static_cast<std::uint32_t>(row.integer(0)), head);
         }));
  for (const auto& [index, head] : rows) {
    TB_TRY(const Author author, authors_.author_at(index));
    heads.emplace(author, head);
  }
  TB_TRY(const std::vector<NumberOf> unsent, newest_unsent(connection_, circle));
  for (const NumberOf& own : unsent) {
    TB_TRY(const Author author, authors_.author_at(own.author));
    AuthorHead& head = heads[author];
    if (!is_planted(PlantedBug::kNumberReused)) head.number = std::max(head.number, own.number);
  }
  return heads;
}

Result<AuthorHead> Circles::head(CircleRow circle, const Author& author) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * frozen,
         connection_.cached(
             "SELECT author, number, frozen, chain FROM tb_frontier WHERE circle = ? AND author = ?"));
  TB_TRY(const std::optional<AuthorHead> found,
         first_of(frozen->bind(1, key(circle)).bind(2, index), read_head));
  AuthorHead head = found.value_or(AuthorHead());
  TB_TRY(sqlite::Statement * unsent,
         connection_.cached("SELECT ifnull(max(number), 0) FROM tb_change WHERE circle = ? AND author = ?"));
  TB_TRY(const std::int64_t newest, integer_of(unsent->bind(1, key(circle)).bind(2, index)));
  if (!is_planted(PlantedBug::kNumberReused))
    head.number = std::max(head.number, static_cast<std::uint64_t>(newest));
  return head;
}

Result<Frontier> Circles::frontier(CircleRow circle) const {
  TB_TRY(sqlite::Statement * applied,
         connection_.cached("SELECT author, number FROM tb_frontier WHERE circle = ?"));
  TB_TRY(std::vector<NumberOf> numbers, all_of(applied->bind(1, key(circle)), read_number));
  if (!is_planted(PlantedBug::kNumberReused)) {
    TB_TRY(const std::vector<NumberOf> unsent, newest_unsent(connection_, circle));
    numbers.insert(numbers.end(), unsent.begin(), unsent.end());
  }
  Frontier frontier;
  for (const NumberOf& one : numbers) {
    TB_TRY(const Author author, authors_.author_at(one.author));
    frontier.raise(author, one.number);
  }
  return frontier;
}

Status Circles::raise_number(CircleRow circle, const Author& author, std::uint64_t number) {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "INSERT INTO tb_frontier(circle, author, number, frozen, chain) VALUES (?1, ?2, ?3, 0, ?4) "
             "ON CONFLICT DO UPDATE SET number = ?3 WHERE number < ?3"));
  return row->bind(1, key(circle)).bind(2, index).bind(3, number).bind(4, ChainValue()).run();
}

Status Circles::raise_chain(CircleRow circle, const Author& author, std::uint64_t number,
                            const ChainValue& chain) {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "INSERT INTO tb_frontier(circle, author, number, frozen, chain) VALUES (?1, ?2, ?3, ?3, ?4) "
             "ON CONFLICT DO UPDATE SET number = max(number, ?3), frozen = ?3, chain = ?4 "
             "WHERE frozen < ?3"));
  return row->bind(1, key(circle)).bind(2, index).bind(3, number).bind(4, chain).run();
}

Status Circles::forget_applied(CircleRow circle) {
  for (const std::string_view sql :
       {"DELETE FROM tb_frontier WHERE circle = ?", "DELETE FROM tb_seen WHERE circle = ?"}) {
    TB_TRY(sqlite::Statement * rows, connection_.cached(sql));
    TB_CHECK(rows->bind(1, key(circle)).run());
  }
  return put_digest(circle, StateDigest(), HybridTime());
}

Result<Frontier> Circles::seen_by(CircleRow circle, const Author& author) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT other, number FROM tb_seen WHERE circle = ? AND author = ?"));
  TB_TRY(const auto numbers, all_of(rows->bind(1, key(circle)).bind(2, index), read_number));
  Frontier seen;
  for (const NumberOf& other : numbers) {
    TB_TRY(const Author of, authors_.author_at(other.author));
    seen.raise(of, other.number);
  }
  return seen;
}

Status Circles::raise_seen(CircleRow circle, const Author& author, const Frontier& seen) {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  for (const auto& [other, number] : seen.numbers()) {
    TB_TRY(const std::uint32_t other_index, authors_.index_of(other));
    TB_TRY(sqlite::Statement * row,
           connection_.cached("INSERT INTO tb_seen(circle, author, other, number) VALUES (?1, ?2, ?3, ?4) "
                              "ON CONFLICT DO UPDATE SET number = ?4 WHERE number < ?4"));
    TB_CHECK(row->bind(1, key(circle)).bind(2, index).bind(3, other_index).bind(4, number).run());
  }
  return {};
}

}  // namespace thuisbasis
