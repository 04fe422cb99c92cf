// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/merge/record_state.h"

namespace thuisbasis {

/// Makes the operations of one local edit against the state that was *read* (the base), so that they replace only
/// what their writer saw. The base must outlive the edit. The edit never changes the state: the resulting
/// RecordChange is applied to the newest state like any other.
class RecordEdit final {
 public:
  /// An edit of a record that was read; a creation when `base` has no fields and `created` is asked for.
  RecordEdit(const RecordState& base, bool create, const Author& self);

  /// kRegister, kText, kOnce (creation only, else kImmutable). None empties the field.
  Status set(std::uint32_t field, Rule rule, FieldValue value);
  Status add_element(std::uint32_t field, Rule rule, FieldValue element);
  Status remove_element(std::uint32_t field, Rule rule, const FieldValue& element);
  /// kCounter: adds to this author's own total.
  Status increment(std::uint32_t field, std::int64_t by);
  /// kMin, kMax: offers a value.
  Status offer(std::uint32_t field, Rule rule, FieldValue value);
  Status erase();    ///< deletes the record as it was read
  Status restore();  ///< takes back the deletions that were read

  bool empty() const { return change_.operations.empty() && !change_.created; }
  RecordChange take() &&;

 private:
  const RecordState& base_;
  Author self_;
  RecordChange change_;
};

}  // namespace thuisbasis
