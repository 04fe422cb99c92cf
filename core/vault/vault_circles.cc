// SPDX-License-Identifier: EUPL-1.2
// The circles of a vault: founding them, and what they are about.
#include <algorithm>
#include <array>

#include "core/circle/circle_writer.h"
#include "core/circle/enrolment.h"
#include "core/vault/retired_keys.h"
#include "core/vault/sealing_key.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {
namespace {

constexpr std::array<std::string_view, 7> kCircleKinds = {"kern", "thuis",      "school",     "buurt",
                                                          "zorg", "veiligheid", "organisatie"};

CircleProfile profile_of(const CircleMetadata& metadata) {
  return {metadata.dossier, metadata.circle_kind, metadata.name, metadata.subject.value_or(RecordId{})};
}

Result<MemberCircle> rebuild(const VaultState& state, const std::vector<MembershipRow>& rows,
                             Status (MemberCircle::*take)(ByteView)) {
  MemberCircle rebuilt(*state.identity, *state.roots);
  for (const MembershipRow& row : rows) {
    if (Status taken = (rebuilt.*take)(row.entry); !taken)
      return std::move(taken.error()).within("membership entry " + std::to_string(row.index));
  }
  return rebuilt;
}

}  // namespace

bool is_circle_kind(std::string_view kind) {
  return std::find(kCircleKinds.begin(), kCircleKinds.end(), kind) != kCircleKinds.end();
}

Error no_circle(const CircleId& id) { return Error(Code::kNotFound, "no circle " + id.text()); }

Result<StoredCircle> VaultState::circle(const CircleId& id) const {
  TB_TRY(auto found, store.circles.find(id));
  if (!found) return no_circle(id);
  return std::move(*found);
}

Result<MemberCircle*> VaultState::member_circle(const StoredCircle& circle) {
  TB_CHECK(require_identity());
  if (MemberCircle* opened = opened_circles.find(circle.id)) return opened;
  TB_TRY(const std::vector<MembershipRow> rows, store.circles.membership(circle.row));
  TB_TRY(MemberCircle rebuilt, rebuild(*this, rows, &MemberCircle::reapply));
  // Each entry names the one before it by its hash: a fault in what any of them says shows here.
  if (!rows.empty()) TB_CHECK(rebuilt.log().check_signer(rows.back().entry));
  TB_CHECK(load_retired_keys(*this, circle.id, rebuilt));
  return opened_circles.keep(circle.id, std::move(rebuilt));
}

Status VaultState::prove(const StoredCircle& circle) {
  TB_CHECK(require_identity());
  TB_TRY(const std::vector<MembershipRow> rows, store.circles.membership(circle.row));
  TB_CHECK(rebuild(*this, rows, &MemberCircle::apply));
  return {};
}

Status VaultState::append_entry(CircleRow row, MemberCircle& circle, Bytes signed_entry, Bytes archive_wrap) {
  TB_TRY(const EntryPlace place, parse_entry_place(signed_entry));
  opened_circles.change(place.circle);
  TB_CHECK(circle.apply(signed_entry));
  return store.circles.add_membership(
      row, {circle.log().size() - 1, std::move(signed_entry), std::move(archive_wrap), std::nullopt});
}

Status VaultState::describe(CircleRow row, const MemberCircle& circle) {
  if (circle.metadata()) TB_CHECK(store.circles.describe(row, profile_of(*circle.metadata())));
  if (const EpochRecord* newest = circle.log().newest_epoch())
    TB_CHECK(store.circles.raise_epoch(row, newest->number));
  return {};
}

std::string VaultState::author_name(const StoredCircle& circle, const Author& author) {
  if (const auto opened = member_circle(circle)) {
    const MembershipLog& log = (*opened)->log();
    const Bytes* attributes = (*opened)->attributes_of(author.device);
    const thuisbasis::Member* member = log.member(author.device);
    if (attributes != nullptr && member != nullptr) {
      if (const auto verified = verify_attributes(*attributes, member->certificate))
        return verified->display_name;
    }
  }
  return author.device.text().substr(0, 8);
}

Result<CircleId> Vault::create_circle(const NewCircle& circle) {
  VaultState& state = *state_;
  TB_CHECK(state.require_identity());
  if (!is_circle_kind(circle.kind))
    return Error(Code::kInvalidArgument, "'" + circle.kind +
                                             "' is no kind of circle: use kern, thuis, school, buurt, zorg, "
                                             "veiligheid or organisatie");
  CircleMetadata metadata;
  metadata.dossier = circle.dossier;
  state.world.random.fill(metadata.dossier_salt.mutable_view());
  metadata.circle_kind = circle.kind;
  metadata.name = circle.name;
  if (!circle.subject.is_zero()) metadata.subject = circle.subject;
  const CircleId id = random_id<CircleId>(state.world.random);
  TB_TRY(std::vector<NewEntry> entries, found_circle(*state.identity, *state.roots, id, metadata,
                                                     state.world.clock.wall_ms(), state.world.random));
  MemberCircle opened(*state.identity, *state.roots);
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  TB_TRY(const CircleRow row, state.store.circles.add(id, profile_of(metadata)));
  for (NewEntry& entry : entries)
    TB_CHECK(state.append_entry(row, opened, std::move(entry.signed_entry), std::move(entry.archive_wrap)));
  TB_CHECK(state.describe(row, opened));
  TB_CHECK(unit.commit());
  state.opened_circles.keep(id, std::move(opened));
  return id;
}

Result<std::vector<CircleOverview>> Vault::circles() const {
  TB_TRY(const std::vector<StoredCircle> stored, state_->store.circles.all());
  std::vector<CircleOverview> overviews;
  for (const StoredCircle& one : stored) {
    TB_TRY(CircleOverview overview, circle(one.id));
    overviews.push_back(std::move(overview));
  }
  return overviews;
}

Result<CircleOverview> Vault::circle(const CircleId& circle) const {
  VaultState& state = *state_;
  TB_TRY(const StoredCircle stored, state.circle(circle));
  CircleOverview overview;
  overview.id = stored.id;
  overview.dossier = stored.profile.dossier;
  overview.kind = stored.profile.kind;
  overview.name = stored.profile.name;
  overview.subject = stored.profile.subject;
  overview.epoch = stored.epoch;
  TB_TRY(const MemberCircle* opened, state.member_circle(stored));
  overview.members = static_cast<std::uint32_t>(opened->log().members().size());
  overview.readable = opened->newest_key() != nullptr;
  TB_TRY(const SealingKey sealing, sealing_key(state, stored));
  overview.sealing_waits = sealing.wait;
  TB_TRY(overview.unconfirmed, state.store.log.unconfirmed_in(stored.row));
  return overview;
}

}  // namespace thuisbasis
