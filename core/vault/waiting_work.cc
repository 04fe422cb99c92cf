// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/waiting_work.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/merge/rename_dots.h"
#include "core/vault/stored_changes.h"

namespace thuisbasis {
namespace {

/// The content that lies in the tray under this number.
Result<std::optional<Bytes>> returned_at(const VaultState& state, const StoredCircle& circle,
                                         const Dot& dot) {
  TB_TRY(std::vector<ReturnedChange> tray, state.store.log.returned());
  for (ReturnedChange& one : tray)
    if (one.circle == circle.row && one.author == dot.author && one.number == dot.number)
      return std::optional(std::move(one.bytes));
  return std::optional<Bytes>();
}

/// The content that stands under this number: unsent, in a bundle, or in the tray.
Result<std::optional<Bytes>> content_at(VaultState& state, const StoredCircle& circle, const Dot& dot) {
  TB_TRY(auto unsent, state.store.log.unsent_change(circle.row, dot.author, dot.number));
  if (unsent) return std::optional(std::move(unsent->bytes));
  TB_TRY(const auto bundle, state.store.log.bundle_covering(circle.row, dot.author, dot.number));
  if (!bundle) return returned_at(state, circle, dot);
  TB_TRY(const OpenedBundle opened, open_stored(state, circle, *bundle));
  for (const OpenedChange& there : opened.changes)
    if (there.number == dot.number && !there.withheld) return std::optional(to_bytes(there.bytes()));
  return returned_at(state, circle, dot);
}

/// The content that waits under this number to be written again itself.
std::optional<Bytes> waiting_at(const std::vector<WaitingChange>& all, const Dot& dot) {
  const auto waits =
      std::find_if(all.begin(), all.end(), [&](const WaitingChange& other) { return other.dot() == dot; });
  return waits == all.end() ? std::optional<Bytes>() : std::optional(waits->change.bytes);
}

Result<bool> went_on_as(VaultState& state, const StoredCircle& circle, const WaitingChange& one,
                        const Dot& dot, const std::vector<WaitingChange>& all) {
  TB_TRY(const std::optional<Bytes> there, content_at(state, circle, dot));
  const std::optional<Bytes> content = there ? there : waiting_at(all, dot);
  if (!content) return false;
  TB_TRY(const Change here, decode_change(one.change.author, one.change.bytes));
  TB_TRY(const Change again, decode_change(dot.author, *content));
  return is_same_but_for_dots(here, again);
}

}  // namespace

std::vector<Strand> strands_of(const std::vector<WaitingChange>& all) {
  std::vector<Strand> strands;
  std::vector<std::set<Dot>> numbers;
  std::set<std::pair<Dot, Bytes>> seen;
  std::map<Author, std::size_t> copies_at;
  std::size_t ours_at = 0;
  for (const WaitingChange& one : all) {
    if (!seen.emplace(one.dot(), one.change.bytes).second) continue;
    std::size_t& at = one.ours ? ours_at : copies_at[one.change.author];
    while (at < strands.size() && numbers[at].contains(one.dot())) ++at;
    if (at == strands.size()) {
      strands.emplace_back();
      numbers.emplace_back();
    }
    strands[at].push_back(one);
    numbers[at].insert(one.dot());
  }
  return strands;
}

Result<bool> lives_on(VaultState& state, const StoredCircle& circle, const WaitingChange& one,
                      const std::vector<WaitingChange>& all) {
  TB_TRY(const Dot goes_on_as, state.store.log.goes_on_as(circle.row, one.dot()));
  if (goes_on_as != one.dot()) {
    TB_TRY(const bool again, went_on_as(state, circle, one, goes_on_as, all));
    if (again) return true;
  }
  TB_TRY(const std::optional<Bytes> there, content_at(state, circle, one.dot()));
  return there == one.change.bytes;
}

}  // namespace thuisbasis
