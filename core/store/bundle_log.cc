// SPDX-License-Identifier: EUPL-1.2
#include "core/store/change_log.h"
#include "core/store/row_access.h"

#include "core/base/planted_bug.h"

// Sealed bundles and the receipts for them.
namespace thuisbasis {
namespace {

/// What BundleReader reads, of the bundles that meet a condition.
std::string select_bundles(std::string_view condition) {
  return "SELECT b.row, b.circle, b.author, b.first, b.last, b.chain, b.epoch, b.signed_time, c.sequence, "
         "c.receipt, "
         "b.bytes, b.withheld, c.doubted FROM tb_bundle b LEFT JOIN tb_confirmed c ON c.bundle = b.row "
         "WHERE " +
         std::string(condition);
}

/// The relay is not known to hold it, or has not signed for it: what tb_unsettled lists.
constexpr std::string_view kUnconfirmed = "(c.bundle IS NULL OR c.doubted OR (b.own AND c.receipt IS NULL))";

/// Of the bundle b: unsettled, in circle ?1, after row ?2.
constexpr std::string_view kIsUnsettled =
    "b.row IN (SELECT bundle FROM tb_unsettled WHERE circle = ? AND bundle > ?)";

constexpr int kWaits = static_cast<int>(Code::kMissingDependency);

struct BundleRow {
  std::int64_t row = 0;
  StoredBundle bundle;
};

class BundleReader final {
 public:
  explicit BundleReader(AuthorIndex& authors) : authors_(&authors) {}
  Result<BundleRow> operator()(const sqlite::Statement& row) const {
    BundleRow read;
    read.row = row.integer(0);
    StoredBundle& bundle = read.bundle;
    bundle.circle = CircleRow{row.integer(1)};
    TB_TRY(bundle.author, authors_->author_at(static_cast<std::uint32_t>(row.integer(2))));
    bundle.first = static_cast<std::uint64_t>(row.integer(3));
    bundle.last = static_cast<std::uint64_t>(row.integer(4));
    TB_TRY(bundle.chain, ChainValue::from(row.blob(5)));
    bundle.epoch = static_cast<std::uint32_t>(row.integer(6));
    bundle.signed_time = row.integer(7);
    bundle.once_held = !row.is_null(8);
    const bool stands = bundle.once_held && row.integer(12) == 0;
    if (stands) bundle.sequence = static_cast<std::uint64_t>(row.integer(8));
    bundle.receipted = stands && !row.is_null(9);
    bundle.bytes = to_bytes(row.blob(10));
    bundle.withheld = row.integer(11) != 0;
    return read;
  }

 private:
  AuthorIndex* authors_;
};

Status insert_bundle(sqlite::Connection& connection, std::uint32_t author, const StoredBundle& bundle,
                     bool own) {
  if (bundle.first < 1 || bundle.last < bundle.first)
    return Error(Code::kInvalidArgument, "a bundle covers at least one change");
  TB_TRY(sqlite::Statement * row, connection.cached("INSERT INTO tb_bundle(circle, author, first, last, own, "
                                                    "epoch, signed_time, chain, withheld, bytes) "
                                                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  row->bind(1, key(bundle.circle))
      .bind(2, author)
      .bind(3, bundle.first)
      .bind(4, bundle.last)
      .bind(5, own ? 1 : 0);
  row->bind(6, bundle.epoch).bind(7, bundle.signed_time).bind(8, bundle.chain);
  return row->bind(9, bundle.withheld ? 1 : 0).bind(10, bundle.bytes).run();
}

/// The relay shows that it holds the bundle; whatever it signed for before it was doubted was of another log.
Status put_sequence(sqlite::Connection& connection, std::int64_t bundle, std::uint64_t sequence) {
  TB_TRY(sqlite::Statement * row,
         connection.cached(
             "INSERT INTO tb_confirmed(bundle, sequence) VALUES (?, ?) "
             "ON CONFLICT DO UPDATE SET sequence = ?2, receipt = NULL, doubted = 0 WHERE doubted"));
  return row->bind(1, bundle).bind(2, sequence).run();
}

/// Puts one bundle into the list of unsettled ones or takes it out, as it stands now.
Status settle(sqlite::Connection& connection, CircleRow circle, std::int64_t bundle) {
  TB_TRY(sqlite::Statement * gone,
         connection.cached("DELETE FROM tb_unsettled WHERE circle = ? AND bundle = ?"));
  TB_CHECK(gone->bind(1, key(circle)).bind(2, bundle).run());
  TB_TRY(sqlite::Statement * row,
         connection.cached("INSERT INTO tb_unsettled(circle, bundle) SELECT b.circle, b.row FROM tb_bundle b "
                           "LEFT JOIN tb_confirmed c ON c.bundle = b.row WHERE b.row = ? AND " +
                           std::string(kUnconfirmed)));
  return row->bind(1, bundle).run();
}

struct KnownRange {
  std::int64_t row = 0;
  ChainValue chain;
};

/// The stored bundle of exactly this end, if there is one; kFork when its chain value is another.
Result<std::optional<KnownRange>> find_range(sqlite::Connection& connection, std::uint32_t author,
                                             const StoredBundle& bundle) {
  TB_TRY(sqlite::Statement * row,
         connection.cached("SELECT row, chain FROM tb_bundle WHERE circle = ? AND author = ? AND last = ?"));
  row->bind(1, key(bundle.circle)).bind(2, author).bind(3, bundle.last);
  TB_TRY(auto known, first_of(*row, [](const sqlite::Statement& found) -> Result<KnownRange> {
           TB_TRY(const ChainValue chain, ChainValue::from(found.blob(1)));
           return KnownRange{found.integer(0), chain};
         }));
  if (known && known->chain != bundle.chain)
    return Error(Code::kFork, "another chain value is known at number " + std::to_string(bundle.last));
  return known;
}

}  // namespace

Status ChangeLog::freeze(const StoredBundle& bundle) {
  TB_TRY(const std::uint32_t author, authors_.index_of(bundle.author));
  TB_TRY(const AuthorHead head, circles_.head(bundle.circle, bundle.author));
  if (bundle.first <= head.frozen) return Error(Code::kAlreadyExists, "the range is frozen");
  if (bundle.first != head.frozen + 1 || bundle.last > head.number)
    return Error(Code::kNotFound,
                 "no changes " + std::to_string(bundle.first) + " to " + std::to_string(bundle.last));
  TB_CHECK(insert_bundle(connection_, author, bundle, true));
  if (!is_planted(PlantedBug::kSettledWhenSent))
    TB_CHECK(settle(connection_, bundle.circle, connection_.last_insert_rowid()));
  TB_TRY(sqlite::Statement * covered,
         connection_.cached("DELETE FROM tb_change WHERE circle = ? AND author = ? AND number <= ?"));
  TB_CHECK(covered->bind(1, key(bundle.circle)).bind(2, author).bind(3, bundle.last).run());
  return circles_.raise_chain(bundle.circle, bundle.author, bundle.last, bundle.chain);
}

Status ChangeLog::replace_sealed(const StoredBundle& bundle) {
  TB_TRY(const std::uint32_t author, authors_.index_of(bundle.author));
  TB_TRY(const auto known, find_range(connection_, author, bundle));
  if (!known) return Error(Code::kNotFound, "no bundle ends at number " + std::to_string(bundle.last));
  TB_TRY(sqlite::Statement * row,
         connection_.cached("UPDATE tb_bundle SET epoch = ?2, bytes = ?3, signed_time = ?5, withheld = ?6 "
                            "WHERE row = ?1 AND first = ?4 "
                            "AND row NOT IN (SELECT bundle FROM tb_confirmed WHERE NOT doubted)"));
  row->bind(1, known->row).bind(2, bundle.epoch).bind(3, bundle.bytes).bind(4, bundle.first);
  TB_CHECK(row->bind(5, bundle.signed_time).bind(6, bundle.withheld ? 1 : 0).run());
  if (connection_.changes() != 1)
    return Error(Code::kNotPermitted, "the relay holds the bundle, or it covers another range");
  return {};
}

Status ChangeLog::adopt_sealed(const StoredBundle& bundle) {
  TB_TRY(const std::uint32_t author, authors_.index_of(bundle.author));
  TB_TRY(const auto known, find_range(connection_, author, bundle));
  if (!known) return Error(Code::kNotFound, "no bundle ends at number " + std::to_string(bundle.last));
  TB_TRY(sqlite::Statement * row,
         connection_.cached("UPDATE tb_bundle SET epoch = ?2, bytes = ?3, signed_time = ?4, withheld = ?5 "
                            "WHERE row = ?1"));
  row->bind(1, known->row).bind(2, bundle.epoch).bind(3, bundle.bytes);
  return row->bind(4, bundle.signed_time).bind(5, bundle.withheld ? 1 : 0).run();
}

Result<std::vector<StoredBundle>> ChangeLog::own_unconfirmed(CircleRow circle, const Author& author,
                                                             std::uint64_t first) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(
      sqlite::Statement * rows,
      connection_.cached(select_bundles(
          "b.circle = ? AND b.author = ? AND b.last >= ? AND b.own AND c.bundle IS NULL ORDER BY b.last")));
  TB_TRY(auto found,
         all_of(rows->bind(1, key(circle)).bind(2, index).bind(3, first), BundleReader(authors_)));
  std::vector<StoredBundle> bundles;
  bundles.reserve(found.size());
  for (BundleRow& row : found) bundles.push_back(std::move(row.bundle));
  return bundles;
}

Status ChangeLog::take_out(CircleRow circle, const Author& author, std::uint64_t first) {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  for (const std::string_view sql :
       {"DELETE FROM tb_change WHERE circle = ? AND author = ? AND number >= ?",
        "DELETE FROM tb_bundle WHERE circle = ? AND author = ? AND last >= ? AND own "
        "AND row NOT IN (SELECT bundle FROM tb_confirmed)",
        // Displaced: the number is someone else's now.
        "UPDATE tb_returned SET number = -number WHERE circle = ? AND author = ? AND number >= ?"}) {
    TB_TRY(sqlite::Statement * rows, connection_.cached(sql));
    TB_CHECK(rows->bind(1, key(circle)).bind(2, index).bind(3, first).run());
  }
  TB_TRY(sqlite::Statement * gone,
         connection_.cached(
             "DELETE FROM tb_unsettled WHERE circle = ? AND bundle NOT IN (SELECT row FROM tb_bundle)"));
  return gone->bind(1, key(circle)).run();
}

Status ChangeLog::forget_bundle(CircleRow circle, const Author& author, std::uint64_t last) {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  const std::string which = "(SELECT row FROM tb_bundle WHERE circle = ?1 AND author = ?2 AND last = ?3)";
  for (const std::string& sql :
       {"DELETE FROM tb_unsettled WHERE circle = ?1 AND bundle = " + which,
        "DELETE FROM tb_confirmed WHERE bundle = " + which, "DELETE FROM tb_bundle WHERE row = " + which}) {
    TB_TRY(sqlite::Statement * rows, connection_.cached(sql));
    TB_CHECK(rows->bind(1, key(circle)).bind(2, index).bind(3, last).run());
  }
  return {};
}

Result<bool> ChangeLog::holds_new_of_others(CircleRow circle, const DeviceId& device,
                                            const Author& author) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT count(*) FROM tb_bundle b JOIN tb_author a ON a.number = b.author "
                            "WHERE b.circle = ? AND b.author <> ? AND a.device = ? AND b.own "
                            "AND b.row NOT IN (SELECT bundle FROM tb_confirmed)"));
  TB_TRY(const std::int64_t count, integer_of(row->bind(1, key(circle)).bind(2, index).bind(3, device)));
  return count > 0;
}

Status ChangeLog::add_bundle(const StoredBundle& bundle) {
  TB_TRY(const std::uint32_t author, authors_.index_of(bundle.author));
  TB_TRY(const auto known, find_range(connection_, author, bundle));
  std::int64_t row = known ? known->row : 0;
  if (!known) {
    TB_CHECK(insert_bundle(connection_, author, bundle, false));
    row = connection_.last_insert_rowid();
  }
  if (bundle.sequence) TB_CHECK(put_sequence(connection_, row, *bundle.sequence));
  if (!known && bundle.sequence) return {};
  return settle(connection_, bundle.circle, row);
}

Status ChangeLog::stand_as(CircleRow circle, const Author& author, std::uint64_t last,
                           const Standing& standing) {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * found,
         connection_.cached("SELECT row FROM tb_bundle WHERE circle = ? AND author = ? AND last = ?"));
  TB_TRY(const auto row,
         first_of(found->bind(1, key(circle)).bind(2, index).bind(3, last),
                  [](const sqlite::Statement& at) -> Result<std::int64_t> { return at.integer(0); }));
  if (!row) return Error(Code::kNotFound, "no bundle ends at number " + std::to_string(last));
  TB_TRY(sqlite::Statement * own, connection_.cached("UPDATE tb_bundle SET own = ? WHERE row = ?"));
  TB_CHECK(own->bind(1, standing.own ? 1 : 0).bind(2, *row).run());
  if (standing.sequence) {
    TB_TRY(sqlite::Statement * held,
           connection_.cached("INSERT OR REPLACE INTO tb_confirmed(bundle, sequence, receipt, doubted) "
                              "VALUES (?, ?, ?, ?)"));
    held->bind(1, *row).bind(2, *standing.sequence).bind(4, standing.doubted ? 1 : 0);
    standing.receipt ? held->bind(3, *standing.receipt) : held->bind_null(3);
    TB_CHECK(held->run());
  }
  return settle(connection_, circle, *row);
}

Result<std::optional<StoredBundle>> ChangeLog::bundle_covering(CircleRow circle, const Author& author,
                                                               std::uint64_t number) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             select_bundles("b.circle = ? AND b.author = ? AND b.last >= ? ORDER BY b.last LIMIT 1")));
  TB_TRY(auto found,
         first_of(row->bind(1, key(circle)).bind(2, index).bind(3, number), BundleReader(authors_)));
  if (!found || found->bundle.first > number) return std::optional<StoredBundle>();
  return std::optional<StoredBundle>(std::move(found->bundle));
}

Result<std::optional<ChainValue>> ChangeLog::chain_at(CircleRow circle, const Author& author,
                                                      std::uint64_t number) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "SELECT chain FROM tb_bundle WHERE circle = ?1 AND author = ?2 AND last = ?3 UNION ALL "
             "SELECT chain FROM tb_frontier WHERE circle = ?1 AND author = ?2 AND frozen = ?3 "
             "LIMIT 1"));
  return first_of(row->bind(1, key(circle)).bind(2, index).bind(3, number),
                  [](const sqlite::Statement& found) { return ChainValue::from(found.blob(0)); });
}

Result<ChangeLog::BundlePage> ChangeLog::bundles(CircleRow circle, std::int64_t after_row,
                                                 std::size_t limit) const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached(select_bundles("b.circle = ? AND b.row > ? ORDER BY b.row LIMIT ?")));
  rows->bind(1, key(circle)).bind(2, after_row).bind(3, static_cast<std::int64_t>(limit));
  TB_TRY(auto found, all_of(*rows, BundleReader(authors_)));
  BundlePage page;
  page.last_row = found.empty() ? after_row : found.back().row;
  for (BundleRow& row : found) page.bundles.push_back(std::move(row.bundle));
  return page;
}

namespace {

/// Reads until the portion is full; always one, where there is one.
Result<ChangeLog::BundlePage> read_page(sqlite::Statement& rows, AuthorIndex& authors, std::int64_t after_row,
                                        const Portion& portion) {
  ChangeLog::BundlePage page;
  page.last_row = after_row;
  std::size_t changes = 0;
  std::size_t bytes = 0;
  for (;;) {
    TB_TRY(const bool found, rows.step());
    if (!found) return page;
    Result<BundleRow> row = BundleReader(authors)(rows);
    if (!row) {
      rows.reset();
      return std::move(row.error());
    }
    changes += static_cast<std::size_t>(row->bundle.last - row->bundle.first + 1);
    bytes += row->bundle.bytes.size();
    if (!page.bundles.empty() && (changes > portion.changes_max || bytes > portion.bytes_max)) break;
    page.last_row = row->row;
    page.bundles.push_back(std::move(row->bundle));
  }
  rows.reset();
  return page;
}

}  // namespace

Result<std::map<std::uint64_t, std::int64_t>> ChangeLog::places_beyond(CircleRow circle,
                                                                       std::uint64_t sequence) const {
  TB_TRY(
      sqlite::Statement * rows,
      connection_.cached("SELECT c.sequence, b.row FROM tb_bundle b JOIN tb_confirmed c ON c.bundle = b.row "
                         "WHERE b.circle = ? AND c.sequence > ? AND NOT c.doubted"));
  rows->bind(1, key(circle)).bind(2, sequence);
  std::map<std::uint64_t, std::int64_t> places;
  for (;;) {
    TB_TRY(const bool found, rows->step());
    if (!found) return places;
    places.emplace(static_cast<std::uint64_t>(rows->integer(0)), rows->integer(1));
  }
}

Result<std::vector<CircleRow>> ChangeLog::circles_ahead_of_cursor() const {
  TB_TRY(
      sqlite::Statement * rows,
      connection_.cached("SELECT b.circle FROM tb_bundle b JOIN tb_confirmed c ON c.bundle = b.row "
                         "JOIN tb_circle k ON k.circle = b.circle "
                         "WHERE c.sequence > k.cursor AND NOT c.doubted "
                         "UNION SELECT m.circle FROM tb_membership m JOIN tb_circle k ON k.circle = m.circle "
                         "WHERE m.sequence > k.cursor"));
  return circle_rows(*rows);
}

Result<std::optional<std::uint64_t>> ChangeLog::first_place_twice(CircleRow circle) const {
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "SELECT place FROM (SELECT c.sequence AS place FROM tb_bundle b JOIN tb_confirmed c "
             "ON c.bundle = b.row WHERE b.circle = ?1 AND NOT c.doubted UNION ALL SELECT sequence FROM "
             "tb_membership WHERE circle = ?1 AND sequence IS NOT NULL) GROUP BY place HAVING count(*) > 1 "
             "ORDER BY place LIMIT 1"));
  return first_of(row->bind(1, key(circle)), [](const sqlite::Statement& one) -> Result<std::uint64_t> {
    return static_cast<std::uint64_t>(one.integer(0));
  });
}

Result<std::optional<Bytes>> ChangeLog::bundle_bytes(std::int64_t row, CircleRow circle,
                                                     std::uint64_t sequence) const {
  TB_TRY(sqlite::Statement * bytes,
         connection_.cached("SELECT b.bytes FROM tb_bundle b JOIN tb_confirmed c ON c.bundle = b.row "
                            "WHERE b.row = ? AND b.circle = ? AND c.sequence = ? AND NOT c.doubted"));
  return first_of(bytes->bind(1, row).bind(2, key(circle)).bind(3, sequence),
                  [](const sqlite::Statement& one) -> Result<Bytes> { return to_bytes(one.blob(0)); });
}

Result<ChangeLog::BundlePage> ChangeLog::unconfirmed_bundles(CircleRow circle, std::int64_t after_row,
                                                             const Portion& portion) const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached(select_bundles(std::string(kIsUnsettled) + " ORDER BY b.row")));
  return read_page(rows->bind(1, key(circle)).bind(2, after_row), authors_, after_row, portion);
}

Result<ChangeLog::BundlePage> ChangeLog::unconfirmed_bundles_of(CircleRow circle, const DeviceId& device,
                                                                std::int64_t after_row,
                                                                const Portion& portion) const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached(select_bundles(
             std::string(kIsUnsettled) +
             " AND b.author IN (SELECT number FROM tb_author WHERE device = ?) ORDER BY b.row")));
  rows->bind(1, key(circle)).bind(2, after_row).bind(3, device);
  return read_page(*rows, authors_, after_row, portion);
}

Result<std::vector<CircleRow>> ChangeLog::circles_with_unconfirmed() const {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT DISTINCT circle FROM tb_unsettled ORDER BY circle"));
  return circle_rows(*rows);
}

Result<bool> ChangeLog::waits_for_relay(CircleRow circle) const {
  TB_TRY(
      sqlite::Statement * row,
      connection_.cached("SELECT EXISTS (SELECT 1 FROM tb_unsettled u LEFT JOIN tb_confirmed c "
                         "ON c.bundle = u.bundle WHERE u.circle = ? AND (c.bundle IS NULL OR c.doubted))"));
  TB_TRY(const std::int64_t found, integer_of(row->bind(1, key(circle))));
  return found != 0;
}

Result<bool> ChangeLog::has_doubted(CircleRow circle) const {
  TB_TRY(sqlite::Statement * row,
         connection_.cached("SELECT EXISTS (SELECT 1 FROM tb_unsettled u JOIN tb_confirmed c "
                            "ON c.bundle = u.bundle WHERE u.circle = ? AND c.doubted)"));
  TB_TRY(const std::int64_t found, integer_of(row->bind(1, key(circle))));
  return found != 0;
}

Result<std::uint64_t> ChangeLog::bundle_count() const {
  TB_TRY(const std::int64_t count, connection_.query_integer("SELECT count(*) FROM tb_bundle"));
  return static_cast<std::uint64_t>(count);
}

Result<std::uint64_t> ChangeLog::changes_under(CircleRow circle, std::uint32_t epoch) const {
  TB_TRY(sqlite::Statement * query,
         connection_.cached("SELECT coalesce(sum(last - first + 1), 0) FROM tb_bundle "
                            "WHERE circle = ?1 AND epoch = ?2"));
  TB_TRY(const bool found, query->bind(1, key(circle)).bind(2, epoch).step());
  const auto count = found ? static_cast<std::uint64_t>(query->integer(0)) : 0;
  query->reset();
  return count;
}

Result<std::int64_t> ChangeLog::add_receipt(ByteView receipt) {
  TB_TRY(sqlite::Statement * row, connection_.cached("INSERT INTO tb_receipt(bytes) VALUES (?)"));
  TB_CHECK(row->bind(1, receipt).run());
  return connection_.last_insert_rowid();
}

Status ChangeLog::drop_receipt(std::int64_t receipt) {
  TB_TRY(sqlite::Statement * row, connection_.cached("DELETE FROM tb_receipt WHERE receipt = ?"));
  return row->bind(1, receipt).run();
}

Status ChangeLog::confirm(CircleRow circle, const Author& author, std::uint64_t first, std::uint64_t last,
                          std::uint64_t sequence, std::int64_t receipt) {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * row,
         connection_.cached(
             "INSERT INTO tb_confirmed(bundle, sequence, receipt) SELECT row, ?5, ?6 FROM tb_bundle "
             "WHERE circle = ?1 AND author = ?2 AND first = ?3 AND last = ?4 "
             "ON CONFLICT DO UPDATE SET sequence = ?5, receipt = ?6, doubted = 0"));
  row->bind(1, key(circle)).bind(2, index).bind(3, first).bind(4, last).bind(5, sequence).bind(6, receipt);
  TB_CHECK(row->run());
  if (connection_.changes() != 1)
    return Error(Code::kNotFound, "no bundle " + std::to_string(first) + " to " + std::to_string(last));
  TB_TRY(
      sqlite::Statement * settled,
      connection_.cached("DELETE FROM tb_unsettled WHERE circle = ?1 AND bundle = (SELECT row FROM tb_bundle "
                         "WHERE circle = ?1 AND author = ?2 AND last = ?3)"));
  return settled->bind(1, key(circle)).bind(2, index).bind(3, last).run();
}

Result<std::optional<Bytes>> ChangeLog::receipt_of(CircleRow circle, const Author& author,
                                                   std::uint64_t number) const {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(
      sqlite::Statement * row,
      connection_.cached("SELECT r.bytes FROM tb_bundle b JOIN tb_confirmed c ON c.bundle = b.row "
                         "JOIN tb_receipt r ON r.receipt = c.receipt "
                         "WHERE b.circle = ?1 AND b.author = ?2 AND b.last >= ?3 AND b.first <= ?3 LIMIT 1"));
  return first_of(row->bind(1, key(circle)).bind(2, index).bind(3, number),
                  [](const sqlite::Statement& found) -> Result<Bytes> { return to_bytes(found.blob(0)); });
}

Status ChangeLog::doubt_from(CircleRow circle, const Author& author, std::uint64_t number) {
  TB_TRY(const std::uint32_t index, authors_.index_of(author));
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("UPDATE tb_confirmed SET doubted = 1 WHERE bundle IN (SELECT row FROM tb_bundle "
                            "WHERE circle = ? AND author = ? AND last >= ?)"));
  TB_CHECK(rows->bind(1, key(circle)).bind(2, index).bind(3, number).run());
  TB_TRY(sqlite::Statement * unsettled,
         connection_.cached(
             "INSERT OR IGNORE INTO tb_unsettled(circle, bundle) SELECT circle, row FROM tb_bundle "
             "WHERE circle = ? AND author = ? AND last >= ?"));
  return unsettled->bind(1, key(circle)).bind(2, index).bind(3, number).run();
}

Status ChangeLog::doubt(CircleRow circle, std::uint64_t beyond) {
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("UPDATE tb_confirmed SET doubted = 1 WHERE sequence > ?2 AND bundle IN "
                            "(SELECT row FROM tb_bundle WHERE circle = ?1)"));
  TB_CHECK(rows->bind(1, key(circle)).bind(2, beyond).run());
  TB_TRY(sqlite::Statement * unsettled,
         connection_.cached("INSERT OR IGNORE INTO tb_unsettled(circle, bundle) SELECT b.circle, b.row FROM "
                            "tb_bundle b JOIN tb_confirmed c ON c.bundle = b.row WHERE b.circle = ? "
                            "AND c.doubted"));
  TB_CHECK(unsettled->bind(1, key(circle)).run());
  TB_TRY(sqlite::Statement * damaged,
         connection_.cached("DELETE FROM tb_quarantine WHERE circle = ?1 AND asks_left <> 0 AND reason <> ?2 "
                            "AND (sequence = 0 OR sequence > ?3)"));
  TB_CHECK(damaged->bind(1, key(circle)).bind(2, kWaits).bind(3, beyond).run());
  TB_TRY(sqlite::Statement * aside,
         connection_.cached("UPDATE tb_quarantine SET sequence = 0 WHERE circle = ? AND sequence > ?"));
  return aside->bind(1, key(circle)).bind(2, beyond).run();
}

Status ChangeLog::void_receipts() {
  TB_CHECK(connection_.execute("UPDATE tb_confirmed SET receipt = NULL WHERE receipt IS NOT NULL"));
  return connection_.execute(
      "INSERT OR IGNORE INTO tb_unsettled(circle, bundle) SELECT circle, row FROM tb_bundle WHERE own");
}

}  // namespace thuisbasis
