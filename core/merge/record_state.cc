// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/record_state.h"

#include <algorithm>
#include <tuple>

#include "core/base/assert.h"
#include "core/base/planted_bug.h"

namespace thuisbasis {
namespace {

/// What one operation is merged with besides itself.
struct Context {
  const Dot& dot;
  HybridTime time;
  bool created;
};

using Entries = std::vector<Entry>;

auto order_of(const Entry& entry) { return std::tie(entry.dot, entry.value, entry.removed); }

void insert(Entries& entries, Entry entry) {
  if (entries.empty() || order_of(entries.back()) <= order_of(entry)) {
    entries.push_back(std::move(entry));
    return;
  }
  const auto place =
      std::upper_bound(entries.begin(), entries.end(), entry,
                       [](const Entry& a, const Entry& b) { return order_of(a) < order_of(b); });
  entries.insert(place, std::move(entry));
}

void insert(Entries& entries, const Operation& operation, const Context& context) {
  insert(entries, Entry{context.dot, context.time, *operation.entry, operation.removed});
}

/// Drops the entries under the replaced dots; with an element, only those of that element.
void replace(Entries& entries, const std::vector<Dot>& dots, const FieldValue* element) {
  for (const Dot& dot : dots) {
    auto first = std::lower_bound(entries.begin(), entries.end(), dot,
                                  [](const Entry& entry, const Dot& wanted) { return entry.dot < wanted; });
    auto last = std::find_if(first, entries.end(), [&](const Entry& entry) { return entry.dot != dot; });
    entries.erase(
        std::remove_if(first, last,
                       [&](const Entry& entry) { return element == nullptr || entry.value == *element; }),
        last);
  }
}

std::int64_t add_clamped(std::int64_t a, std::int64_t b) {
  if (b > 0 && a > INT64_MAX - b) return INT64_MAX;
  if (b < 0 && a < INT64_MIN - b) return INT64_MIN;
  return a + b;
}

void merge_counter(Entries& entries, const Operation& operation, const Context& context) {
  const auto own = std::find_if(entries.begin(), entries.end(),
                                [&](const Entry& entry) { return entry.dot.author == context.dot.author; });
  const auto by = static_cast<std::int64_t>(operation.entry->number);
  if (own == entries.end()) {
    insert(entries, operation, context);
    return;
  }
  // One entry an author, so the raised dot keeps its place in the order.
  own->dot = context.dot;
  own->time = context.time;
  own->value.number =
      static_cast<std::uint64_t>(add_clamped(static_cast<std::int64_t>(own->value.number), by));
}

void merge_extreme(Entries& entries, const Operation& operation, const Context& context) {
  const Entry offer{context.dot, context.time, *operation.entry, false};
  if (!entries.empty()) {
    auto order = compare_values(offer.value, entries.front().value);
    if (static_cast<Rule>(operation.rule) == Rule::kMax) order = 0 <=> order;
    if (order > 0 || (order == 0 && entries.front().dot <= offer.dot)) return;
    entries.clear();
  }
  entries.push_back(offer);
}

MergeRemark merge_once(Entries& entries, const Operation& operation, const Context& context) {
  if (!context.created) return MergeRemark::kImmutable;
  if (!entries.empty() && entries.front().dot != context.dot) {
    const Entry& standing = entries.front();
    if (is_planted(PlantedBug::kFirstArrivalWins)) return MergeRemark::kImmutable;
    if (std::tie(standing.time, standing.dot) < std::tie(context.time, context.dot))
      return MergeRemark::kImmutable;
    entries.clear();
  }
  insert(entries, operation, context);
  return MergeRemark::kNone;
}

MergeRemark merge_known(Entries& entries, const Operation& operation, const Context& context) {
  switch (static_cast<Rule>(operation.rule)) {
    case Rule::kSet:
      replace(entries, operation.replaces, &*operation.entry);
      if (!operation.removed) insert(entries, operation, context);
      break;
    case Rule::kRemoveWinsSet:
      replace(entries, operation.replaces, &*operation.entry);
      insert(entries, operation, context);
      break;
    case Rule::kCounter:
      merge_counter(entries, operation, context);
      break;
    case Rule::kMin:
    case Rule::kMax:
      merge_extreme(entries, operation, context);
      break;
    case Rule::kOnce:
      return merge_once(entries, operation, context);
    case Rule::kRegister:
    case Rule::kText:
    case Rule::kLifecycle:
      if (is_planted(PlantedBug::kClockDecides) && !entries.empty() && context.time < entries.back().time)
        break;
      if (is_planted(PlantedBug::kLosersDropped)) entries.clear();
      replace(entries, operation.replaces, nullptr);
      if (operation.entry) insert(entries, operation, context);
      break;
  }
  return MergeRemark::kNone;
}

void keep_opaque(RecordState& state, const Operation& operation, const Context& context) {
  const auto place =
      std::upper_bound(state.opaque.begin(), state.opaque.end(), context.dot,
                       [](const Dot& dot, const OpaqueOperation& kept) { return dot < kept.dot; });
  state.opaque.insert(place, OpaqueOperation{context.dot, context.time, operation});
}

bool has_other_rule(const RecordState& state, const FieldKey& key) {
  const auto first = state.fields.lower_bound(FieldKey{key.number, 0});
  return first != state.fields.end() && first->first.number == key.number &&
         (first->first != key ||
          (std::next(first) != state.fields.end() && std::next(first)->first.number == key.number));
}

MergeRemark merge(RecordState& state, const Operation& operation, const Context& context) {
  if (!is_known_rule(operation.rule)) {
    keep_opaque(state, operation, context);
    return MergeRemark::kUnknownRule;
  }
  const FieldKey key{operation.field, operation.rule};
  const auto field = state.fields.try_emplace(key, FieldState{operation.rule, {}}).first;
  MergeRemark remark = merge_known(field->second.entries, operation, context);
  if (remark == MergeRemark::kNone && has_other_rule(state, key)) remark = MergeRemark::kRuleChanged;
  if (field->second.entries.empty()) state.fields.erase(field);
  return remark;
}

void create(RecordState& state, const RecordChange& change, const Dot& dot, HybridTime effective) {
  const bool stands =
      state.created.number == 0 || std::tie(effective, dot) < std::tie(state.created_time, state.created);
  if (!stands) return;
  state.created = dot;
  state.created_time = effective;
  state.origin = change.origin;
}

}  // namespace

const FieldState* RecordState::field(std::uint32_t number, Rule rule) const {
  const auto found = fields.find(FieldKey{number, static_cast<std::uint8_t>(rule)});
  return found == fields.end() ? nullptr : &found->second;
}

std::vector<MergeRemark> apply(RecordState& state, const RecordChange& change, const Dot& dot,
                               HybridTime effective, bool append_only) {
  if (!state.exists()) {
    state.kind = change.kind;
    state.id = change.record;
  }
  TB_ASSERT(state.kind == change.kind && state.id == change.record);
  if (change.created) create(state, change, dot, effective);
  const Context context{dot, effective, change.created};
  std::vector<MergeRemark> remarks;
  for (std::size_t i = 0; i < change.operations.size(); ++i) {
    MergeRemark remark = merge(state, change.operations[i], context);
    if (append_only && !change.created) remark = MergeRemark::kImmutable;
    if (remark == MergeRemark::kNone) continue;
    remarks.resize(change.operations.size(), MergeRemark::kNone);
    remarks[i] = remark;
  }
  return remarks;
}

}  // namespace thuisbasis
