// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/rescued_work.h"

#include <algorithm>
#include <set>

#include "core/base/wire_bytes.h"
#include "core/merge/rename_dots.h"
#include "core/vault/arrived_bundle.h"
#include "core/vault/own_instance.h"
#include "core/vault/stored_changes.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kRescued = "rescued/";

std::string value_name(const CircleId& circle) { return std::string(kRescued) + circle.text(); }

Result<std::vector<UnsentChange>> decode_rescued(ByteView bytes) {
  std::vector<UnsentChange> changes;
  for (ByteReader reader(bytes); reader.remaining() > 0;) {
    UnsentChange change;
    TB_TRY(change.author.device, reader.id<DeviceId>());
    TB_TRY(change.author.instance, reader.id<InstanceId>());
    TB_TRY(change.number, reader.varint());
    TB_TRY(const ByteView content, reader.sized());
    change.bytes = to_bytes(content);
    changes.push_back(std::move(change));
  }
  return changes;
}

Result<std::vector<UnsentChange>> kept(const VaultState& state, const CircleId& circle) {
  TB_TRY(const auto bytes, state.store.values.get(value_name(circle)));
  return bytes ? decode_rescued(*bytes) : std::vector<UnsentChange>();
}

/// A bundle of this device that never was at the relay and that now nothing can come before. What merely says
/// that it is one may have been damaged on the way.
Result<bool> is_stranded(VaultState& state, const QuarantinedItem& item, const StoredCircle& circle) {
  if (item.circle != circle.row || item.sequence != 0 || item.reason != Code::kMissingDependency)
    return false;
  const auto sealed = parse_bundle(item.bytes);
  if (!sealed || sealed->header.author.device != state.self.device) return false;
  return is_genuine(state, circle, item.bytes);
}

/// A change that waits, and whether it is known to be this vault's own work, and not a copy's.
struct Waiting {
  UnsentChange change;
  bool ours = false;
  Dot dot() const { return {change.author, change.number}; }
};

/// The changes of stranded bundles, which are older than all that was not even sealed.
Result<std::vector<Waiting>> take_stranded(VaultState& state, const StoredCircle& circle) {
  std::vector<Waiting> changes;
  TB_TRY(const std::vector<QuarantinedItem> items, state.store.log.quarantined());
  for (const QuarantinedItem& item : items) {
    TB_TRY(const bool stranded, is_stranded(state, item, circle));
    if (!stranded) continue;
    TB_TRY(const SealedBundle sealed, parse_bundle(item.bytes));
    TB_TRY(const OpenedBundle opened, open_set_aside(state, circle, item.bytes));
    for (const OpenedChange& one : opened.changes)
      if (!one.withheld) changes.push_back({{sealed.header.author, one.number, {}, to_bytes(one.bytes())}});
    TB_CHECK(state.store.log.release(item.row));
  }
  return changes;
}

/// Work that builds on itself, in its order, each number once.
using Strand = std::vector<Waiting>;

/// A copy of this vault may have used a number for other work: that is another strand, with all that follows
/// it. What is the same counts once, for a relay can give a bundle two places.
std::vector<Strand> strands_of(const std::vector<Waiting>& all) {
  std::vector<Strand> strands;
  std::set<std::pair<Dot, Bytes>> seen;
  std::map<Author, std::size_t> copies_at;
  std::size_t ours_at = 0;
  for (const Waiting& one : all) {
    if (!seen.emplace(one.dot(), one.change.bytes).second) continue;
    std::size_t& at = one.ours ? ours_at : copies_at[one.change.author];
    const auto has_number = [&](const Strand& strand) {
      return std::any_of(strand.begin(), strand.end(),
                         [&](const Waiting& other) { return other.dot() == one.dot(); });
    };
    while (at < strands.size() && has_number(strands[at])) ++at;
    if (at == strands.size()) strands.emplace_back();
    strands[at].push_back(one);
  }
  return strands;
}

Result<bool> has_stranded(VaultState& state) {
  TB_TRY(const std::vector<QuarantinedItem> items, state.store.log.quarantined());
  for (const QuarantinedItem& item : items) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(item.circle));
    TB_TRY(const bool stranded, is_stranded(state, item, circle));
    if (stranded) return true;
  }
  return false;
}

/// What stands under a number, unsent or in a bundle.
struct WorkThere {
  bool any = false;
  std::optional<Bytes> bytes;  ///< none of what is withheld
};

Result<WorkThere> work_at(VaultState& state, const StoredCircle& circle, const Dot& dot) {
  TB_TRY(auto unsent, state.store.log.unsent_change(circle.row, dot.author, dot.number));
  if (unsent) return WorkThere{true, std::move(unsent->bytes)};
  TB_TRY(const auto bundle, state.store.log.bundle_covering(circle.row, dot.author, dot.number));
  if (!bundle) return WorkThere{};
  TB_TRY(const OpenedBundle opened, open_stored(state, circle, *bundle));
  for (const OpenedChange& there : opened.changes) {
    if (there.number != dot.number) continue;
    return WorkThere{true, there.withheld ? std::nullopt : std::optional(to_bytes(there.bytes()))};
  }
  return WorkThere{};
}

/// Whether it was written again as that dot. A copy's work may have been, under this one's number.
Result<bool> went_on_as(VaultState& state, const StoredCircle& circle, const Waiting& one, const Dot& dot,
                        const std::vector<Waiting>& all) {
  TB_TRY(const WorkThere there, work_at(state, circle, dot));
  const auto waits =
      std::find_if(all.begin(), all.end(), [&](const Waiting& other) { return other.dot() == dot; });
  const Bytes* content = there.bytes ? &*there.bytes : nullptr;
  if (!there.any && waits != all.end()) content = &waits->change.bytes;  // to be written again itself
  if (content == nullptr) {                                              // in the tray, or below a floor
    const auto stage = state.store.log.stage_of_write(circle.row, dot);
    if (!stage && stage.error().code() != Code::kNotFound) return Error(stage.error());
    return stage.has_value();
  }
  TB_TRY(const Change here, decode_change(one.change.author, one.change.bytes));
  TB_TRY(const Change again, decode_change(dot.author, *content));
  return is_same_but_for_dots(here, again);
}

/// Written again before, or applied already: here, or by a copy of this vault that sent it. Under its number
/// others may know another change.
Result<bool> lives_on(VaultState& state, const StoredCircle& circle, const Waiting& one,
                      const std::vector<Waiting>& all) {
  TB_TRY(const Dot goes_on_as, state.store.log.goes_on_as(circle.row, one.dot()));
  if (goes_on_as != one.dot()) {
    TB_TRY(const bool again, went_on_as(state, circle, one, goes_on_as, all));
    if (again) return true;
  }
  TB_TRY(const WorkThere there, work_at(state, circle, one.dot()));
  return there.any && (!there.bytes || *there.bytes == one.change.bytes);
}

/// Writes a strand again, but for what lives on.
Status write_strand(VaultState& state, const StoredCircle& circle, const Strand& strand,
                    const std::vector<Waiting>& all) {
  TB_TRY(const Frontier frontier, state.store.circles.frontier(circle.row));
  DisplacedWork work{{}, true, {}};
  std::set<Dot> going_on;
  for (const Waiting& one : strand) {
    TB_TRY(const bool known, lives_on(state, circle, one, all));
    if (known) continue;
    TB_TRY(Change change, decode_change(one.change.author, one.change.bytes));
    TB_CHECK(drop_lost_dots(change, [&](const Dot& dot) {
      return dot.number <= frontier.at(dot.author) || going_on.contains(dot);
    }));
    going_on.insert(change.dot);
    work.changes.push_back(std::move(change));
  }
  return write_displaced(state, circle, std::move(work));
}

}  // namespace

Status keep_rescued(VaultState& state, const StoredCircle& circle, const std::vector<UnsentChange>& changes) {
  if (changes.empty()) return {};
  ByteWriter writer;
  TB_TRY(const auto before, state.store.values.get(value_name(circle.id)));
  if (before) writer.raw(*before);
  for (const UnsentChange& change : changes) {
    writer.raw(change.author.device.view());
    writer.raw(change.author.instance.view());
    writer.varint(change.number);
    writer.sized(change.bytes);
  }
  return state.store.values.put(value_name(circle.id), writer.view());
}

Result<std::vector<UnsentChange>> rescued_before(const std::map<std::string, Bytes>& values,
                                                 const CircleId& circle) {
  const auto found = values.find(value_name(circle));
  return found == values.end() ? std::vector<UnsentChange>() : decode_rescued(found->second);
}

Result<std::uint64_t> rescued_count(const VaultState& state) {
  std::uint64_t count = 0;
  TB_TRY(const std::vector<Bytes> all, state.store.values.all_under(kRescued));
  for (const Bytes& bytes : all) {
    TB_TRY(const std::vector<UnsentChange> changes, decode_rescued(bytes));
    count += changes.size();
  }
  return count;
}

Result<bool> is_rescued(const VaultState& state, const StoredCircle& circle, const Dot& dot) {
  TB_TRY(const std::vector<UnsentChange> changes, kept(state, circle.id));
  return std::any_of(changes.begin(), changes.end(), [&](const UnsentChange& one) {
    return one.author == dot.author && one.number == dot.number;
  });
}

Result<bool> has_rescued(VaultState& state) {
  TB_TRY(const std::uint64_t count, rescued_count(state));
  if (count > 0) return true;
  return has_stranded(state);
}

Status write_rescued(VaultState& state, const StoredCircle& circle) {
  TB_TRY(std::vector<Waiting> all, take_stranded(state, circle));
  TB_TRY(const std::vector<UnsentChange> unsent, kept(state, circle.id));
  for (const UnsentChange& one : unsent) all.push_back({one, true});
  if (all.empty()) return {};
  for (const Strand& strand : strands_of(all)) TB_CHECK(write_strand(state, circle, strand, all));
  return state.store.values.erase(value_name(circle.id));
}

}  // namespace thuisbasis
