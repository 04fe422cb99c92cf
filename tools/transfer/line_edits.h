// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <list>
#include <optional>

#include "core/merge/record_edit.h"
#include "core/vault/vault.h"

namespace thuisbasis {

/// The edits that one line of an import comes to: one change, of several records of one circle.
class LineEdits final {
 public:
  LineEdits(Vault& vault, const CircleId& circle) : vault_(vault), circle_(circle) {}
  LineEdits(const LineEdits&) = delete;
  LineEdits& operator=(const LineEdits&) = delete;

  /// The edit of a record: of the stored one, or a creation. Valid as long as this object.
  Result<RecordEdit*> edit(const KindSchema& kind, const RecordId& id);
  /// Sets a field, unless it shows that value already.
  Status set(RecordEdit& edit, std::uint32_t field, Rule rule, FieldValue value);
  /// Writes it all as one change; false when there was nothing to write.
  Result<bool> write(std::optional<WallMs> at);

 private:
  struct Draft {
    Record record;
    std::optional<RecordEdit> edit;
  };
  Vault& vault_;
  CircleId circle_;
  std::list<Draft> drafts_;  // edits refer to their records
};

/// Whether a record stands in the vault, deleted ones included.
Result<bool> is_stored(const Vault& vault, std::uint32_t kind, const RecordId& id);

}  // namespace thuisbasis
