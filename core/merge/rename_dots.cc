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
