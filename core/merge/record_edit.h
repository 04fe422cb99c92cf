// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/merge/record_state.h"

namespace thuisbasis {

/// Makes the operations of one local edit against the state that was *read* (the base), so that they replace
/// only what their writer saw. The base must outlive the edit. The edit never changes the state: the
/// resulting RecordChange is applied to the newest state like any other. Editing a field again in one edit
/// overrides the first. All functions: kInvalidArgument for a rule they are not for, a value without a shape
/// they can take, or an edit of a record that this edit erases. One thread.
class RecordEdit final {
 public:
  enum class Mode : std::uint8_t {
    kUpdate,
    kCreate,      ///< a creation, unless the base exists
    kAppendOnly,  ///< of a kind that is: a creation, or kImmutable for every edit if the base exists
  };
  /// `base` carries kind and id, of a creation too.
  RecordEdit(const RecordState& base, Mode mode);

  /// kRegister, kText, kOnce (in a creation only, else kImmutable). None empties the field.
  Status set(std::uint32_t field, Rule rule, FieldValue value);
  /// kSet, kRemoveWinsSet, kOnce (in a creation only). Nothing happens when the base has the element.
  Status add_element(std::uint32_t field, Rule rule, FieldValue element);
  /// kSet, kRemoveWinsSet. Nothing happens when the base has it not.
  Status remove_element(std::uint32_t field, Rule rule, const FieldValue& element);
  /// kCounter. Several add up.
  Status increment(std::uint32_t field, std::int64_t by);
  /// kMin, kMax: offers a value. Nothing happens when the base has a better one.
  Status offer(std::uint32_t field, Rule rule, FieldValue value);
  Status erase();    ///< deletes the record as it was read; other operations of this edit are dropped
  Status restore();  ///< takes back the deletions that were read
  /// Where a shared copy comes from; of creations only.
  Status set_origin(const Origin& origin);

  const RecordState& base() const { return base_; }
  bool creates() const { return change_.created; }
  bool empty() const { return change_.operations.empty() && !change_.created; }
  RecordChange take() &&;

 private:
  Status check(std::uint32_t field) const;
  Operation& operation(std::uint32_t field, Rule rule, const FieldValue* element);
  void drop(std::uint32_t field, Rule rule, const FieldValue* element);

  const RecordState& base_;
  bool immutable_;
  bool erased_ = false;
  RecordChange change_;
};

}  // namespace thuisbasis
