// SPDX-License-Identifier: EUPL-1.2
// What each merge rule means, one situation a test.
#include <gtest/gtest.h>

#include <bit>

#include "tests/core/merge/replicas.h"

namespace thuisbasis {
namespace {

using merge_testing::record_id;
using merge_testing::Replica;
using Mode = RecordEdit::Mode;

FieldValue number(std::int64_t value) { return FieldValue::varint(static_cast<std::uint64_t>(value)); }
FieldValue text(const char* value) { return FieldValue::text(value); }

/// Two people with a record that both have read.
class Rules : public ::testing::Test {
 protected:
  Rules() {
    tell_all(noor_.commit(
        {edit(
            noor_, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("begin")); }, Mode::kCreate)},
        HybridTime{1}));
  }

  template <typename Make>
  RecordChange edit(Replica& replica, Make make, Mode mode = Mode::kUpdate) {
    RecordEdit edit(replica.state(id_), mode);
    const Status made = make(edit);
    EXPECT_TRUE(made.has_value());
    return std::move(edit).take();
  }
  template <typename Make>
  Change commit(Replica& replica, std::uint64_t time, Make make) {
    return replica.commit({edit(replica, make)}, HybridTime{time});
  }
  void tell_all(const Change& change) {
    for (Replica* replica : {&noor_, &sam_})
      if (replica->self() != change.dot.author) replica->receive(change);
  }
  const RecordState& expect_same_state() {
    EXPECT_EQ(canonical_bytes(noor_.state(id_)), canonical_bytes(sam_.state(id_)));
    return noor_.state(id_);
  }

  const RecordId id_ = record_id(0);
  Replica noor_{1};
  Replica sam_{2};
};

TEST_F(Rules, RegisterKeepsBothConcurrentValuesAndShowsTheLaterOne) {
  const Change a =
      commit(noor_, 9, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("van Noor")); });
  const Change b = commit(sam_, 8, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("van Sam")); });
  tell_all(a);
  tell_all(b);
  const FieldState& field = *expect_same_state().field(1, Rule::kRegister);
  EXPECT_EQ(field.entries.size(), 2U);
  EXPECT_TRUE(in_conflict(field));
  EXPECT_EQ(shown(&field)->value, text("van Noor"));
}

TEST_F(Rules, RegisterIsSettledByWritingHavingSeenBoth) {
  const Change a =
      commit(noor_, 9, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("van Noor")); });
  const Change b = commit(sam_, 8, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("van Sam")); });
  tell_all(a);
  tell_all(b);
  // An early clock does not matter: the write has seen what it replaces.
  tell_all(commit(sam_, 2, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("samen")); }));
  const FieldState& field = *expect_same_state().field(1, Rule::kRegister);
  EXPECT_FALSE(in_conflict(field));
  EXPECT_EQ(shown(&field)->value, text("samen"));
}

TEST_F(Rules, RegisterBreaksEqualTimesByAuthor) {
  const Change a =
      commit(noor_, 8, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("van Noor")); });
  const Change b = commit(sam_, 8, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("van Sam")); });
  tell_all(a);
  tell_all(b);
  EXPECT_EQ(shown(expect_same_state().field(1, Rule::kRegister))->value, text("van Sam"));
}

TEST_F(Rules, RegisterSeesNoConflictInEqualValues) {
  const Change a =
      commit(noor_, 9, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("gehouden")); });
  const Change b = commit(sam_, 8, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("gehouden")); });
  tell_all(a);
  tell_all(b);
  EXPECT_FALSE(in_conflict(*expect_same_state().field(1, Rule::kRegister)));
}

TEST_F(Rules, RegisterKeepsAnEmptyingBesideAConcurrentValue) {
  const Change a =
      commit(noor_, 9, [](RecordEdit& e) { return e.set(1, Rule::kRegister, FieldValue::none()); });
  const Change b = commit(sam_, 8, [](RecordEdit& e) { return e.set(1, Rule::kRegister, text("van Sam")); });
  tell_all(a);
  tell_all(b);
  const FieldState& field = *expect_same_state().field(1, Rule::kRegister);
  EXPECT_TRUE(in_conflict(field));
  EXPECT_EQ(shown(&field)->value, FieldValue::none());
}

TEST_F(Rules, SetKeepsAnElementThatWasAddedWhileAnotherTookItAway) {
  tell_all(commit(noor_, 2, [](RecordEdit& e) { return e.add_element(3, Rule::kSet, text("bal")); }));
  const Change away =
      commit(noor_, 3, [](RecordEdit& e) { return e.remove_element(3, Rule::kSet, text("bal")); });
  // Sam never saw it gone and adds it anew from an older reading.
  RecordState before;
  before.kind = 1;
  before.id = id_;
  RecordEdit again(before, Mode::kUpdate);
  ASSERT_TRUE(again.add_element(3, Rule::kSet, text("bal")).has_value());
  const Change added = sam_.commit({std::move(again).take()}, HybridTime{2});
  tell_all(away);
  tell_all(added);
  EXPECT_EQ(elements(*expect_same_state().field(3, Rule::kSet)), std::vector<FieldValue>{text("bal")});
}

TEST_F(Rules, SetLeavesNothingBehindWhenEmptied) {
  tell_all(commit(noor_, 2, [](RecordEdit& e) { return e.add_element(3, Rule::kSet, text("bal")); }));
  tell_all(commit(sam_, 3, [](RecordEdit& e) { return e.remove_element(3, Rule::kSet, text("bal")); }));
  EXPECT_EQ(expect_same_state().field(3, Rule::kSet), nullptr);
}

TEST_F(Rules, SetTakesAwayOneOfTwoElementsThatCameTogether) {
  tell_all(commit(noor_, 2, [](RecordEdit& e) -> Status {
    TB_CHECK(e.add_element(3, Rule::kSet, text("bal")));
    return e.add_element(3, Rule::kSet, text("touw"));
  }));
  tell_all(commit(sam_, 3, [](RecordEdit& e) { return e.remove_element(3, Rule::kSet, text("bal")); }));
  EXPECT_EQ(elements(*expect_same_state().field(3, Rule::kSet)), std::vector<FieldValue>{text("touw")});
}

TEST_F(Rules, RemoveWinsAgainstAConcurrentAddition) {
  tell_all(
      commit(noor_, 2, [](RecordEdit& e) { return e.add_element(4, Rule::kRemoveWinsSet, text("school")); }));
  const Change away = commit(
      noor_, 3, [](RecordEdit& e) { return e.remove_element(4, Rule::kRemoveWinsSet, text("school")); });
  RecordState before;
  before.kind = 1;
  before.id = id_;
  RecordEdit again(before, Mode::kUpdate);
  ASSERT_TRUE(again.add_element(4, Rule::kRemoveWinsSet, text("school")).has_value());
  const Change added = sam_.commit({std::move(again).take()}, HybridTime{99});
  tell_all(away);
  tell_all(added);
  EXPECT_TRUE(elements(*expect_same_state().field(4, Rule::kRemoveWinsSet)).empty());
}

TEST_F(Rules, RemoveWinsYieldsToAnAdditionThatSawTheRemoval) {
  tell_all(
      commit(noor_, 2, [](RecordEdit& e) { return e.add_element(4, Rule::kRemoveWinsSet, text("school")); }));
  tell_all(commit(sam_, 3,
                  [](RecordEdit& e) { return e.remove_element(4, Rule::kRemoveWinsSet, text("school")); }));
  tell_all(
      commit(noor_, 1, [](RecordEdit& e) { return e.add_element(4, Rule::kRemoveWinsSet, text("school")); }));
  const FieldState& field = *expect_same_state().field(4, Rule::kRemoveWinsSet);
  EXPECT_EQ(elements(field), std::vector<FieldValue>{text("school")});
  EXPECT_EQ(field.entries.size(), 1U);
}

TEST_F(Rules, CounterAddsUpWhatEveryoneCounted) {
  const Change a = commit(noor_, 2, [](RecordEdit& e) { return e.increment(5, 3); });
  const Change b = commit(sam_, 2, [](RecordEdit& e) { return e.increment(5, -1); });
  const Change c = commit(noor_, 3, [](RecordEdit& e) { return e.increment(5, 10); });
  for (const Change& change : {a, b, c}) tell_all(change);
  const FieldState& field = *expect_same_state().field(5, Rule::kCounter);
  EXPECT_EQ(total(field), 12);
  EXPECT_EQ(field.entries.size(), 2U);
}

TEST_F(Rules, CounterStopsAtTheEndsOfItsRange) {
  tell_all(commit(noor_, 2, [](RecordEdit& e) { return e.increment(5, INT64_MAX); }));
  tell_all(commit(noor_, 2, [](RecordEdit& e) { return e.increment(5, INT64_MAX); }));
  tell_all(commit(sam_, 2, [](RecordEdit& e) { return e.increment(5, INT64_MAX); }));
  EXPECT_EQ(total(*expect_same_state().field(5, Rule::kCounter)), INT64_MAX);
  FieldState field{5, {Entry{{}, {}, number(INT64_MIN), false}, Entry{{}, {}, number(INT64_MIN), false}}};
  EXPECT_EQ(total(field), INT64_MIN);
  field.entries.push_back(Entry{{}, {}, number(INT64_MAX), false});
  field.entries.push_back(Entry{{}, {}, number(INT64_MAX), false});
  EXPECT_EQ(total(field), -2);
}

TEST_F(Rules, MinAndMaxCompareAsNumbers) {
  const Change a = commit(noor_, 2, [](RecordEdit& e) { return e.offer(6, Rule::kMin, number(-5)); });
  const Change b = commit(sam_, 9, [](RecordEdit& e) { return e.offer(6, Rule::kMin, number(3)); });
  tell_all(a);
  tell_all(b);
  EXPECT_EQ(shown(expect_same_state().field(6, Rule::kMin))->value, number(-5));
  const auto real = [](double value) {
    return FieldValue{ValueShape::kFixed64, std::bit_cast<std::uint64_t>(value), {}};
  };
  EXPECT_TRUE(compare_values(real(-2.5), real(-1.5)) < 0);
  EXPECT_TRUE(compare_values(real(-1.5), real(0.0)) < 0);
  EXPECT_TRUE(compare_values(real(1e-9), real(1e9)) < 0);
  EXPECT_TRUE(compare_values(text("a"), text("b")) < 0);
}

TEST_F(Rules, OnceStandsAgainstEveryLaterWrite) {
  const RecordId other = record_id(1);
  RecordEdit creation(noor_.state(other), Mode::kCreate);
  ASSERT_TRUE(creation.set(8, Rule::kOnce, text("eerst")).has_value());
  const Change created = noor_.commit({std::move(creation).take()}, HybridTime{5});
  sam_.receive(created);
  RecordEdit local(sam_.state(other), Mode::kUpdate);
  EXPECT_EQ(local.set(8, Rule::kOnce, text("later")).error().code(), Code::kImmutable);

  RecordState state = sam_.state(other);
  RecordChange foreign{
      other, 1, false, {}, {{8, static_cast<std::uint8_t>(Rule::kOnce), {}, text("later"), false}}};
  const auto remarks = apply(state, foreign, Dot{sam_.self(), 1}, HybridTime{1}, false);
  EXPECT_EQ(remarks, std::vector<MergeRemark>{MergeRemark::kImmutable});
  EXPECT_EQ(shown(state.field(8, Rule::kOnce))->value, text("eerst"));
}

TEST_F(Rules, OnceTakesTheEarliestOfTwoCreations) {
  const RecordId other = record_id(1);
  const auto create = [&](Replica& replica, std::uint64_t time, const char* value) {
    RecordEdit creation(replica.state(other), Mode::kCreate);
    EXPECT_TRUE(creation.set(8, Rule::kOnce, text(value)).has_value());
    return replica.commit({std::move(creation).take()}, HybridTime{time});
  };
  const Change a = create(noor_, 7, "van Noor");
  const Change b = create(sam_, 6, "van Sam");
  noor_.receive(b);
  sam_.receive(a);
  EXPECT_EQ(canonical_bytes(noor_.state(other)), canonical_bytes(sam_.state(other)));
  EXPECT_EQ(shown(noor_.state(other).field(8, Rule::kOnce))->value, text("van Sam"));
  EXPECT_EQ(noor_.state(other).created, b.dot);
}

TEST_F(Rules, DeletionOfWhatWasSeenDeletes) {
  tell_all(commit(noor_, 2, [](RecordEdit& e) { return e.erase(); }));
  EXPECT_EQ(presence(expect_same_state(), false), Presence::kDeleted);
}

TEST_F(Rules, EditDuringADeletionBringsTheRecordBackWholeAndMarked) {
  const Change erased = commit(noor_, 9, [](RecordEdit& e) { return e.erase(); });
  const Change edited =
      commit(sam_, 2, [](RecordEdit& e) { return e.set(2, Rule::kRegister, text("erbij")); });
  tell_all(erased);
  tell_all(edited);
  const RecordState& state = expect_same_state();
  EXPECT_EQ(presence(state, false), Presence::kDeletedWhileEdited);
  EXPECT_EQ(shown(state.field(1, Rule::kRegister))->value, text("begin"));
  EXPECT_EQ(shown(state.field(2, Rule::kRegister))->value, text("erbij"));
  // Settled either way, by someone who has seen both.
  Replica keeps = sam_;
  EXPECT_EQ(presence((commit(keeps, 3, [](RecordEdit& e) { return e.restore(); }), keeps.state(id_)), false),
            Presence::kPresent);
  tell_all(commit(sam_, 3, [](RecordEdit& e) { return e.erase(); }));
  EXPECT_EQ(presence(expect_same_state(), false), Presence::kDeleted);
}

TEST_F(Rules, UndeletionTakesBackOnlyTheDeletionsItSaw) {
  tell_all(commit(noor_, 2, [](RecordEdit& e) { return e.erase(); }));
  const Change restored = commit(sam_, 3, [](RecordEdit& e) { return e.restore(); });
  const Change again = commit(noor_, 3, [](RecordEdit& e) { return e.erase(); });
  tell_all(restored);
  EXPECT_EQ(presence(sam_.state(id_), false), Presence::kPresent);
  tell_all(again);
  EXPECT_EQ(presence(expect_same_state(), false), Presence::kDeleted);
}

TEST_F(Rules, TwoConcurrentDeletionsSeeTogether) {
  const Change more = commit(sam_, 2, [](RecordEdit& e) { return e.set(2, Rule::kRegister, text("erbij")); });
  const Change by_noor = commit(noor_, 2, [](RecordEdit& e) { return e.erase(); });
  const Change by_sam = commit(sam_, 3, [](RecordEdit& e) { return e.erase(); });
  for (const Change& change : {more, by_noor, by_sam}) tell_all(change);
  EXPECT_EQ(presence(expect_same_state(), false), Presence::kDeleted);
}

TEST_F(Rules, DeletionOfAnAppendOnlyRecordIsKeptAndMeansNothing) {
  const Change erased = commit(noor_, 2, [](RecordEdit& e) { return e.erase(); });
  RecordState state = sam_.state(id_);
  const auto remarks = apply(state, erased.records.front(), erased.dot, erased.time, true);
  EXPECT_EQ(remarks, std::vector<MergeRemark>{MergeRemark::kImmutable});
  EXPECT_EQ(presence(state, true), Presence::kPresent);
  tell_all(erased);
  // A device that does not know the kind has the same state.
  EXPECT_EQ(canonical_bytes(state), canonical_bytes(expect_same_state()));
}

TEST_F(Rules, AppendOnlyFieldsCannotBeWrittenUnderAnotherRule) {
  const RecordId other = record_id(1);
  RecordEdit creation(noor_.state(other), Mode::kAppendOnly);
  ASSERT_TRUE(creation.set(1, Rule::kOnce, number(7)).has_value());
  sam_.receive(noor_.commit({std::move(creation).take()}, HybridTime{1}));
  RecordEdit local(sam_.state(other), Mode::kAppendOnly);
  EXPECT_EQ(local.set(1, Rule::kOnce, number(8)).error().code(), Code::kImmutable);
  EXPECT_EQ(local.erase().error().code(), Code::kImmutable);
  RecordEdit forged(sam_.state(other), Mode::kUpdate);
  ASSERT_TRUE(forged.set(1, Rule::kRegister, number(8)).has_value());
  RecordState state = sam_.state(other);
  const auto remarks = apply(state, std::move(forged).take(), Dot{sam_.self(), 1}, HybridTime{2}, true);
  EXPECT_EQ(remarks, std::vector<MergeRemark>{MergeRemark::kImmutable});
  EXPECT_EQ(shown(state.field(1, Rule::kOnce))->value, number(7));
}

TEST_F(Rules, UnknownRulesAreKeptVerbatimAndKeepTheRecordAlive) {
  const Operation later{9, 200, {Dot{noor_.self(), 1}}, text("morgen"), true};
  const Change erased = commit(noor_, 2, [](RecordEdit& e) { return e.erase(); });
  const Change unknown = sam_.commit({RecordChange{id_, 1, false, {}, {later}}}, HybridTime{3});
  tell_all(erased);
  tell_all(unknown);
  const RecordState& state = expect_same_state();
  ASSERT_EQ(state.opaque.size(), 1U);
  EXPECT_EQ(state.opaque.front().operation, later);
  EXPECT_EQ(presence(state, false), Presence::kDeletedWhileEdited);
}

TEST_F(Rules, RemarksNameTheOperationThatWasNotMergedAsMeant) {
  RecordState state = noor_.state(id_);
  RecordChange change{id_, 1, false, {}, {}};
  change.operations.push_back({1, static_cast<std::uint8_t>(Rule::kText), {}, text("anders"), false});
  change.operations.push_back({2, static_cast<std::uint8_t>(Rule::kRegister), {}, text("gewoon"), false});
  change.operations.push_back({3, 99, {}, text("later"), false});
  EXPECT_EQ(
      apply(state, change, Dot{sam_.self(), 1}, HybridTime{2}, false),
      (std::vector<MergeRemark>{MergeRemark::kRuleChanged, MergeRemark::kNone, MergeRemark::kUnknownRule}));
  EXPECT_EQ(shown(state.field(1, Rule::kRegister))->value, text("begin"));
}

TEST_F(Rules, OriginIsThatOfTheCreationThatStands) {
  const RecordId other = record_id(1);
  RecordEdit creation(noor_.state(other), Mode::kCreate);
  const Origin origin{CircleId(), id_};
  ASSERT_TRUE(creation.set_origin(origin).has_value());
  sam_.receive(noor_.commit({std::move(creation).take()}, HybridTime{4}));
  EXPECT_EQ(sam_.state(other).origin, origin);
}

}  // namespace
}  // namespace thuisbasis
