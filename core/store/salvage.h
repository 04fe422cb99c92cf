// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/store/salvaged_cells.h"
#include "core/store/salvaged_pages.h"

namespace thuisbasis {

/// The rows that can still be read of a damaged database. Those of one table are the newest first where a
/// row has several versions, as it may where the WAL is damaged; whoever takes them keeps the first of each.
/// Rows whose way from the table's root is lost are found by their shape, for the tables from which nothing
/// else can be derived (layout_sql.cc).
class Salvage final {
 public:
  /// Walks every tree that the schema names, then looks at the pages that no tree led to.
  static Salvage read(SalvagedPages& pages);

  /// Of a table or an index; none where nothing could be read.
  const std::vector<SalvagedRow>& rows(const std::string& name) const;
  /// Whether every page of that table or index could be read, so that no row of it is lost unseen.
  bool is_complete(const std::string& name) const {
    return complete_.contains(name) || (!named_.contains(name) && others_explain_damage_);
  }

 private:
  class Reader;
  std::map<std::string, std::vector<SalvagedRow>> rows_;
  std::set<std::string> named_;         ///< by the schema, as far as it could be read
  std::set<std::string> complete_;      ///< of these
  bool others_explain_damage_ = false;  ///< every damaged page is one of a tree that has a name
};

}  // namespace thuisbasis
