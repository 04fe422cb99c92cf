// SPDX-License-Identifier: EUPL-1.2
#include "tests/core/merge/replicas.h"

#include <gtest/gtest.h>

#include <set>

#include "core/merge/dot_list.h"

namespace thuisbasis::merge_testing {

Author author(int i) {
  Author made;
  made.device.mutable_view()[0] = static_cast<Byte>(i);
  made.instance.mutable_view()[7] = static_cast<Byte>(i);
  return made;
}

RecordId record_id(int i) {
  RecordId id;
  id.mutable_view()[15] = static_cast<Byte>(i + 1);
  return id;
}

Change Replica::commit(std::vector<RecordChange> records, HybridTime time) {
  Change change;
  change.dot = Dot{author_, frontier_.at(author_) + 1};
  change.time = time;
  for (const auto& [other, number] : frontier_.numbers())
    if (other != author_ && number > told_.at(other)) change.seen.raise(other, number);
  told_ = frontier_;
  change.records = std::move(records);
  const Result<Bytes> bytes = encode_change(change);
  EXPECT_TRUE(bytes.has_value());
  const Result<Change> decoded = decode_change(author_, *bytes);
  EXPECT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, change);
  apply_now(change);
  return change;
}

void Replica::receive(const Change& change) {
  waiting_.push_back(change);
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (frontier_.covers(waiting_[i].dot)) {
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
      } else if (frontier_.covers(dependencies(waiting_[i]))) {
        const Change ready = waiting_[i];
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
        apply_now(ready);
      } else {
        continue;
      }
      moved = true;
      break;
    }
  }
}

const RecordState& Replica::state(const RecordId& id) {
  RecordState& state = records_[id];
  if (!state.exists()) {
    state.kind = 1;
    state.id = id;
  }
  return state;
}

void Replica::apply_now(const Change& change) {
  for (const RecordChange& record : change.records) {
    RecordState& state = records_[record.record];
    const bool counted = state.created.number != 0 || !state.fields.empty() || !state.opaque.empty();
    if (counted) remove_row(digest_, row_hash(state));
    apply(state, record, change.dot, change.time, false);
    add_row(digest_, row_hash(state));
  }
  frontier_.raise(change.dot.author, change.dot.number);
}

namespace {

/// One operation with where it came from.
struct Placed {
  const Operation* operation;
  Dot dot;
  HybridTime time;
  bool created;
};

bool is_extreme(Rule rule) { return rule == Rule::kMin || rule == Rule::kMax; }

Entry entry_of(const Placed& placed) {
  return Entry{placed.dot, placed.time, *placed.operation->entry, placed.operation->removed};
}

void sort(std::vector<Entry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.dot, a.value, a.removed) < std::tie(b.dot, b.value, b.removed);
  });
}

/// Entries that no operation of the field replaces; of sets, looked at per element.
std::vector<Entry> unreplaced(const std::vector<Placed>& all, bool per_element) {
  std::vector<Entry> entries;
  for (const Placed& candidate : all) {
    if (!candidate.operation->entry) continue;
    bool replaced = false;
    for (const Placed& other : all)
      for (const Dot& dot : other.operation->replaces)
        replaced = replaced || (dot == candidate.dot &&
                                (!per_element || other.operation->entry == candidate.operation->entry));
    if (!replaced) entries.push_back(entry_of(candidate));
  }
  return entries;
}

std::vector<Entry> counted(const std::vector<Placed>& all) {
  std::map<Author, Entry> totals;
  std::map<Author, std::int64_t> sums;
  for (const Placed& placed : all) {
    sums[placed.dot.author] += static_cast<std::int64_t>(placed.operation->entry->number);
    Entry& latest = totals[placed.dot.author];
    if (latest.dot.number < placed.dot.number) latest = entry_of(placed);
  }
  std::vector<Entry> entries;
  for (auto& [by, entry] : totals) {
    entry.value.number = static_cast<std::uint64_t>(sums[by]);
    entries.push_back(entry);
  }
  return entries;
}

std::vector<Entry> extreme(const std::vector<Placed>& all, Rule rule) {
  const Placed* best = nullptr;
  for (const Placed& placed : all) {
    if (best == nullptr) {
      best = &placed;
      continue;
    }
    const auto order = compare_values(*placed.operation->entry, *best->operation->entry);
    const bool better = rule == Rule::kMin ? order < 0 : order > 0;
    if (better || (order == 0 && placed.dot < best->dot)) best = &placed;
  }
  return {entry_of(*best)};
}

std::vector<Entry> written_once(const std::vector<Placed>& all) {
  const Placed* first = nullptr;
  for (const Placed& placed : all)
    if (placed.created &&
        (first == nullptr || std::tie(placed.time, placed.dot) < std::tie(first->time, first->dot)))
      first = &placed;
  std::vector<Entry> entries;
  for (const Placed& placed : all)
    if (first != nullptr && placed.created && placed.dot == first->dot) entries.push_back(entry_of(placed));
  return entries;
}

std::vector<Entry> entries_of(const std::vector<Placed>& all, Rule rule) {
  if (rule == Rule::kCounter) return counted(all);
  if (is_extreme(rule)) return extreme(all, rule);
  if (rule == Rule::kOnce) return written_once(all);
  const bool set = rule == Rule::kSet || rule == Rule::kRemoveWinsSet;
  std::vector<Entry> entries = unreplaced(all, set);
  if (rule == Rule::kSet) std::erase_if(entries, [](const Entry& entry) { return entry.removed; });
  return entries;
}

}  // namespace

Records oracle(const std::vector<Change>& changes) {
  Records records;
  std::map<RecordId, std::map<FieldKey, std::vector<Placed>>> operations;
  std::multimap<Dot, std::pair<RecordId, OpaqueOperation>> opaque;
  for (const Change& change : changes) {
    for (const RecordChange& record : change.records) {
      RecordState& state = records[record.record];
      state.kind = record.kind;
      state.id = record.record;
      const bool first = state.created.number == 0 ||
                         std::tie(change.time, change.dot) < std::tie(state.created_time, state.created);
      if (record.created && first) {
        state.created = change.dot;
        state.created_time = change.time;
        state.origin = record.origin;
      }
      for (const Operation& operation : record.operations) {
        if (is_known_rule(operation.rule))
          operations[record.record][FieldKey{operation.field, operation.rule}].push_back(
              {&operation, change.dot, change.time, record.created});
        else
          opaque.emplace(change.dot,
                         std::make_pair(record.record, OpaqueOperation{change.dot, change.time, operation}));
      }
    }
  }
  for (const auto& [dot, kept] : opaque) records[kept.first].opaque.push_back(kept.second);
  for (auto& [id, state] : records) {
    for (const auto& [key, all] : operations[id]) {
      FieldState field{key.rule, entries_of(all, static_cast<Rule>(key.rule))};
      sort(field.entries);
      if (!field.entries.empty()) state.fields[key] = std::move(field);
    }
  }
  return records;
}

}  // namespace thuisbasis::merge_testing
