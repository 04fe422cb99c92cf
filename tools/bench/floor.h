// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <memory>
#include <string>

#include "tools/bench/caseload.h"

struct sqlite3;
struct sqlite3_stmt;

namespace thuisbasis::bench {

/// The floor: the same rows and the same full-text index in a plain SQLite file, through SQLite's own C API
/// with prepared statements, WAL, synchronous=FULL and pages of 4 KB. No encryption, no history, no clocks:
/// what no engine can go below. One thread.
class Floor final {
 public:
  enum class Search { kFts5, kNone };
  /// Opens or makes the file.
  static Result<std::unique_ptr<Floor>> open(const std::string& path, Search search);
  ~Floor();
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  Status begin();
  Status commit();
  /// Inserts or updates the rows of a line.
  Status write(const CaseloadLine& line);
  /// A durable line: begin, write, commit.
  Status write_durably(const CaseloadLine& line);
  /// Copies all rows of another floor, row by row, in one transaction.
  Status copy_rows_of(Floor& other);
  /// Reads all families and the goals of one, as open_first_query does; how many rows they are.
  Result<std::size_t> families_and_goals_of(const RecordId& family);
  /// A commit of one small row and nothing else.
  Status bare_commit();

 private:
  Floor(sqlite3* database, Search search) : database_(database), search_(search) {}
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  Status execute(const std::string& sql);
  Result<sqlite3_stmt*> prepared(const std::string& sql);
  Status run(sqlite3_stmt* statement);
  Status make_tables();
  Status insert(const CaseloadLine& line, const RecordWrite& write);
  Status update(const RecordWrite& write);
  Status index_row(const KindSchema& kind, std::int64_t row, bool remove);
  Error problem(const std::string& doing) const;

  sqlite3* database_;
  Search search_;
  std::map<std::string, Statement> statements_;
  std::int64_t commits_ = 0;
};

}  // namespace thuisbasis::bench
