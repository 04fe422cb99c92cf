// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/ledger.h"

#include <algorithm>

namespace thuisbasis::sim {
namespace {

/// Everything that was ever written into one field.
struct FieldWrites {
  struct One {
    Dot dot;
    Operation operation;
    bool created;
  };
  std::vector<One> all;
};

std::set<LedgerEntry> best_offer(const FieldWrites& writes, Rule rule) {
  const FieldWrites::One* best = nullptr;
  for (const auto& one : writes.all) {
    if (best == nullptr) {
      best = &one;
      continue;
    }
    auto order = compare_values(*one.operation.entry, *best->operation.entry);
    if (rule == Rule::kMax) order = 0 <=> order;
    if (order < 0 || (order == 0 && one.dot < best->dot)) best = &one;
  }
  return {{best->dot, *best->operation.entry, false}};
}

std::set<LedgerEntry> merged_field(const FieldWrites& writes, Rule rule) {
  if (rule == Rule::kMin || rule == Rule::kMax) return best_offer(writes, rule);
  std::set<LedgerEntry> standing;
  for (const auto& one : writes.all) {
    if (!leaves_entry(one.operation) || (rule == Rule::kOnce && !one.created)) continue;
    const LedgerEntry entry{one.dot, *one.operation.entry, one.operation.removed};
    const bool replaced = std::any_of(writes.all.begin(), writes.all.end(),
                                      [&](const auto& other) { return replaces(other.operation, entry); });
    if (!replaced) standing.insert(entry);
  }
  return standing;
}

}  // namespace

bool replaces(const Operation& operation, const LedgerEntry& entry) {
  if (!std::binary_search(operation.replaces.begin(), operation.replaces.end(), entry.dot)) return false;
  const Rule rule = static_cast<Rule>(operation.rule);
  const bool by_element = rule == Rule::kSet || rule == Rule::kRemoveWinsSet;
  return !by_element || operation.entry == entry.value;
}

bool leaves_entry(const Operation& operation) {
  return operation.entry && !(static_cast<Rule>(operation.rule) == Rule::kSet && operation.removed);
}

void Ledger::acknowledge(LedgerWrite write) {
  if (is_disputed(write.dot.author.device)) {
    disputed_writes_.push_back(std::move(write));
    return;
  }
  auto& open = questions_[{write.circle, write.dot.author}];
  for (LedgerWrite& question : open)
    if (question.dot.number < write.dot.number) keep(std::move(question));
  open.clear();
  keep(std::move(write));
}

void Ledger::keep(LedgerWrite write) {
  const std::pair key{write.circle, write.dot};
  for (const RecordChange& record : write.records)
    writes_of_[{write.circle, record.kind, record.record}].push_back(key);
  if (write.records.size() > 1) large_writes_.push_back(key);
  writes_.emplace(key, std::move(write));
}

void Ledger::ask(LedgerWrite write) {
  if (is_disputed(write.dot.author.device)) {
    write.is_saved = false;
    disputed_writes_.push_back(std::move(write));
    return;
  }
  write.dot.number = next_number(write.circle, write.dot.author);
  questions_[{write.circle, write.dot.author}].push_back(std::move(write));
}

void Ledger::believe(const CircleId& circle, const Author& author) {
  auto& open = questions_[{circle, author}];
  for (LedgerWrite& question : open) keep(std::move(question));
  open.clear();
}

void Ledger::forget_after(const CircleId& circle, const Author& author, std::uint64_t number) {
  auto& open = questions_[{circle, author}];
  for (LedgerWrite& question : open)
    if (question.dot.number <= number) keep(std::move(question));
  open.clear();
  take_from(circle, author, number + 1);
}

std::vector<LedgerWrite> Ledger::take_from(const CircleId& circle, const Author& author,
                                           std::uint64_t number) {
  std::vector<LedgerWrite> taken;
  const auto first = writes_.lower_bound({circle, Dot{author, number}});
  auto end = first;
  for (; end != writes_.end() && end->first.first == circle && end->first.second.author == author; ++end) {
    for (const RecordChange& record : end->second.records)
      std::erase(writes_of_[{circle, record.kind, record.record}], end->first);
    taken.push_back(std::move(end->second));
  }
  writes_.erase(first, end);
  return taken;
}

void Ledger::dispute(const DeviceId& device) {
  disputed_.insert(device);
  for (auto& [key, open] : questions_) {
    if (key.second.device != device) continue;
    for (LedgerWrite& question : open) {
      question.is_saved = false;
      disputed_writes_.push_back(std::move(question));
    }
    open.clear();
  }
}

void Ledger::loosen(const DeviceId& device, const std::function<bool(const CircleId&, const Dot&)>& is_held) {
  for (auto at = writes_.begin(); at != writes_.end();) {
    const auto& [circle, dot] = at->first;
    if (dot.author.device != device || is_held(circle, dot)) {
      ++at;
      continue;
    }
    for (const RecordChange& record : at->second.records)
      std::erase(writes_of_[{circle, record.kind, record.record}], at->first);
    disputed_writes_.push_back(std::move(at->second));
    at = writes_.erase(at);
  }
}

void Ledger::put_back(const CircleId& circle, const Author& author, std::uint64_t number) {
  for (LedgerWrite& write : take_from(circle, author, number + 1)) {
    write.is_saved = false;
    disputed_writes_.push_back(std::move(write));
  }
  for (LedgerWrite& write : disputed_writes_)
    if (write.circle == circle && write.dot.author.device == author.device) write.is_saved = false;
}

std::uint64_t Ledger::last_number(const CircleId& circle, const Author& author) const {
  const auto after = writes_.upper_bound({circle, Dot{author, kChangeNumberMax}});
  if (after == writes_.begin()) return 0;
  const auto& [key, write] = *std::prev(after);
  return key.first == circle && key.second.author == author ? key.second.number : 0;
}

std::uint64_t Ledger::next_number(const CircleId& circle, const Author& author) const {
  const auto open = questions_.find({circle, author});
  if (open != questions_.end() && !open->second.empty()) return open->second.back().dot.number + 1;
  return last_number(circle, author) + 1;
}

std::set<Author> Ledger::authors_of(const CircleId& circle, const DeviceId& device) const {
  std::set<Author> authors;
  for (const auto& [key, open] : questions_)
    if (key.first == circle && key.second.device == device) authors.insert(key.second);
  for (auto at = writes_.lower_bound({circle, Dot{{device, {}}, 0}});
       at != writes_.end() && at->first.first == circle && at->first.second.author.device == device; ++at)
    authors.insert(at->first.second.author);
  return authors;
}

const LedgerWrite* Ledger::find(const CircleId& circle, const Dot& dot) const {
  const auto found = writes_.find({circle, dot});
  return found == writes_.end() ? nullptr : &found->second;
}

std::vector<const LedgerWrite*> Ledger::writes_of(const RecordPlace& place) const {
  std::vector<const LedgerWrite*> writes;
  const auto found = writes_of_.find(place);
  if (found == writes_of_.end()) return writes;
  for (const auto& key : found->second) writes.push_back(&writes_.at(key));
  return writes;
}

const LedgerWrite* Ledger::some_large_write(Dice& dice) const {
  if (large_writes_.empty()) return nullptr;
  const auto& [circle, dot] = large_writes_[dice.below(large_writes_.size())];
  return find(circle, dot);
}

std::map<RecordPlace, LedgerRecord> Ledger::merged() const {
  std::map<RecordPlace, std::map<FieldKey, FieldWrites>> fields;
  for (const auto& [key, write] : writes_) {
    for (const RecordChange& record : write.records) {
      auto& of_record = fields[{write.circle, record.kind, record.record}];
      for (const Operation& operation : record.operations)
        of_record[{operation.field, operation.rule}].all.push_back({write.dot, operation, record.created});
    }
  }
  std::map<RecordPlace, LedgerRecord> records;
  for (const auto& [place, of_record] : fields) {
    LedgerRecord& record = records[place];
    for (const auto& [key, writes] : of_record) {
      std::set<LedgerEntry> standing = merged_field(writes, static_cast<Rule>(key.rule));
      if (!standing.empty()) record.emplace(key, std::move(standing));
    }
  }
  return records;
}

namespace {

/// Whether the operation takes the entry out of the field it is for.
bool removes(const Operation& operation, const Dot& dot, const LedgerEntry& entry) {
  const Rule rule = static_cast<Rule>(operation.rule);
  if (rule == Rule::kMin || rule == Rule::kMax) return operation.entry && dot != entry.dot;
  return replaces(operation, entry);
}

bool removes(const LedgerWrite& write, const RecordPlace& place, const FieldKey& key,
             const LedgerEntry& entry) {
  for (const RecordChange& record : write.records) {
    if (record.kind != place.kind || record.record != place.record) continue;
    for (const Operation& operation : record.operations)
      if (FieldKey{operation.field, operation.rule} == key && removes(operation, write.dot, entry))
        return true;
  }
  return false;
}

}  // namespace

bool Ledger::was_replaced(const RecordPlace& place, const FieldKey& key, const LedgerEntry& entry) const {
  const auto by = [&](const LedgerWrite& write) { return removes(write, place, key, entry); };
  const auto writes = writes_of_.find(place);
  if (writes != writes_of_.end() && std::any_of(writes->second.begin(), writes->second.end(),
                                                [&](const auto& write) { return by(writes_.at(write)); }))
    return true;
  if (std::any_of(disputed_writes_.begin(), disputed_writes_.end(),
                  [&](const LedgerWrite& write) { return write.circle == place.circle && by(write); }))
    return true;
  return std::any_of(questions_.begin(), questions_.end(), [&](const auto& open) {
    return open.first.first == place.circle && std::any_of(open.second.begin(), open.second.end(), by);
  });
}

bool Ledger::was_perhaps_replaced(const RecordPlace& place, const FieldKey& key,
                                  const LedgerWrite& write) const {
  const Rule rule = static_cast<Rule>(key.rule);
  if (rule == Rule::kMin || rule == Rule::kMax) return true;
  const auto by = [&](const LedgerWrite& other) {
    return std::any_of(other.records.begin(), other.records.end(), [&](const RecordChange& record) {
      return record.kind == place.kind && record.record == place.record &&
             std::any_of(record.operations.begin(), record.operations.end(), [&](const Operation& operation) {
               return FieldKey{operation.field, operation.rule} == key &&
                      std::any_of(operation.replaces.begin(), operation.replaces.end(), [&](const Dot& dot) {
                        return dot.author.device == write.dot.author.device;
                      });
             });
    });
  };
  const std::vector<const LedgerWrite*> writes = writes_of(place);
  return std::any_of(writes.begin(), writes.end(), [&](const LedgerWrite* other) { return by(*other); }) ||
         std::any_of(disputed_writes_.begin(), disputed_writes_.end(),
                     [&](const LedgerWrite& other) { return other.circle == place.circle && by(other); }) ||
         std::any_of(questions_.begin(), questions_.end(), [&](const auto& open) {
           return open.first.first == place.circle && std::any_of(open.second.begin(), open.second.end(), by);
         });
}

LedgerRecord as_ledger(const RecordState& state) {
  LedgerRecord record;
  for (const auto& [key, field] : state.fields)
    for (const Entry& entry : field.entries) record[key].insert({entry.dot, entry.value, entry.removed});
  return record;
}

}  // namespace thuisbasis::sim
