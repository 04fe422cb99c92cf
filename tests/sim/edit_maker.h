// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/merge/record_edit.h"
#include "core/schema/schema.h"
#include "tests/sim/dice.h"

namespace thuisbasis::sim {

/// Makes up what a person would change in a record: values of every type, operations of every merge rule.
/// Texts are unique and begin with the canary.
class EditMaker final {
 public:
  EditMaker(Dice& dice, std::uint64_t& words) : dice_(dice), words_(words) {}

  /// One to three fields; the edit may stay empty where nothing can be changed.
  void change_fields(const KindSchema& kind, RecordEdit& edit);
  void change_field(const FieldSchema& field, RecordEdit& edit);
  FieldValue value(const FieldSchema& field);
  std::string text(std::size_t length_max);

 private:
  void change_set(const FieldSchema& field, RecordEdit& edit);
  std::size_t length();

  Dice& dice_;
  std::uint64_t& words_;
};

}  // namespace thuisbasis::sim
