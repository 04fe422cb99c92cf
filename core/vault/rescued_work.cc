// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/rescued_work.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "core/base/wire_bytes.h"
#include "core/merge/rename_dots.h"
#include "core/vault/arrived_bundle.h"
#include "core/vault/own_instance.h"
#include "core/vault/stored_changes.h"
#include "core/vault/waiting_work.h"

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

/// The changes of stranded bundles, which are older than all that was not even sealed.
Result<std::vector<WaitingChange>> take_stranded(VaultState& state, const StoredCircle& circle) {
  std::vector<WaitingChange> changes;
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

Result<bool> has_stranded(VaultState& state) {
  TB_TRY(const std::vector<QuarantinedItem> items, state.store.log.quarantined());
  for (const QuarantinedItem& item : items) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(item.circle));
    TB_TRY(const bool stranded, is_stranded(state, item, circle));
    if (stranded) return true;
  }
  return false;
}

/// What a change names may have been written again before, as something else.
Status follow_dots(VaultState& state, const StoredCircle& circle, Change& change,
                   const std::function<bool(const Dot&)>& exists) {
  std::set<Dot> lost;
  Change named = change;
  TB_CHECK(drop_lost_dots(named, [&](const Dot& dot) {
    if (dot != change.dot && !exists(dot)) lost.insert(dot);
    return true;
  }));
  std::map<Dot, Dot> names;
  for (const Dot& dot : lost) {
    TB_TRY(const Dot now, state.store.log.goes_on_as(circle.row, dot));
    if (now != dot) names.emplace(dot, now);
  }
  TB_CHECK(rename_dots(change, names));
  return drop_lost_dots(change, exists);
}

/// Writes a strand again, but for what lives on.
Status write_strand(VaultState& state, const StoredCircle& circle, const Strand& strand,
                    const std::vector<WaitingChange>& all) {
  TB_TRY(const Frontier frontier, state.store.circles.frontier(circle.row));
  DisplacedWork work{{}, true, {}};
  std::set<Dot> going_on;
  std::map<Dot, Dot> lives_as;
  const auto exists = [&](const Dot& dot) {
    return dot.number <= frontier.at(dot.author) || going_on.contains(dot);
  };
  for (const WaitingChange& one : strand) {
    TB_TRY(const std::optional<Dot> lives_on, lives_on_as(state, circle, one, all));
    if (lives_on) {
      lives_as.emplace(one.dot(), *lives_on);
      continue;
    }
    TB_TRY(Change change, decode_change(one.change.author, one.change.bytes));
    TB_CHECK(rename_dots(change, lives_as));
    TB_CHECK(follow_dots(state, circle, change, exists));
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
  TB_TRY(std::vector<WaitingChange> all, take_stranded(state, circle));
  TB_TRY(const std::vector<UnsentChange> unsent, kept(state, circle.id));
  for (const UnsentChange& one : unsent) all.push_back({one, true});
  if (all.empty()) return {};
  for (const Strand& strand : strands_of(all)) TB_CHECK(write_strand(state, circle, strand, all));
  return state.store.values.erase(value_name(circle.id));
}

}  // namespace thuisbasis
