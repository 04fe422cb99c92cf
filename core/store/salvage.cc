// SPDX-License-Identifier: EUPL-1.2
#include "core/store/salvage.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace thuisbasis {
namespace {

constexpr std::uint32_t kSchemaRoot = 1;

/// What the columns of a table look like: n NULL (where SQLite has the row's number), i integer, t text,
/// b blob; capitals may be NULL instead. In an index or a table WITHOUT ROWID as they are stored.
struct Shape {
  const char* table;
  bool is_index;
  std::string_view columns;
};

constexpr std::string_view kSchemaShape = "tttit";
constexpr std::array<Shape, 13> kShapes{{{"tb_value", true, "tb"},
                                         {"tb_author", false, "nbb"},
                                         {"sqlite_autoindex_tb_author_1", true, "bbi"},
                                         {"tb_circle", false, "nbbttbbiiiB"},
                                         {"tb_membership", false, "niiIbB"},
                                         {"tb_frontier", true, "iiiib"},
                                         {"tb_change", false, "niiiib"},
                                         {"tb_bundle", false, "niiiiiiibib"},
                                         {"tb_confirmed", false, "niIi"},
                                         {"tb_returned", false, "niiiitib"},
                                         {"tb_reissued", true, "iiiii"},
                                         {"tb_quarantine", false, "niiitibi"},
                                         {"tb_journal", false, "niiiibiii"}}};

bool may_be_null(char column) { return column >= 'A' && column <= 'Z'; }

bool fits(const SalvagedValue& value, char column) {
  using Type = SalvagedValue::Type;
  switch (value.type) {
    case Type::kNull:
      return column == 'n' || may_be_null(column);
    case Type::kInteger:
      return column == 'i' || column == 'I';
    case Type::kText:
      return column == 't';
    case Type::kBlob:
      return column == 'b' || column == 'B';
    case Type::kReal:
      break;
  }
  return false;
}

/// All of a whole row, but for columns at its end that are younger than the row; of a row that lost its end
/// everything but the last column.
bool fits(const SalvagedRow& row, std::string_view columns) {
  if (row.columns.size() > columns.size()) return false;
  const std::string_view missing = columns.substr(row.columns.size());
  const bool enough =
      row.whole ? std::all_of(missing.begin(), missing.end(), may_be_null) : missing.size() == 1;
  return enough && std::equal(row.columns.begin(), row.columns.end(), columns.begin(),
                              [](const SalvagedValue& value, char column) { return fits(value, column); });
}

}  // namespace

class Salvage::Reader final {
 public:
  explicit Reader(SalvagedPages& pages) : pages_(pages) {}

  void read_all() {
    std::vector<Versioned> schema;
    (void)walk(kSchemaRoot, schema);
    find_orphans(schema);
    for (auto& [name, rows] : tables_) {
      std::stable_sort(rows.begin(), rows.end(),
                       [](const Versioned& a, const Versioned& b) { return a.version < b.version; });
    }
  }
  /// What is known of the trees, for the answer.
  void tell(Salvage& salvage) {
    salvage.rows_ = take();
    salvage.named_ = std::move(named_);
    salvage.complete_ = std::move(complete_);
    salvage.others_explain_damage_ = std::all_of(pages_.damaged().begin(), pages_.damaged().end(),
                                                 [&](std::uint32_t page) { return visited_.contains(page); });
  }

 private:
  struct Versioned {
    std::size_t version = 0;
    SalvagedRow row;
  };

  std::map<std::string, std::vector<SalvagedRow>> take() {
    std::map<std::string, std::vector<SalvagedRow>> tables;
    for (auto& [name, rows] : tables_)
      for (Versioned& row : rows) tables[name].push_back(std::move(row.row));
    return tables;
  }

  std::optional<Bytes> page(std::uint32_t number, std::size_t version) {
    Bytes bytes(kPageSize);
    if (!pages_.read(number, version, bytes)) return std::nullopt;
    return bytes;
  }
  std::optional<SalvagedCells> cells(std::uint32_t number, std::size_t version) {
    const std::optional<Bytes> bytes = page(number, version);
    if (!bytes) return std::nullopt;
    // The end of a row that lies elsewhere is read as it is now, and the row may then be of two ages: its
    // readers check what they take.
    return read_cells(*bytes, number, [&](std::uint32_t next) { return page(next, 0); });
  }

  /// Everything below a page; a page is read for the first tree that leads to it. False when some is lost.
  bool walk(std::uint32_t root, std::vector<Versioned>& rows) {
    bool complete = true;
    std::vector<std::uint32_t> waiting{root};
    while (!waiting.empty()) {
      const std::uint32_t number = waiting.back();
      waiting.pop_back();
      if (!visited_.insert(number).second) continue;
      complete = complete && pages_.versions(number) > 0;
      for (std::size_t version = 0; version < pages_.versions(number); ++version) {
        std::optional<SalvagedCells> found = cells(number, version);
        if (!found) continue;
        for (const SalvagedRow& row : found->rows) complete = complete && row.whole;
        for (SalvagedRow& row : found->rows) rows.push_back({version, std::move(row)});
        waiting.insert(waiting.end(), found->children.begin(), found->children.end());
      }
    }
    return complete;
  }

  /// Tables and indexes that the schema names, then what no tree led to; pages of the schema among those name
  /// more trees, so it goes first.
  void find_orphans(std::vector<Versioned>& schema) {
    walk_named(schema);
    std::vector<Versioned> more_schema;
    for (std::uint32_t number = 2; number <= pages_.count(); ++number) {
      if (visited_.contains(number)) continue;
      const std::optional<SalvagedCells> found = cells(number, 0);
      if (!found || found->is_index || found->rows.empty()) continue;
      if (!fits(found->rows.front(), kSchemaShape)) continue;
      (void)walk(number, more_schema);
    }
    walk_named(more_schema);
    for (std::uint32_t number = 2; number <= pages_.count(); ++number)
      if (!visited_.contains(number)) take_by_shape(number);
  }

  void walk_named(const std::vector<Versioned>& schema) {
    for (const auto& [version, row] : schema) {
      const Bytes* name = row.text(1);
      const std::optional<std::int64_t> root = row.integer(3);
      if (name == nullptr || !root || *root <= 1 || *root > pages_.count()) continue;
      named_.insert(to_string(*name));
      if (walk(static_cast<std::uint32_t>(*root), tables_[to_string(*name)]))
        complete_.insert(to_string(*name));
    }
  }

  void take_by_shape(std::uint32_t number) {
    for (std::size_t version = 0; version < pages_.versions(number); ++version) {
      std::optional<SalvagedCells> found = cells(number, version);
      if (!found) continue;
      for (SalvagedRow& row : found->rows) {
        const auto shape = std::find_if(kShapes.begin(), kShapes.end(), [&](const Shape& one) {
          return one.is_index == found->is_index && fits(row, one.columns);
        });
        if (shape != kShapes.end()) tables_[shape->table].push_back({version, std::move(row)});
      }
    }
  }

  SalvagedPages& pages_;
  std::set<std::uint32_t> visited_;
  std::set<std::string> named_;
  std::set<std::string> complete_;
  std::map<std::string, std::vector<Versioned>> tables_;
};

Salvage Salvage::read(SalvagedPages& pages) {
  Reader reader(pages);
  reader.read_all();
  Salvage salvage;
  reader.tell(salvage);
  return salvage;
}

const std::vector<SalvagedRow>& Salvage::rows(const std::string& name) const {
  static const std::vector<SalvagedRow> kNone;
  const auto found = rows_.find(name);
  return found == rows_.end() ? kNone : found->second;
}

}  // namespace thuisbasis
