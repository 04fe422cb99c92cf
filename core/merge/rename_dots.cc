// SPDX-License-Identifier: EUPL-1.2
#include "core/merge/rename_dots.h"

#include <algorithm>

#include "core/merge/dot_list.h"

namespace thuisbasis {
namespace {

/// Whether any of them changed.
bool rename(std::vector<Dot>& dots, const std::map<Dot, Dot>& names) {
  bool changed = false;
  for (Dot& dot : dots) {
    const auto found = names.find(dot);
    if (found == names.end()) continue;
    dot = found->second;
    changed = true;
  }
  if (changed) normalise(dots);
  return changed;
}

bool is_deletion(const Operation& operation) {
  return static_cast<Rule>(operation.rule) == Rule::kLifecycle && operation.entry.has_value();
}

bool is_same(const Operation& one, const Operation& other) {
  if (one.field != other.field || one.rule != other.rule || one.removed != other.removed) return false;
  return is_deletion(one) ? is_deletion(other) : one.entry == other.entry;
}

bool is_same(const RecordChange& one, const RecordChange& other) {
  return one.record == other.record && one.kind == other.kind && one.created == other.created &&
         one.origin == other.origin &&
         std::equal(one.operations.begin(), one.operations.end(), other.operations.begin(),
                    other.operations.end(),
                    [](const Operation& a, const Operation& b) { return is_same(a, b); });
}

}  // namespace

Status rename_dots(Change& change, const std::map<Dot, Dot>& names) {
  if (const auto found = names.find(change.dot); found != names.end()) change.dot = found->second;
  for (RecordChange& record : change.records) {
    for (Operation& operation : record.operations) {
      (void)rename(operation.replaces, names);
      if (!is_deletion(operation)) continue;
      TB_TRY(std::vector<Dot> seen, decode_dots(operation.entry->data));
      if (rename(seen, names)) operation.entry = FieldValue::bytes(encode_dots(seen));
    }
  }
  return {};
}

bool is_same_but_for_dots(const Change& one, const Change& other) {
  return one.time == other.time &&
         std::equal(one.records.begin(), one.records.end(), other.records.begin(), other.records.end(),
                    [](const RecordChange& a, const RecordChange& b) { return is_same(a, b); });
}

Status drop_lost_dots(Change& change, const std::function<bool(const Dot&)>& exists) {
  const auto is_lost = [&](const Dot& dot) { return !exists(dot); };
  for (RecordChange& record : change.records) {
    for (Operation& operation : record.operations) {
      std::erase_if(operation.replaces, is_lost);
      if (!is_deletion(operation)) continue;
      TB_TRY(std::vector<Dot> seen, decode_dots(operation.entry->data));
      if (std::erase_if(seen, is_lost) > 0) operation.entry = FieldValue::bytes(encode_dots(seen));
    }
  }
  return {};
}

}  // namespace thuisbasis
