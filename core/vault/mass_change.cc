// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/mass_change.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "core/base/planted_bug.h"
#include "core/base/wire_bytes.h"
#include "core/vault/stored_changes.h"
#include "core/vault/vault_incoming.h"

namespace thuisbasis {
namespace {

/// A seal of one go is rarely more than one bundle; no more are looked at.
constexpr int kBundlesOfOneGo = 64;

using Place = std::pair<std::uint32_t, RecordId>;

std::string allowed_name(const CircleId& circle) { return "mass_change/" + circle.text(); }

Error needs_approval(const MassChangeExtent& extent) {
  return Error(Code::kMassChange, std::to_string(extent.touched) + " of " + std::to_string(extent.of) +
                                      " records are changed or deleted at once");
}

/// Up to which number of each own author a person has allowed the circle's pending changes.
Result<Frontier> allowed(const VaultState& state, const CircleId& circle) {
  Frontier numbers;
  TB_TRY(const auto bytes, state.store.values.get(allowed_name(circle)));
  if (!bytes) return numbers;
  for (ByteReader reader(*bytes); reader.remaining() > 0;) {
    TB_TRY(const InstanceId instance, reader.id<InstanceId>());
    TB_TRY(const std::uint64_t number, reader.varint());
    numbers.raise({state.self.device, instance}, number);
  }
  return numbers;
}

/// The relay's sequence at which this device came into the circle; 0 for its founder.
Result<std::uint64_t> admitted_at(VaultState& state, const StoredCircle& circle) {
  TB_TRY(const MemberCircle* members, state.member_circle(circle));
  const Member* self = members->log().member(state.self.device);
  if (self == nullptr || self->admitted_at == 0) return std::uint64_t{0};
  TB_TRY(const std::vector<MembershipRow> rows, state.store.circles.membership(circle.row));
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const MembershipRow& one) { return one.index == self->admitted_at; });
  return row == rows.end() ? std::uint64_t{0} : row->sequence.value_or(0);
}

/// What the author sealed just before with the same signed time: one go, cut into bundles.
Status add_same_go(VaultState& state, const StoredCircle& circle, const BundleHeader& header,
                   std::vector<Change>& changes) {
  std::uint64_t first = header.first;
  for (int bundles = 0; first > 1 && bundles < kBundlesOfOneGo; ++bundles) {
    TB_TRY(const auto before, state.store.log.bundle_covering(circle.row, header.author, first - 1));
    if (!before || before->signed_time != header.signed_time) return {};
    TB_TRY(const OpenedBundle opened, open_stored(state, circle, *before));
    BundleChanges read = decode_changes(opened, header.author);
    std::move(read.changes.begin(), read.changes.end(), std::back_inserter(changes));
    first = before->first;
  }
  return {};
}

}  // namespace

Result<std::optional<MassChangeExtent>> excess_of(VaultState& state, CircleRow circle,
                                                  std::span<const Change> changes) {
  const MassChangeLimit& limit = state.world.mass_change;
  std::set<Place> created;
  std::set<Place> touched;
  for (const Change& change : changes)
    for (const RecordChange& part : change.records)
      (part.created ? created : touched).emplace(part.kind, part.record);
  for (const Place& place : created) touched.erase(place);
  if (touched.size() < limit.records_min || is_planted(PlantedBug::kNoFuse))
    return std::optional<MassChangeExtent>();
  const auto is_present = [&](const Place& place) -> Result<std::optional<bool>> {
    TB_TRY(const auto stored, state.store.records.load(circle, place.first, place.second));
    if (!stored) return std::optional<bool>();
    const KindSchema* kind = state.world.schema.kind(place.first);
    const bool append_only = kind != nullptr && kind->append_only;
    return std::optional<bool>(presence(stored->state, append_only) != Presence::kDeleted);
  };
  MassChangeExtent extent;
  TB_TRY(extent.of, state.store.records.present_count(circle));
  for (const Place& place : created) {
    TB_TRY(const std::optional<bool> present, is_present(place));
    if (present.value_or(false)) --extent.of;
  }
  for (const Place& place : touched) {
    TB_TRY(const std::optional<bool> present, is_present(place));
    if (!present) continue;
    ++extent.touched;
    if (!*present) ++extent.of;
  }
  const bool within = extent.touched < limit.records_min || extent.touched * 100 <= extent.of * limit.percent;
  return within ? std::optional<MassChangeExtent>() : std::optional(extent);
}

Result<std::optional<MassChangeExtent>> pending_excess(VaultState& state, const StoredCircle& circle,
                                                       const Author& author) {
  TB_TRY(const std::vector<UnsentChange> pending, state.store.log.all_unsent(circle.row));
  TB_TRY(const Frontier known, allowed(state, circle.id));
  std::vector<Change> changes;
  for (const UnsentChange& one : pending) {
    if (one.author != author || one.number <= known.at(author)) continue;
    TB_TRY(Change change, decode_change(one.author, one.bytes));
    changes.push_back(std::move(change));
  }
  return excess_of(state, circle.row, changes);
}

Status check_outgoing(VaultState& state, const StoredCircle& circle, const Author& author) {
  TB_TRY(const std::optional<MassChangeExtent> excess, pending_excess(state, circle, author));
  return excess ? Status(needs_approval(*excess)) : Status();
}

Status allow_outgoing(VaultState& state, const StoredCircle& circle) {
  TB_TRY(Frontier numbers, allowed(state, circle.id));
  TB_TRY(const std::vector<UnsentChange> pending, state.store.log.all_unsent(circle.row));
  for (const UnsentChange& one : pending) numbers.raise(one.author, one.number);
  ByteWriter writer;
  for (const auto& [author, number] : numbers.numbers()) {
    writer.raw(author.instance.view());
    writer.varint(number);
  }
  return state.store.values.put(allowed_name(circle.id), writer.view());
}

Status check_incoming(VaultState& state, const StoredCircle& circle, const BundleHeader& header,
                      std::uint64_t sequence, std::span<const Change> changes) {
  if (header.author.device == state.self.device || state.mass_change_allowed == circle.row) return {};
  std::vector<Change> go(changes.begin(), changes.end());
  TB_CHECK(add_same_go(state, circle, header, go));
  TB_TRY(const std::optional<MassChangeExtent> excess, excess_of(state, circle.row, go));
  if (!excess) return {};
  TB_TRY(const std::uint64_t admitted, admitted_at(state, circle));
  return sequence != 0 && sequence < admitted ? Status() : Status(needs_approval(*excess));
}

namespace {

MassChange shown(const StoredCircle& circle, const MassChangeExtent& extent) {
  MassChange change;
  change.circle = circle.id;
  change.records = extent.touched;
  change.of = extent.of;
  return change;
}

Result<MassChange> of_arrived(VaultState& state, const QuarantinedItem& item) {
  TB_TRY(const StoredCircle circle, state.store.circles.get(item.circle));
  TB_TRY(const OpenedBundle opened, open_set_aside(state, circle, item.bytes));
  TB_TRY(const SealedBundle sealed, parse_bundle(item.bytes));
  std::vector<Change> changes = decode_changes(opened, sealed.header.author).changes;
  TB_CHECK(add_same_go(state, circle, sealed.header, changes));
  TB_TRY(const std::optional<MassChangeExtent> excess, excess_of(state, circle.row, changes));
  MassChange change = shown(circle, excess.value_or(MassChangeExtent()));
  change.incoming = true;
  change.author_name = state.author_name(circle, sealed.header.author);
  return change;
}

}  // namespace

Result<std::vector<MassChange>> Vault::mass_changes() const {
  VaultState& state = *state_;
  std::vector<MassChange> waiting;
  TB_TRY(const std::vector<CircleRow> unsent, state.store.log.circles_with_unsent());
  for (const CircleRow row : unsent) {
    TB_TRY(const StoredCircle circle, state.store.circles.get(row));
    TB_TRY(const std::vector<Author> authors, state.store.log.unsent_authors(row));
    for (const Author& author : authors) {
      TB_TRY(const std::optional<MassChangeExtent> excess, pending_excess(state, circle, author));
      if (excess) waiting.push_back(shown(circle, *excess));
    }
  }
  TB_TRY(const std::vector<QuarantinedItem> items, state.store.log.quarantined());
  for (const QuarantinedItem& item : items) {
    if (item.reason != Code::kMassChange) continue;
    TB_TRY(MassChange change, of_arrived(state, item));
    waiting.push_back(std::move(change));
  }
  return waiting;
}

Status Vault::allow_mass_changes(const CircleId& circle) {
  VaultState& state = *state_;
  TB_TRY(const StoredCircle stored, state.circle(circle));
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  TB_CHECK(allow_outgoing(state, stored));
  TB_CHECK(take_allowed(state, stored));
  return unit.commit();
}

}  // namespace thuisbasis
