// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <vector>

#include "core/merge/record_edit.h"

/// Replicas that exchange changes, and a naive oracle that knows only the set of all changes.
namespace thuisbasis::merge_testing {

/// Author number `i` of a test; the order of authors is that of their numbers.
Author author(int i);
RecordId record_id(int i);

using Records = std::map<RecordId, RecordState>;

/// One device: applies its own changes and, as their dependencies are met, those of others. Every change
/// passes through its bytes on the way.
class Replica final {
 public:
  explicit Replica(int number) : author_(merge_testing::author(number)) {}

  /// Takes the operations of an edit, applies them, and returns the change for the others.
  Change commit(std::vector<RecordChange> records, HybridTime time);
  /// Applies the change now, or when what it waits for has come.
  void receive(const Change& change);

  const RecordState& state(const RecordId& id);  ///< one that does not exist yet, if need be
  const Records& records() const { return records_; }
  const Author& self() const { return author_; }
  std::size_t waiting() const { return waiting_.size(); }
  const StateDigest& digest() const { return digest_; }

 private:
  void apply_now(const Change& change);

  Author author_;
  Frontier frontier_;
  Frontier told_;
  Records records_;
  std::vector<Change> waiting_;
  StateDigest digest_;
};

/// The states that a set of changes has, worked out from the set alone: no order of arrival, no incremental
/// step.
Records oracle(const std::vector<Change>& changes);

}  // namespace thuisbasis::merge_testing
