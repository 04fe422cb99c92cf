// SPDX-License-Identifier: EUPL-1.2
#include "core/store/change_log.h"

#include <algorithm>
#include <cstdlib>

#include "core/base/planted_bug.h"
#include "core/store/row_access.h"

// Own changes, refusals, quarantine and journal; sealed bundles are in bundle_log.cc.
namespace thuisbasis {
namespace {

constexpr std::int64_t kJournalLinesMax = 10'000;
/// In the column asks_left: as often as one may ask, other bytes came each time.
constexpr int kAskedInVain = -1;

/// Of a bundle b: frozen here, without a receipt, and none of its changes returned (a range is returned
/// whole).
constexpr std::string_view kWaitsForReceipt =
    "b.own AND b.row IN (SELECT bundle FROM tb_unsettled) AND NOT EXISTS "
    "(SELECT 1 FROM tb_returned r WHERE r.circle = b.circle AND r.author = b.author "
    "AND r.number BETWEEN b.first AND b.last)";

Result<CircleRow> read_circle_row(const sqlite::Statement& row) { return CircleRow{row.integer(0)}; }

Result<QuarantinedItem> read_quarantined(const sqlite::Statement& row) {
  QuarantinedItem item;
  item.row = row.integer(0);
  item.circle = CircleRow{row.integer(1)};
  item.sequence = static_cast<std::uint64_t>(row.integer(2));
  item.reason = static_cast<Code>(row.integer(3));
  item.detail = row.text(4);
  item.at = row.integer(5);
  item.bytes = to_bytes(row.blob(6));
  return item;
}

std::string select_quarantined(std::string_view which) {
  return "SELECT row, circle, sequence, reason, detail, at, bytes FROM tb_quarantine " + std::string(which);
}

}  // namespace

Status ChangeLog::add_unsent(CircleRow circle, const UnsentChange& change) {
  TB_TRY(const std::uint32_t author, authors_.index_of(change.author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "INSERT INTO tb_change(circle, author, number, time, bytes) VALUES (?, ?, ?, ?, ?)"));
  row->bind(1, key(circle))
      .bind(2, author)
      .bind(3, change.number)
      .bind(4, change.time.value)
      .bind(5, change.bytes);
  return row->run();
}

Result<std::vector<UnsentChange>> ChangeLog::unsent(CircleRow circle, const Author& author,
                                                    const Portion& portion) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT number, time, bytes FROM tb_change WHERE circle = ? AND author = ? "
                            "ORDER BY number"));
  rows->bind(1, key(circle)).bind(2, index);
  std::vector<UnsentChange> changes;
  std::size_t bytes = 0;
  while (changes.size() < portion.changes_max) {
    TB_TRY(const bool found, rows->step());
    if (!found) return changes;
    bytes += rows->blob(2).size();
    if (bytes > portion.bytes_max && !changes.empty()) break;
    changes.push_back({author,
                       static_cast<std::uint64_t>(rows->integer(0)),
                       {static_cast<std::uint64_t>(rows->integer(1))},
                       to_bytes(rows->blob(2))});
  }
  rows->reset();
  return changes;
}

Result<std::optional<UnsentChange>> ChangeLog::unsent_change(CircleRow circle, const Author& author,
                                                             std::uint64_t number) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(
      sqlite::Statement * row,
      connection_.cached("SELECT time, bytes FROM tb_change WHERE circle = ? AND author = ? AND number = ?"));
  return first_of(
      row->bind(1, key(circle)).bind(2, index).bind(3, number),
      [&](const sqlite::Statement& found) -> Result<UnsentChange> {
        return UnsentChange{
            author, number, {static_cast<std::uint64_t>(found.integer(0))}, to_bytes(found.blob(1))};
      });
}

Result<std::vector<CircleRow>> ChangeLog::circles_with_unsent() const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT DISTINCT circle FROM tb_change ORDER BY circle"));
  return all_of(*rows, read_circle_row);
}

Result<std::vector<UnsentChange>> ChangeLog::all_unsent(CircleRow circle) const {
  TB_TRY(
      sqlite::Statement * rows,
      connection_.cached("SELECT author, number, time, bytes FROM tb_change WHERE circle = ? ORDER BY row"));
  return all_of(rows->bind(1, key(circle)), [&](const sqlite::Statement& row) -> Result<UnsentChange> {
    UnsentChange change;
    TB_TRY(change.author, authors_.author_at(static_cast<std::uint32_t>(row.integer(0))));
    change.number = static_cast<std::uint64_t>(row.integer(1));
    change.time = {static_cast<std::uint64_t>(row.integer(2))};
    change.bytes = to_bytes(row.blob(3));
    return change;
  });
}

Result<std::vector<Author>> ChangeLog::unsent_authors(CircleRow circle) const {
  TB_TRY(
      sqlite::Statement * rows,
      connection_.cached("SELECT author FROM tb_change WHERE circle = ? GROUP BY author ORDER BY min(row)"));
  return all_of(rows->bind(1, key(circle)), [&](const sqlite::Statement& row) -> Result<Author> {
    return authors_.author_at(static_cast<std::uint32_t>(row.integer(0)));
  });
}

Status ChangeLog::take_out_unsent(CircleRow circle) {
  TB_TRY(sqlite::Statement * rows, connection_.cached("DELETE FROM tb_change WHERE circle = ?"));
  return rows->bind(1, key(circle)).run();
}

Status ChangeLog::note_reissued(CircleRow circle, const Dot& from, const Dot& to) {
  TB_TRY(const std::uint32_t author, authors_.index_of(from.author));
  TB_TRY(const std::uint32_t new_author, authors_.index_of(to.author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached("INSERT INTO tb_reissued(circle, author, number, new_author, new_number) "
                            "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                            "new_author = excluded.new_author, new_number = excluded.new_number"));
  row->bind(1, key(circle)).bind(2, author).bind(3, from.number);
  return row->bind(4, new_author).bind(5, to.number).run();
}

Status ChangeLog::add_returned(const ReturnedChange& change) {
  if (is_planted(PlantedBug::kRefusedWorkDropped)) return {};
  TB_TRY(const std::uint32_t author, authors_.index_of(change.author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached("INSERT INTO tb_returned(circle, author, number, reason, detail, at, bytes) "
                            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  row->bind(1, key(change.circle)).bind(2, author).bind(3, change.number).bind(4, change.reason);
  return row->bind(5, std::string_view(change.detail)).bind(6, change.at).bind(7, change.bytes).run();
}

Result<std::vector<ReturnedChange>> ChangeLog::returned() const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached(
             "SELECT circle, author, number, reason, detail, at, bytes FROM tb_returned ORDER BY row"));
  return all_of(*rows, [&](const sqlite::Statement& row) -> Result<ReturnedChange> {
    ReturnedChange change;
    change.circle = CircleRow{row.integer(0)};
    TB_TRY(change.author, authors_.author_at(static_cast<std::uint32_t>(row.integer(1))));
    change.number = static_cast<std::uint64_t>(std::abs(row.integer(2)));
    change.reason = static_cast<std::uint32_t>(row.integer(3));
    change.detail = row.text(4);
    change.at = row.integer(5);
    change.bytes = to_bytes(row.blob(6));
    return change;
  });
}

Result<std::optional<Dot>> ChangeLog::next_dot(CircleRow circle, const Dot& dot) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(dot.author));
  TB_TRY(sqlite::Statement * row, connection_.cached("SELECT new_author, new_number FROM tb_reissued "
                                                     "WHERE circle = ? AND author = ? AND number = ?"));
  return first_of(row->bind(1, key(circle)).bind(2, index).bind(3, dot.number),
                  [&](const sqlite::Statement& found) -> Result<Dot> {
                    TB_TRY(const Author author,
                           authors_.author_at(static_cast<std::uint32_t>(found.integer(0))));
                    return Dot{author, static_cast<std::uint64_t>(found.integer(1))};
                  });
}

Result<bool> ChangeLog::is_reissued(CircleRow circle, const Dot& made_as) const {
  TB_TRY(const std::optional<Dot> next, next_dot(circle, made_as));
  return next.has_value();
}

Result<Dot> ChangeLog::goes_on_as(CircleRow circle, const Dot& made_as) const {
  // A write goes on under a newer instance only, so this ends.
  Dot dot = made_as;
  for (;;) {
    TB_TRY(const bool stands, holds_own(circle, dot));
    if (stands) return dot;
    TB_TRY(const std::optional<Dot> next, next_dot(circle, dot));
    if (!next) return dot;
    if (*next == dot) return Error(Code::kDamaged, "a change goes on as itself");
    dot = *next;
  }
}

Result<bool> ChangeLog::holds_own(CircleRow circle, const Dot& dot) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(dot.author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "SELECT EXISTS (SELECT 1 FROM tb_change WHERE circle = ?1 AND author = ?2 AND number "
             "= ?3) OR EXISTS (SELECT 1 FROM tb_bundle WHERE circle = ?1 AND author = ?2 AND own "
             "AND last >= ?3 AND first <= ?3)"));
  TB_TRY(const std::int64_t found, integer_of(row->bind(1, key(circle)).bind(2, index).bind(3, dot.number)));
  return found != 0;
}

Result<WriteStage> ChangeLog::stage_of_write(CircleRow circle, const Dot& made_as) const {
  TB_TRY(const Dot dot, goes_on_as(circle, made_as));
  TB_TRY(const std::uint32_t index, authors_.index_of(dot.author));
  TB_TRY(
      sqlite::Statement * displaced,
      connection_.cached("SELECT count(*) FROM tb_returned WHERE circle = ? AND author = ? AND number = -?"));
  TB_TRY(const std::int64_t count,
         integer_of(displaced->bind(1, key(circle)).bind(2, index).bind(3, dot.number)));
  if (count > 0) return WriteStage::kReturned;
  return stage(circle, dot.author, dot.number);
}

Result<WriteStage> ChangeLog::stage(CircleRow circle, const Author& author, std::uint64_t number) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  const auto holds = [&](std::string_view sql) -> Result<bool> {
    TB_TRY(sqlite::Statement * row, connection_.cached(sql));
    TB_TRY(const std::int64_t count, integer_of(row->bind(1, key(circle)).bind(2, index).bind(3, number)));
    return count > 0;
  };
  TB_TRY(const bool returned,
         holds("SELECT count(*) FROM tb_returned WHERE circle = ? AND author = ? AND number = ?"));
  if (returned) return WriteStage::kReturned;
  TB_TRY(const bool pending,
         holds("SELECT count(*) FROM tb_change WHERE circle = ? AND author = ? AND number = ?"));
  if (pending) return WriteStage::kPending;
  TB_TRY(const std::optional<StoredBundle> bundle, bundle_covering(circle, author, number));
  // A bundle of ours that came back from the relay without having been frozen here (this vault is a restored
  // copy) lies there, whoever holds the receipt.
  if (bundle) {
    TB_TRY(const bool frozen_here,
           holds("SELECT count(*) FROM tb_bundle WHERE circle = ? AND author = ? AND own AND last >= ?3 "
                 "AND first <= ?3"));
    const bool confirmed = bundle->receipted || (!frozen_here && bundle->sequence);
    return confirmed ? WriteStage::kConfirmed : WriteStage::kSent;
  }
  // A bundle goes only below a floor, which the relay holds.
  TB_TRY(const AuthorHead head, circles_.head(circle, author));
  if (number >= 1 && number <= head.frozen) return WriteStage::kConfirmed;
  return Error(Code::kNotFound, "no write has number " + std::to_string(number));
}

Result<OutboxSummary> ChangeLog::summary() const {
  OutboxSummary summary;
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "SELECT (SELECT count(*) FROM tb_change), (SELECT ifnull(sum(last - first + 1), 0) FROM "
             "tb_bundle b "
             "WHERE " +
             std::string(kWaitsForReceipt) +
             "), (SELECT count(*) FROM tb_returned), (SELECT count(*) FROM tb_quarantine), "
             "(SELECT min(time) >> 16 FROM tb_change), (SELECT min(signed_time) FROM tb_bundle b WHERE " +
             std::string(kWaitsForReceipt) + ")"));
  TB_TRY(const bool found, row->step());
  if (!found) return Error(Code::kInternal, "a summary answered no row");
  summary.pending = static_cast<std::uint64_t>(row->integer(0));
  summary.sent = static_cast<std::uint64_t>(row->integer(1));
  summary.returned = static_cast<std::uint64_t>(row->integer(2));
  summary.quarantined = static_cast<std::uint64_t>(row->integer(3));
  for (const int column : {4, 5})
    if (!row->is_null(column))
      summary.oldest_unconfirmed =
          std::min(summary.oldest_unconfirmed.value_or(row->integer(column)), row->integer(column));
  row->reset();
  return summary;
}

Result<StageCounts> ChangeLog::count_stages(const DeviceId& device) const {
  // What another copy of this vault froze came back from the relay, and is there without a receipt of ours.
  TB_TRY(
      sqlite::Statement * row,
      connection_.cached(
          "WITH b AS (SELECT bundle.last - bundle.first + 1 AS changes, bundle.own AND EXISTS (SELECT 1 FROM "
          "tb_returned r "
          "WHERE r.circle = bundle.circle AND r.author = bundle.author "
          "AND r.number BETWEEN bundle.first AND bundle.last) AS returned, "
          "c.bundle IS NOT NULL AND NOT c.doubted AND (c.receipt IS NOT NULL OR NOT bundle.own) AS confirmed "
          "FROM tb_bundle bundle JOIN tb_author a ON a.number = bundle.author "
          "LEFT JOIN tb_confirmed c ON c.bundle = bundle.row WHERE a.device = ?) "
          "SELECT (SELECT count(*) FROM tb_change), "
          "(SELECT ifnull(sum(changes), 0) FROM b WHERE NOT returned AND NOT confirmed), "
          "(SELECT ifnull(sum(changes), 0) FROM b WHERE NOT returned AND confirmed), "
          "(SELECT count(*) FROM tb_returned)"));
  TB_TRY(const std::optional<StageCounts> counts,
         first_of(row->bind(1, device), [](const sqlite::Statement& found) -> Result<StageCounts> {
           const auto number = [&](int column) { return static_cast<std::uint64_t>(found.integer(column)); };
           return StageCounts{number(0), number(1), number(2), number(3)};
         }));
  if (!counts) return Error(Code::kInternal, "a count answered no row");
  return *counts;
}

Result<std::uint64_t> ChangeLog::unconfirmed_in(CircleRow circle) const {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT (SELECT count(*) FROM tb_change WHERE circle = ?1) + (SELECT "
                            "ifnull(sum(last - first + 1), 0) FROM tb_bundle b WHERE circle = ?1 AND " +
                            std::string(kWaitsForReceipt) + ")"));
  TB_TRY(const std::int64_t count, integer_of(row->bind(1, key(circle))));
  return static_cast<std::uint64_t>(count);
}

Status ChangeLog::quarantine(const QuarantinedItem& item, int asks) {
  // What came twice, or is as its author signed it, is what the relay has there; of the rest nobody can say
  // which it is. Why it is set aside may be another reason by now.
  TB_TRY(sqlite::Statement * same,
         connection_.cached(item.sequence == 0
                                ? "UPDATE tb_quarantine SET asks_left = 0, reason = ?4, detail = ?5 "
                                  "WHERE circle = ?1 AND bytes = ?2 AND ?3 = 0"
                                : "UPDATE tb_quarantine SET asks_left = 0, reason = ?4, detail = ?5, "
                                  "sequence = ?3 WHERE circle = ?1 AND sequence IN (0, ?3) AND bytes = ?2"));
  same->bind(1, key(item.circle)).bind(2, item.bytes).bind(3, item.sequence);
  TB_CHECK(same->bind(4, static_cast<int>(item.reason)).bind(5, std::string_view(item.detail)).run());
  const bool twice = connection_.changes() > 0;
  if (twice || asks == 0) {
    TB_TRY(sqlite::Statement * others,
           connection_.cached("DELETE FROM tb_quarantine WHERE circle = ? AND sequence = ? AND sequence > 0 "
                              "AND bytes <> ? AND asks_left <> 0"));
    TB_CHECK(others->bind(1, key(item.circle)).bind(2, item.sequence).bind(3, item.bytes).run());
  }
  if (twice) return {};
  TB_TRY(sqlite::Statement * asked,
         connection_.cached("UPDATE tb_quarantine SET asks_left = iif(asks_left > 1, asks_left - 1, ?3) "
                            "WHERE circle = ?1 AND sequence = ?2 AND sequence > 0 AND asks_left > 0"));
  TB_CHECK(asked->bind(1, key(item.circle)).bind(2, item.sequence).bind(3, kAskedInVain).run());
  TB_TRY(
      sqlite::Statement * row,
      connection_.cached("INSERT INTO tb_quarantine(circle, sequence, reason, detail, at, bytes, asks_left) "
                         "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ifnull((SELECT max(asks_left) FROM tb_quarantine "
                         "WHERE circle = ?1 AND sequence = ?2 AND ?2 > 0 AND ?7 > 0), ?7) "
                         "WHERE ?7 = 0 OR NOT EXISTS (SELECT 1 FROM tb_quarantine WHERE circle = ?1 "
                         "AND sequence = ?2 AND ?2 > 0 AND asks_left = 0)"));
  row->bind(1, key(item.circle)).bind(2, item.sequence).bind(3, static_cast<int>(item.reason));
  return row->bind(4, std::string_view(item.detail)).bind(5, item.at).bind(6, item.bytes).bind(7, asks).run();
}

Result<std::map<CircleRow, std::uint64_t>> ChangeLog::sequences_to_ask_again() const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT circle, min(sequence) FROM tb_quarantine WHERE asks_left > 0 "
                            "AND sequence > 0 GROUP BY circle"));
  std::map<CircleRow, std::uint64_t> sequences;
  for (;;) {
    TB_TRY(const bool found, rows->step());
    if (!found) return sequences;
    sequences.emplace(CircleRow{rows->integer(0)}, static_cast<std::uint64_t>(rows->integer(1)));
  }
}

Result<bool> ChangeLog::is_set_aside(CircleRow circle, std::uint64_t sequence) const {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT EXISTS (SELECT 1 FROM tb_quarantine WHERE circle = ? AND sequence = ?)"));
  TB_TRY(const std::int64_t found, integer_of(row->bind(1, key(circle)).bind(2, sequence)));
  return found != 0;
}

Status ChangeLog::replace_quarantined(CircleRow circle, std::uint64_t sequence) {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("DELETE FROM tb_quarantine WHERE circle = ? AND sequence = ? AND sequence > 0"));
  return rows->bind(1, key(circle)).bind(2, sequence).run();
}

Result<std::vector<QuarantinedItem>> ChangeLog::quarantined() const {
  TB_TRY(sqlite::Statement * rows, connection_.cached(select_quarantined("ORDER BY row")));
  return all_of(*rows, read_quarantined);
}

Result<std::vector<QuarantinedItem>> ChangeLog::quarantined_at(CircleRow circle,
                                                               std::uint64_t sequence) const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached(select_quarantined("WHERE circle = ? AND sequence = ? ORDER BY row")));
  return all_of(rows->bind(1, key(circle)).bind(2, sequence), read_quarantined);
}

Status ChangeLog::release(std::int64_t quarantine_row) {
  TB_TRY(sqlite::Statement * row, connection_.cached("DELETE FROM tb_quarantine WHERE row = ?"));
  return row->bind(1, quarantine_row).run();
}

Status ChangeLog::ask_once_more(std::int64_t quarantine_row) {
  TB_TRY(sqlite::Statement * row, connection_.cached("UPDATE tb_quarantine SET asks_left = 1 WHERE row = ?"));
  return row->bind(1, quarantine_row).run();
}

Status ChangeLog::set_reason(std::int64_t quarantine_row, Code reason, std::string_view detail) {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("UPDATE tb_quarantine SET reason = ?2, detail = ?3 WHERE row = ?1"));
  return row->bind(1, quarantine_row).bind(2, static_cast<int>(reason)).bind(3, detail).run();
}

Status ChangeLog::note(const JournalLine& line) {
  TB_TRY(const std::uint32_t author, authors_.index_of(line.author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached("INSERT INTO tb_journal(at, remark, circle, kind, record, field, author, number) "
                            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  row->bind(1, line.at)
      .bind(2, line.remark)
      .bind(3, key(line.circle))
      .bind(4, line.kind)
      .bind(5, line.record);
  TB_CHECK(row->bind(6, line.field).bind(7, author).bind(8, line.number).run());
  TB_TRY(sqlite::Statement * oldest, connection_.cached("DELETE FROM tb_journal WHERE row <= ?"));
  return oldest->bind(1, connection_.last_insert_rowid() - kJournalLinesMax).run();
}

Result<bool> ChangeLog::has_noted(std::uint32_t remark, CircleRow circle, const Author& author,
                                  std::uint64_t number) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT EXISTS (SELECT 1 FROM tb_journal WHERE remark = ? AND circle = ? "
                            "AND author = ? AND number = ?)"));
  TB_TRY(const std::int64_t found,
         integer_of(row->bind(1, remark).bind(2, key(circle)).bind(3, index).bind(4, number)));
  return found != 0;
}

Result<bool> ChangeLog::has_noted(std::uint32_t remark) const {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT EXISTS (SELECT 1 FROM tb_journal WHERE remark = ?)"));
  TB_TRY(const std::int64_t found, integer_of(row->bind(1, remark)));
  return found != 0;
}

Result<std::vector<JournalLine>> ChangeLog::journal(std::size_t newest) const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT at, remark, circle, kind, record, field, author, number FROM tb_journal "
                            "ORDER BY row DESC LIMIT ?"));
  rows->bind(1, static_cast<std::int64_t>(newest));
  return all_of(*rows, [&](const sqlite::Statement& row) -> Result<JournalLine> {
    JournalLine line;
    line.at = row.integer(0);
    line.remark = static_cast<std::uint32_t>(row.integer(1));
    line.circle = CircleRow{row.integer(2)};
    line.kind = static_cast<std::uint32_t>(row.integer(3));
    TB_TRY(line.record, RecordId::from(row.blob(4)));
    line.field = static_cast<std::uint32_t>(row.integer(5));
    TB_TRY(line.author, authors_.author_at(static_cast<std::uint32_t>(row.integer(6))));
    line.number = static_cast<std::uint64_t>(row.integer(7));
    return line;
  });
}

}  // namespace thuisbasis
