// SPDX-License-Identifier: EUPL-1.2
#include "tests/core/merge/script.h"

#include <gtest/gtest.h>

namespace thuisbasis::merge_testing {
namespace {

constexpr int kEdits = 16;
constexpr std::uint8_t kLaterRule = 77;

/// One edit of each rule. A refusal (an immutable field, a record that is not there) makes no operation.
Status make(RecordEdit& edit, int what, FieldValue value) {
  switch (what) {
    case 0:
      return edit.set(1, Rule::kRegister, std::move(value));
    case 1:
      return edit.set(1, Rule::kRegister, FieldValue::none());
    case 2:
      return edit.set(2, Rule::kText, std::move(value));
    case 3:
      return edit.add_element(3, Rule::kSet, std::move(value));
    case 4:
      return edit.remove_element(3, Rule::kSet, value);
    case 5:
      return edit.add_element(4, Rule::kRemoveWinsSet, std::move(value));
    case 6:
      return edit.remove_element(4, Rule::kRemoveWinsSet, value);
    case 7:
      return edit.increment(5, static_cast<std::int64_t>(value.number) - 1);
    case 8:
      return edit.offer(6, Rule::kMin, std::move(value));
    case 9:
      return edit.offer(7, Rule::kMax, std::move(value));
    case 10:
      return edit.set(8, Rule::kOnce, std::move(value));
    case 11:
      return edit.set(2, Rule::kRegister, std::move(value));  // the same field under another rule
    case 12:
      return edit.erase();
    case 13:
      return edit.restore();
    default:
      return {};
  }
}

}  // namespace

RecordChange edit_of(const RecordState& base, const Step& step) {
  RecordEdit edit(
      base, step.what % 3 == 0 || step.what == 10 ? RecordEdit::Mode::kCreate : RecordEdit::Mode::kUpdate);
  const auto value = FieldValue::varint(static_cast<std::uint64_t>(step.value));
  const Status made = make(edit, step.what, value);
  EXPECT_TRUE(made.has_value() || made.error().code() == Code::kImmutable ||
              made.error().code() == Code::kInvalidArgument);
  RecordChange change = std::move(edit).take();
  if (step.what == 14) change.operations.push_back({9, kLaterRule, {}, value, step.value == 0});
  if (step.what == 15) {
    // Two elements in one change, the one added, the other taken away.
    RecordEdit both(base, RecordEdit::Mode::kCreate);
    EXPECT_TRUE(both.add_element(3, Rule::kSet, FieldValue::text("both")).has_value());
    EXPECT_TRUE(both.add_element(3, Rule::kSet, value).has_value());
    EXPECT_TRUE(both.remove_element(4, Rule::kRemoveWinsSet, value).has_value());
    change = std::move(both).take();
  }
  return change;
}

Run play(const std::vector<Step>& story) {
  Run run;
  for (int i = 0; i < kReplicas; ++i) run.replicas.emplace_back(i);
  std::map<int, Records> before;
  std::map<std::pair<int, int>, std::size_t> heard;
  std::vector<std::vector<Change>> logs(kReplicas);
  for (const Step& step : story) {
    Replica& replica = run.replicas[static_cast<std::size_t>(step.replica)];
    if (step.from >= 0) {
      std::size_t& next = heard[{step.replica, step.from}];
      const auto& log = logs[static_cast<std::size_t>(step.from)];
      if (next < log.size()) replica.receive(log[next++]);
      continue;
    }
    const RecordId id = record_id(step.record);
    RecordState base = replica.state(id);
    if (step.stale && before[step.replica].contains(id)) base = before[step.replica][id];
    RecordChange change = edit_of(base, step);
    if (change.operations.empty() && !change.created) continue;
    before[step.replica][id] = replica.state(id);
    run.changes.push_back(
        replica.commit({std::move(change)}, HybridTime{static_cast<std::uint64_t>(step.time)}));
    logs[static_cast<std::size_t>(step.replica)].push_back(run.changes.back());
  }
  return run;
}

rc::Gen<std::vector<Step>> stories() {
  const auto step = rc::gen::build<Step>(rc::gen::set(&Step::replica, rc::gen::inRange(0, kReplicas)),
                                         rc::gen::set(&Step::from, rc::gen::inRange(-kReplicas, kReplicas)),
                                         rc::gen::set(&Step::record, rc::gen::inRange(0, 2)),
                                         rc::gen::set(&Step::what, rc::gen::inRange(0, kEdits)),
                                         rc::gen::set(&Step::value, rc::gen::inRange(0, 3)),
                                         rc::gen::set(&Step::time, rc::gen::inRange(0, 4)),
                                         rc::gen::set(&Step::stale, rc::gen::arbitrary<bool>()));
  return rc::gen::container<std::vector<Step>>(step);
}

}  // namespace thuisbasis::merge_testing

void rc::showValue(const thuisbasis::merge_testing::Step& step, std::ostream& out) {
  out << "{.replica=" << step.replica << ", .from=" << step.from << ", .record=" << step.record
      << ", .what=" << step.what << ", .value=" << step.value << ", .time=" << step.time
      << ", .stale=" << step.stale << "}";
}
