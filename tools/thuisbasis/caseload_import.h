// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <string_view>

#include "tools/thuisbasis/import_target.h"

namespace thuisbasis {

/// Reads the caseload format: JSON lines that put, set or edit the text of a family, person, goal, note or
/// action. Each family gets a dossier and a circle `kern`; a note becomes a Visit of the same id and a
/// VisitNote, a goal's score becomes GoalScore records. A line is one change, at the line's own time; a line
/// whose record already has its `updatedAt` or a later one was imported before and is passed over.
class CaseloadImport final {
 public:
  CaseloadImport(Vault& vault, Random& random, ImportCounts& counts);
  ~CaseloadImport();
  /// Whether the line is of this format, by its "op".
  static bool reads(std::string_view op);
  /// kMalformed with the reason; nothing of a bad line is written.
  Status take(std::string_view line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thuisbasis
