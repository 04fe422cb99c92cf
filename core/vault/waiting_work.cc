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

/// The contents that stand under this number: unsent or in a bundle, and in the tray.
Result<std::vector<Bytes>> contents_at(VaultState& state, const StoredCircle& circle, const Dot& dot) {
  std::vector<Bytes> contents;
  TB_TRY(auto unsent, state.store.log.unsent_change(circle.row, dot.author, dot.number));
  if (unsent) contents.push_back(std::move(unsent->bytes));
  TB_TRY(const auto bundle, state.store.log.bundle_covering(circle.row, dot.author, dot.number));
  if (bundle) {
    TB_TRY(const OpenedBundle opened, open_stored(state, circle, *bundle));
    for (const OpenedChange& there : opened.changes)
      if (there.number == dot.number && !there.withheld) contents.push_back(to_bytes(there.bytes()));
  }
  TB_TRY(std::vector<ReturnedChange> tray, state.store.log.returned());
  for (ReturnedChange& there : tray)
    if (there.circle == circle.row && there.author == dot.author && there.number == dot.number)
      contents.push_back(std::move(there.bytes));
  return contents;
}

/// Whether the change was written again under that dot, where it may wait to be written again in its turn.
Result<bool> went_on_as(VaultState& state, const StoredCircle& circle, const Change& change, const Dot& dot,
                        const std::vector<WaitingChange>& all) {
  TB_TRY(std::vector<Bytes> contents, contents_at(state, circle, dot));
  for (const WaitingChange& other : all)
    if (other.dot() == dot) contents.push_back(other.change.bytes);
  for (const Bytes& content : contents) {
    TB_TRY(const Change there, decode_change(dot.author, content));
    if (is_same_but_for_dots(change, there)) return true;
  }
  return false;
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

Result<std::optional<Dot>> lives_on_as(VaultState& state, const StoredCircle& circle,
                                       const WaitingChange& one, const std::vector<WaitingChange>& all) {
  TB_TRY(const std::vector<Bytes> standing, contents_at(state, circle, one.dot()));
  if (std::find(standing.begin(), standing.end(), one.change.bytes) != standing.end())
    return std::optional(one.dot());
  TB_TRY(const Change change, decode_change(one.change.author, one.change.bytes));
  TB_TRY(std::optional<Dot> next, state.store.log.next_dot(circle.row, one.dot()));
  while (next) {
    TB_TRY(const bool went_on, went_on_as(state, circle, change, *next, all));
    if (went_on) return next;
    TB_TRY(next, state.store.log.next_dot(circle.row, *next));
  }
  return std::optional<Dot>();
}

}  // namespace thuisbasis
