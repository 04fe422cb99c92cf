// SPDX-License-Identifier: EUPL-1.2
// Goal: the state depends on which changes were applied and on nothing else. Method: stories of up to four
// replicas, random delivery, against an oracle that sees only the set of changes (RELIABILITY, T20).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "tests/core/merge/script.h"

namespace thuisbasis {
namespace {

using merge_testing::oracle;
using merge_testing::play;
using merge_testing::Records;
using merge_testing::Replica;
using merge_testing::Run;
using merge_testing::Step;

constexpr int kReader = 100;

/// The replica's records without those it only looked at.
Records written(const Records& records) {
  Records result;
  for (const auto& [id, state] : records)
    if (state.created.number != 0 || !state.fields.empty() || !state.opaque.empty())
      result.emplace(id, state);
  return result;
}

StateDigest digest_of(const Records& records) {
  StateDigest digest;
  for (const auto& [id, state] : records) add_row(digest, row_hash(state));
  return digest;
}

Records delivered_in(const std::vector<Change>& order) {
  Replica reader(kReader);
  for (const Change& change : order) reader.receive(change);
  EXPECT_EQ(reader.waiting(), 0U);
  return written(reader.records());
}

/// Changes whose only effect is none leave a record without anything: the oracle lists it, the replicas do
/// too.
void expect_same(const Records& actual, const Records& expected) {
  RC_ASSERT(actual.size() == expected.size());
  for (const auto& [id, state] : expected) {
    const auto found = actual.find(id);
    RC_ASSERT(found != actual.end());
    RC_ASSERT(canonical_bytes(found->second) == canonical_bytes(state));
    RC_ASSERT(found->second == state);
  }
}

RC_GTEST_PROP(Convergence, EveryReplicaComesToTheOraclesStateInAnyOrder, ()) {
  const auto story = *merge_testing::stories();
  Run run = play(story);
  const Records expected = written(oracle(run.changes));
  for (Replica& replica : run.replicas) {
    for (const Change& change : run.changes) replica.receive(change);
    RC_ASSERT(replica.waiting() == 0U);
    expect_same(written(replica.records()), expected);
    RC_ASSERT(replica.digest() == digest_of(expected));
  }
  for (int tries = 0; tries < 4; ++tries) {
    std::vector<std::size_t> order(run.changes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[*rc::gen::noShrink(rc::gen::inRange<std::size_t>(0, i))]);
    std::vector<Change> shuffled;
    for (const std::size_t i : order) shuffled.push_back(run.changes[i]);
    expect_same(delivered_in(shuffled), expected);
  }
}

RC_GTEST_PROP(Convergence, ReceivingAgainChangesNothing, ()) {
  Run run = play(*merge_testing::stories());
  Replica reader(kReader);
  for (const Change& change : run.changes) {
    reader.receive(change);
    reader.receive(change);
  }
  for (const Change& change : run.changes) reader.receive(change);
  expect_same(written(reader.records()), written(oracle(run.changes)));
}

RC_GTEST_PROP(Convergence, WhatIsDeletedOrShownIsTheSameEverywhere, ()) {
  Run run = play(*merge_testing::stories());
  std::vector<Change> reversed(run.changes.rbegin(), run.changes.rend());
  const Records forwards = delivered_in(run.changes);
  const Records backwards = delivered_in(reversed);
  RC_ASSERT(forwards.size() == backwards.size());
  for (const auto& [id, state] : forwards) {
    RC_ASSERT(presence(state, false) == presence(backwards.at(id), false));
    for (const auto& [key, field] : state.fields) {
      const FieldState& other = backwards.at(id).fields.at(key);
      RC_ASSERT(shown(&field)->value == shown(&other)->value);
      RC_ASSERT(elements(field) == elements(other));
      RC_ASSERT(total(field) == total(other));
    }
  }
}

/// All six changes are written on a common creation without hearing of each other, two a replica.
void expect_all_permutations_agree(const std::vector<int>& edits) {
  Replica first(0);
  Replica second(1);
  Replica third(2);
  std::vector<Replica*> writers{&first, &second, &third};
  const RecordId id = merge_testing::record_id(0);
  std::vector<RecordChange> creation{merge_testing::edit_of(first.state(id), Step{.what = 15, .value = 1})};
  const Change created = first.commit(std::move(creation), HybridTime{1});
  second.receive(created);
  third.receive(created);
  std::vector<Change> changes;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    Replica& writer = *writers[i % writers.size()];
    RecordChange edit =
        merge_testing::edit_of(writer.state(id), Step{.what = edits[i], .value = static_cast<int>(i % 3)});
    // Equal times throughout: only the author breaks ties.
    if (!edit.operations.empty()) changes.push_back(writer.commit({std::move(edit)}, HybridTime{2}));
  }
  std::vector<Change> all = changes;
  all.push_back(created);
  const Records expected = oracle(all);
  std::vector<std::size_t> order(changes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    Replica reader(kReader);
    reader.receive(created);
    for (const std::size_t i : order) reader.receive(changes[i]);
    ASSERT_EQ(reader.waiting(), 0U);
    ASSERT_EQ(reader.records(), expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Convergence, HoldsForAllPermutationsOfSixConcurrentRegisterWrites) {
  expect_all_permutations_agree({0, 0, 0, 0, 1, 0});
}
TEST(Convergence, HoldsForAllPermutationsOfSixConcurrentSetEdits) {
  expect_all_permutations_agree({3, 4, 3, 4, 3, 15});
}
TEST(Convergence, HoldsForAllPermutationsOfSixConcurrentRemoveWinsEdits) {
  expect_all_permutations_agree({5, 6, 5, 6, 5, 6});
}
TEST(Convergence, HoldsForAllPermutationsOfSixConcurrentCountsAndExtremes) {
  expect_all_permutations_agree({7, 8, 9, 7, 8, 9});
}
TEST(Convergence, HoldsForAllPermutationsOfSixConcurrentDeletesAndEdits) {
  expect_all_permutations_agree({12, 0, 13, 13, 12, 3});
}
TEST(Convergence, HoldsForAllPermutationsOfMixedAndUnknownRules) {
  expect_all_permutations_agree({14, 2, 11, 12, 14, 9});
}

}  // namespace
}  // namespace thuisbasis
