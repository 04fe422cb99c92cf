// SPDX-License-Identifier: EUPL-1.2
#include "core/vault/repair.h"

#include <algorithm>

#include "core/circle/entry_wish.h"
#include "core/store/bare_file.h"
#include "core/store/encrypted_database.h"
#include "core/vault/arrived_bundle.h"
#include "core/vault/log_marks.h"
#include "core/vault/open_removals.h"
#include "core/vault/rescued_work.h"
#include "core/vault/retired_keys.h"
#include "core/vault/salvaged_vault.h"
#include "core/vault/set_aside.h"
#include "core/vault/vault_incoming.h"
#include "core/vault/vault_state.h"

namespace thuisbasis {
namespace {

/// What goes along of the things a vault holds one of; instance and salt are new.
constexpr std::string_view kKeptValues[] = {
    value::kSigningSeed, value::kAgreementKey,     value::kCertificate,   value::kAttributes,
    value::kInvitation,  value::kEnrolmentRequest, value::kEnrolmentCode, value::kRelayEpoch,
    value::kReceiptKey,  value::kRegistered,       value::kLastSync};

/// Of every circle: what lost its place in its log and is not forgotten.
bool is_kept_of_a_circle(std::string_view name) {
  return name.starts_with(kRemovalsPrefix) || name.starts_with(kRetiredKeysPrefix);
}

/// The entries from the first on, as far as they follow each other and prove themselves.
Result<std::vector<MembershipRow>> proven_log(VaultState& state, const SalvagedCircle& salvaged) {
  std::vector<MembershipRow> proven;
  MemberCircle trial(*state.identity, *state.roots);
  for (const auto& [index, row] : salvaged.membership) {
    if (index != proven.size() || !trial.apply(row.entry)) break;
    proven.push_back(row);
  }
  return proven;
}

/// Up to which sequence everything is here.
std::uint64_t dense_until(const std::map<std::uint64_t, Arrival>& items) {
  std::uint64_t last = 0;
  for (const auto& [sequence, item] : items) {
    if (sequence > last + 1) break;
    last = std::max(last, sequence);
  }
  return last;
}

/// Puts one circle of the damaged vault into the new one.
class CircleRepair final {
 public:
  CircleRepair(VaultState& state, const CircleId& id, const SalvagedCircle& salvaged,
               std::map<std::int64_t, std::int64_t>& receipts, const SalvagedVault& vault)
      : state_(state), id_(id), salvaged_(salvaged), receipts_(receipts), vault_(vault) {}

  Status run(Care care, RepairReport& report) {
    TB_TRY(const CircleRow row, state_.store.circles.add(id_, salvaged_.profile));
    TB_TRY(circle_, state_.store.circles.get(row));
    TB_CHECK(put_log(report));
    TB_CHECK(put_bundles(care, report));
    TB_CHECK(put_trouble());
    const std::uint64_t until = std::min(dense_until(items_), salvaged_.cursor.value_or(kAny));
    items_.erase(items_.upper_bound(until), items_.end());
    // What was set aside and nobody signed may have been damaged on the way: asked for again.
    const MarkedPlace marked = mark_over(items_);
    TB_CHECK(state_.store.circles.advance_cursor(row, marked.sequence));
    TB_CHECK(state_.store.circles.put_mark(row, marked));
    // With a damaged WAL the cursor may be one of before: what the work builds on may still have to come. So
    // may it where an earlier repair already waits for it, with a cursor that went back then.
    const bool complete =
        !report.wal_damaged && salvaged_.cursor == until && !salvaged_.waits_for_sync && members_know_us_;
    TB_CHECK(keep_rescued(state_, circle_, salvaged_.unsent));
    if (complete) TB_CHECK(write_rescued(state_, circle_));
    report.rescued += salvaged_.unsent.size();
    report.circles_to_fetch += complete ? 0 : 1;
    ++report.circles;
    return {};
  }

 private:
  static constexpr std::uint64_t kAny = ~std::uint64_t{0};

  Status put_log(RepairReport& report) {
    TB_TRY(const std::vector<MembershipRow> log, proven_log(state_, salvaged_));
    state_.opened_circles.change(id_);
    for (const MembershipRow& entry : log) {
      TB_CHECK(state_.store.circles.add_membership(circle_.row, entry));
      if (entry.sequence) remember({id_, *entry.sequence, true, salvaged_.membership.at(entry.index).entry});
    }
    for (const auto& [index, entry] : salvaged_.membership) {
      if (index < log.size()) continue;
      if (!entry.sequence) {
        ++report.lost_entries;
        TB_CHECK(remember_if_removal(entry, static_cast<std::uint32_t>(log.size())));
      }
      if (entry.sequence) TB_CHECK(wait_for_log(entry));
    }
    TB_TRY(const MemberCircle* members, state_.member_circle(circle_));
    members_know_us_ = members->log().member(state_.self.device) != nullptr;
    return state_.describe(circle_.row, *members);
  }

  /// A relay had it once: whoever it took out is not let in by a repair.
  Status remember_if_removal(const MembershipRow& row, std::uint32_t since) {
    if (!row.archive_wrap.empty()) return {};
    const auto wish = read_wish(row.entry, state_.roots->registrar);
    const bool is_removal = wish && *wish && std::holds_alternative<RemovalWish>(**wish);
    return is_removal ? remember_removal(state_, circle_, row.entry, since) : Status();
  }

  /// It stands behind a gap: until that is closed somebody may be out of the circle whom the log here knows
  /// as a member, and nothing is sealed for them.
  Status wait_for_log(const MembershipRow& entry) {
    return set_aside(state_, {id_, 0, true, entry.entry},
                     Error(Code::kMissingDependency, "stands behind an entry that was damaged"));
  }

  /// As if they arrived: proven, opened, merged, or set aside where something before them is missing.
  Status put_bundles(Care care, RepairReport& report) {
    std::vector<Arrival> arrivals;
    for (const SalvagedBundle& bundle : salvaged_.bundles) {
      const bool stands = bundle.standing.sequence && !bundle.standing.doubted;
      arrivals.push_back({id_, stands ? *bundle.standing.sequence : 0, false, bundle.bytes});
      if (stands) remember(arrivals.back());
    }
    TB_TRY(const std::vector<bool> taken, take_held(state_, circle_, arrivals, care));
    report.bundles += arrivals.size();
    for (std::size_t i = 0; i < taken.size(); ++i)
      if (taken[i]) TB_CHECK(put_standing(salvaged_.bundles[i]));
    return {};
  }

  Status put_standing(const SalvagedBundle& bundle) {
    Standing standing = bundle.standing;
    if (bundle.former_receipt) {
      TB_TRY(standing.receipt, receipt(*bundle.former_receipt));
    }
    return state_.store.log.stand_as(circle_.row, bundle.header.author, bundle.header.last, standing);
  }

  /// Several bundles name one receipt.
  Result<std::optional<std::int64_t>> receipt(std::int64_t former) {
    const auto known = receipts_.find(former);
    if (known != receipts_.end()) return std::optional(known->second);
    const auto bytes = vault_.receipts.find(former);
    if (bytes == vault_.receipts.end()) return std::optional<std::int64_t>();
    TB_TRY(const std::int64_t row, state_.store.log.add_receipt(bytes->second));
    receipts_.emplace(former, row);
    return std::optional(row);
  }

  /// What stands in the relay's log there.
  void remember(const Arrival& item) { items_.insert_or_assign(item.sequence, item); }

  Status put_trouble() {
    ChangeLog& log = state_.store.log;
    for (ReturnedChange change : salvaged_.returned) {
      change.circle = circle_.row;
      TB_CHECK(log.add_returned(change));
    }
    std::set<Dot> reissued;
    for (const auto& [from, to] : salvaged_.reissued)
      if (reissued.insert(from).second) TB_CHECK(log.note_reissued(circle_.row, from, to));
    for (QuarantinedItem item : salvaged_.quarantined) {
      item.circle = circle_.row;
      TB_CHECK(log.quarantine(item, 0));
    }
    for (const QuarantinedItem& item : salvaged_.quarantined) {
      if (item.sequence == 0) continue;
      TB_TRY(const bool genuine, is_genuine(state_, circle_, item.bytes));
      if (genuine) remember({id_, item.sequence, false, item.bytes});
    }
    for (JournalLine line : salvaged_.alarms) {
      line.circle = circle_.row;
      TB_CHECK(log.note(line));
    }
    return {};
  }

  VaultState& state_;
  const CircleId id_;
  const SalvagedCircle& salvaged_;
  std::map<std::int64_t, std::int64_t>& receipts_;  ///< former rows, and where they are now
  const SalvagedVault& vault_;
  StoredCircle circle_;
  bool members_know_us_ = false;            ///< as far as the log could be read
  std::map<std::uint64_t, Arrival> items_;  ///< by the relay's sequence, what this vault holds of its log
};

/// A circle goes whole, or not at all: then once more, carefully.
Status put_circle(VaultState& state, const CircleId& id, const SalvagedVault& vault, RepairReport& report) {
  const auto attempt = [&](Care care, RepairReport& so_far) -> Status {
    std::map<std::int64_t, std::int64_t> receipts;
    TB_TRY(WorkUnit unit, WorkUnit::begin(state));
    TB_CHECK(CircleRepair(state, id, vault.circles.at(id), receipts, vault).run(care, so_far));
    return unit.commit();
  };
  RepairReport trial = report;
  const Status whole = attempt(Care::kWholeBatch, trial);
  if (whole) report = std::move(trial);
  if (whole || whole.error().code() != Code::kCancelled) return whole;
  return attempt(Care::kSavepoints, report);
}

void name_lost(const CircleId& id, const SalvagedCircle& circle, RepairReport& report) {
  for (const MissingNumbers& one : circle.missing)
    report.lost.push_back(
        {id, circle.profile.name, one.author.instance, one.first, one.last, one.sealed, one.records});
}

/// Without keys nothing can be taken along; what was unsent is named, also where it can be read.
void name_unsent(const CircleId& id, const SalvagedCircle& circle, RepairReport& report) {
  for (const UnsentChange& one : circle.unsent) {
    LostWrites lost{id, circle.profile.name, one.author.instance, one.number, one.number, false, {}};
    if (const auto change = decode_change(one.author, one.bytes))
      for (const RecordChange& record : change->records) lost.records.emplace(record.kind, record.record);
    report.lost.push_back(std::move(lost));
  }
  for (const SalvagedBundle& bundle : circle.bundles)
    if (bundle.standing.own && !bundle.standing.sequence)
      report.lost.push_back({id,
                             circle.profile.name,
                             bundle.header.author.instance,
                             bundle.header.first,
                             bundle.header.last,
                             true,
                             {}});
}

/// What an earlier repair saved and no sync has brought to the relay since comes first.
void add_rescued_before(const std::map<std::string, Bytes>& values, SalvagedVault& vault) {
  for (auto& [id, circle] : vault.circles) {
    auto changes = rescued_before(values, id);
    if (!changes) {
      vault.unsent_uncertain = true;
      continue;
    }
    circle.waits_for_sync = !changes->empty();
    for (UnsentChange& one : circle.unsent) {
      const bool known = std::any_of(changes->begin(), changes->end(), [&](const UnsentChange& other) {
        return other.author == one.author && other.number == one.number;
      });
      if (!known) changes->push_back(std::move(one));
    }
    circle.unsent = std::move(*changes);
  }
}

/// What an earlier repair could not bring along either, as long as nobody was told.
void add_report_before(const std::map<std::string, Bytes>& values, RepairReport& report) {
  const auto found = values.find(std::string(value::kRepairReport));
  if (found == values.end()) return;
  const auto before = decode_report(found->second);
  if (!before) {
    report.unsent_uncertain = true;
    return;
  }
  report.lost = before->lost;
  report.lost_entries = before->lost_entries;
  report.unsent_uncertain = before->unsent_uncertain;
}

Status keep_report(VaultState& state, const RepairReport& report) {
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  TB_CHECK(state.store.values.put(value::kRepairReport, encode_report(report)));
  return unit.commit();
}

/// Fills the new vault. Whoever it was enrolled as, if the keys for it are there.
Status fill(VaultState& state, const Salvage& salvage, RepairReport& report) {
  TB_TRY(WorkUnit unit, WorkUnit::begin(state));
  const std::map<std::string, Bytes> values = salvaged_values(salvage);
  for (const std::string_view name : kKeptValues)
    if (const auto found = values.find(std::string(name)); found != values.end())
      TB_CHECK(state.store.values.put(name, found->second));
  for (const auto& [name, bytes] : values)
    if (is_kept_of_a_circle(name)) TB_CHECK(state.store.values.put(name, bytes));
  const Status loaded = state.load_identity();
  const bool ours = loaded && state.identity;
  SalvagedVault vault =
      interpret(salvage, state.world.schema, ours ? std::optional(state.self.device) : std::nullopt);
  add_rescued_before(values, vault);
  add_report_before(values, report);
  // Behind a damaged frame a whole commit may be gone without a trace.
  report.unsent_uncertain = report.unsent_uncertain || vault.unsent_uncertain || report.wal_damaged;
  if (!ours) {
    report.must_enrol = !loaded || !vault.circles.empty() || !report.damaged_pages.empty();
    if (report.must_enrol)
      for (const std::string_view name : kKeptValues) TB_CHECK(state.store.values.erase(name));
  }
  TB_CHECK(unit.commit());
  for (const auto& [id, circle] : vault.circles) {
    name_lost(id, circle, report);
    if (ours && !id.is_zero()) TB_CHECK(put_circle(state, id, vault, report));
    if (!ours) name_unsent(id, circle, report);
  }
  if (!ours) return {};
  TB_TRY(WorkUnit alarm, WorkUnit::begin(state));
  TB_CHECK(state.note(Alarm::kNewInstance, CircleRow{}, state.self, 0));
  return alarm.commit();
}

/// Writes the new file and closes it, so that it is whole without a WAL.
Status write_beside(const EncryptedDatabase::Location& location, const Secret& database_key,
                    const VaultWorld& world, const Salvage& salvage, RepairReport& report) {
  {
    TB_TRY(EncryptedDatabase database, EncryptedDatabase::create(location, database_key));
    VaultState state(std::move(database), world);
    TB_CHECK(state.prepare());
    TB_CHECK(fill(state, salvage, report));
    TB_CHECK(keep_report(state, report));
  }
  TB_TRY(EncryptedDatabase written, EncryptedDatabase::open(location, database_key));
  return written.check_integrity();
}

EncryptedDatabase::Location location_of(const std::string& path, const VaultWorld& world) {
  EncryptedDatabase::Location location{path, world.random};
  if (world.base_vfs != nullptr) location.base_vfs = world.base_vfs;
  return location;
}

Result<std::unique_ptr<SalvagedPages>> open_pages(const std::string& path, const Secret& database_key,
                                                  const VaultWorld& world) {
  const EncryptedDatabase::Location location = location_of(path, world);
  TB_TRY(sqlite3_vfs * vfs, BareFile::vfs_named(location.base_vfs));
  TB_TRY(const bool there, BareFile::exists(*vfs, path));
  if (!there) return Error(Code::kNotFound, path);
  return SalvagedPages::open(location.base_vfs, path, database_key, world.random);
}

}  // namespace

Result<PageDamage> look_for_page_damage(const std::string& path, const Secret& database_key,
                                        const VaultWorld& world) {
  TB_TRY(const std::unique_ptr<SalvagedPages> pages, open_pages(path, database_key, world));
  return PageDamage{pages->count(), pages->damaged(), pages->wal_damaged(),
                    pages->commits_follow_wal_damage()};
}

Result<RepairReport> repair_vault(const RepairPlace& place, const Secret& database_key,
                                  const VaultWorld& world) {
  const EncryptedDatabase::Location beside = location_of(place.beside, world);
  TB_TRY(sqlite3_vfs * vfs, BareFile::vfs_named(beside.base_vfs));
  TB_TRY(const std::unique_ptr<SalvagedPages> pages, open_pages(place.path, database_key, world));
  RepairReport report;
  report.kept = place.kept;
  report.pages = pages->count();
  report.damaged_pages = pages->damaged();
  report.wal_damaged = pages->wal_damaged();
  const Salvage salvage = Salvage::read(*pages);
  TB_CHECK(BareFile::remove(*vfs, place.beside));
  TB_CHECK(write_beside(beside, database_key, world, salvage, report));
  TB_TRY(const bool has_wal, BareFile::exists(*vfs, place.beside + "-wal"));
  if (has_wal) return Error(Code::kIo, place.beside + " could not be finished");
  // Its lock goes along with it, so that nobody opens it before the damaged file's WAL is gone.
  TB_TRY(const std::unique_ptr<BareFile> repaired,
         BareFile::open(*vfs, place.beside, BareFile::Kind::kDatabase));
  TB_CHECK(repaired->lock());
  TB_CHECK(place.files.replace(place.beside, place.path));
  // The damaged file's: it does not fit the new one, which ignores it. The vault is whole already.
  (void)BareFile::remove_wal(*vfs, place.path);
  return report;
}

}  // namespace thuisbasis
