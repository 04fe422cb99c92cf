// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/line_edits.h"

namespace thuisbasis {

Result<bool> is_stored(const Vault& vault, std::uint32_t kind, const RecordId& id) {
  const auto found = vault.get(kind, id, true);
  if (!found && found.error().code() != Code::kNotFound) return Error(found.error());
  return found.has_value();
}

Result<RecordEdit*> LineEdits::edit(const KindSchema& kind, const RecordId& id) {
  for (Draft& draft : drafts_)
    if (draft.record.kind() == kind.number && draft.record.id() == id) return &*draft.edit;
  auto stored = vault_.get(kind.number, id, true);
  if (!stored && stored.error().code() != Code::kNotFound) return Error(stored.error());
  if (!stored) {
    RecordState base;
    base.kind = kind.number;
    base.id = id;
    stored = Record(circle_, std::move(base), Presence::kPresent, false);
  } else if (stored->circle() != circle_) {
    return Error(Code::kConflict, kind.name + " " + id.text() + " stands in another circle");
  }
  Draft& draft = drafts_.emplace_back();
  draft.record = std::move(*stored);
  auto mode = draft.record.stored() ? RecordEdit::Mode::kUpdate : RecordEdit::Mode::kCreate;
  if (kind.append_only) mode = RecordEdit::Mode::kAppendOnly;
  draft.edit.emplace(draft.record.base(), mode);
  return &*draft.edit;
}

Status LineEdits::set(RecordEdit& edit, std::uint32_t field, Rule rule, FieldValue value) {
  const Entry* present = shown(edit.base().field(field, rule));
  const bool same = present == nullptr ? value.shape == ValueShape::kNone : present->value == value;
  if (same) return {};
  if (rule == Rule::kMin || rule == Rule::kMax) return edit.offer(field, rule, std::move(value));
  return edit.set(field, rule, std::move(value));
}

Result<bool> LineEdits::write(std::optional<WallMs> at) {
  std::vector<RecordChange> changes;
  for (Draft& draft : drafts_)
    if (!draft.edit->empty()) changes.push_back(std::move(*draft.edit).take());
  if (changes.empty()) return false;
  TB_TRY(const WriteId written, vault_.write(circle_, std::move(changes), at));
  return written.number != 0;
}

}  // namespace thuisbasis
