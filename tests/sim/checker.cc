// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/checker.h"

#include <algorithm>

#include "core/merge/dot_list.h"

namespace thuisbasis::sim {
namespace {

constexpr std::size_t kRecordsLookedAt = 8;  // of a large change, each time
constexpr WallMs kAheadMsMax = 600'000;      // of a relay's clock that a write's time may be (PROTOCOL.md)

std::string_view state_name(WriteState state) {
  static constexpr std::array<std::string_view, 4> kNames{"pending", "sent", "confirmed", "returned"};
  return kNames[static_cast<std::size_t>(state)];
}

/// pending -> sent -> confirmed; a relay that was restored takes the last step back, never the one before.
bool may_follow(WriteState before, WriteState now) {
  if (now == WriteState::kReturned || before == WriteState::kReturned) return false;
  return now != WriteState::kPending || before == WriteState::kPending;
}

const RecordChange* part_of(const LedgerWrite& write, const RecordPlace& place) {
  for (const RecordChange& record : write.records)
    if (record.kind == place.kind && record.record == place.record) return &record;
  return nullptr;
}

bool shows(const LedgerRecord& record, const FieldKey& key, const LedgerEntry& entry) {
  const auto field = record.find(key);
  return field != record.end() && field->second.contains(entry);
}

/// A deletion names the writes it saw; those of its own device go on under other numbers when it does.
std::optional<std::vector<Dot>> seen_of_others(const FieldValue& deletion, const DeviceId& device) {
  auto seen = decode_dots(deletion.data);
  if (!seen) return std::nullopt;
  std::erase_if(*seen, [&](const Dot& dot) { return dot.author.device == device; });
  return std::move(*seen);
}

bool is_same_value(const FieldKey& key, const DeviceId& device, const FieldValue& one,
                   const FieldValue& other) {
  if (static_cast<Rule>(key.rule) != Rule::kLifecycle) return one == other;
  const auto seen = seen_of_others(one, device);
  return seen && seen == seen_of_others(other, device);
}

/// By its value, under whatever number of the device.
bool shows_value(const LedgerRecord& record, const FieldKey& key, const DeviceId& device,
                 const Operation& operation) {
  const auto field = record.find(key);
  return field != record.end() &&
         std::any_of(field->second.begin(), field->second.end(), [&](const LedgerEntry& entry) {
           return entry.dot.author.device == device && operation.entry &&
                  is_same_value(key, device, entry.value, *operation.entry);
         });
}

std::string text_of(const RecordPlace& place) {
  return "record " + place.record.text() + " of kind " + std::to_string(place.kind);
}

/// Those that its program has a name for, and those that only a later one has.
Result<std::vector<std::uint32_t>> kinds_of(SimDevice& device) {
  std::vector<std::uint32_t> kinds;
  for (const KindSchema& kind : device.schema().kinds()) kinds.push_back(kind.number);
  TB_TRY(const std::vector<std::uint32_t> without_name, device.vault()->kinds_without_name());
  kinds.insert(kinds.end(), without_name.begin(), without_name.end());
  return kinds;
}

/// In what two states of a record differ, for people.
std::string difference(const LedgerRecord& expected, const LedgerRecord& found) {
  for (const auto& [key, entries] : expected)
    for (const LedgerEntry& entry : entries)
      if (!shows(found, key, entry))
        return "field " + std::to_string(key.number) + " lacks write " + std::to_string(entry.dot.number);
  for (const auto& [key, entries] : found)
    for (const LedgerEntry& entry : entries)
      if (!shows(expected, key, entry))
        return "field " + std::to_string(key.number) + " still has write " + std::to_string(entry.dot.number);
  return "nothing";
}

}  // namespace

// ---- While it goes on

void Checker::look_at(SimDevice& device) {
  if (device.vault() != nullptr) look_at_record(device);
  if (device.vault() != nullptr) look_at_change(device);
  if (device.vault() != nullptr) look_at_account(device);
}

Checker::Look Checker::look(SimDevice& device, const RecordPlace& place) {
  const auto record = device.vault()->get(place.kind, place.record, true);
  if (device.after_call() != SimDevice::Struck::kNothing) return {.struck = true, .record = {}};
  if (!record && device.is_lost_to(record.error())) return {.struck = true, .record = {}};
  return {.struck = false, .record = record ? std::optional(as_ledger(record->base())) : std::nullopt};
}

/// I5: of every author a prefix has been applied, and nothing stands that an applied write replaced.
void Checker::look_at_record(SimDevice& device) {
  const auto& records = community_.records;
  if (records.empty()) return;
  const RecordPlace& place = records[dice_.below(records.size())];
  const auto record = look(device, place).record;
  if (!record) return;
  std::map<Author, std::uint64_t> applied;
  for (const auto& [key, entries] : *record)
    for (const LedgerEntry& entry : entries)
      applied[entry.dot.author] = std::max(applied[entry.dot.author], entry.dot.number);
  for (const LedgerWrite* write : community_.ledger.writes_of(place)) {
    const auto last = applied.find(write->dot.author);
    if (last == applied.end() || last->second < write->dot.number) continue;
    const RecordChange& change = *part_of(*write, place);
    for (const Operation& operation : change.operations) {
      const FieldKey key{operation.field, operation.rule};
      for (const Dot& dot : operation.replaces) {
        for (const auto& [other_key, entries] : *record) {
          if (other_key != key) continue;
          for (const LedgerEntry& entry : entries)
            if (entry.dot == dot && replaces(operation, entry))
              findings_.violated(Invariant::kCausalOrder,
                                 device.name() + " shows what an applied write replaced: " + text_of(place));
        }
      }
      if (!leaves_entry(operation)) continue;
      const LedgerEntry entry{write->dot, *operation.entry, operation.removed};
      if (shows(*record, key, entry) || community_.ledger.was_replaced(place, key, entry)) continue;
      findings_.violated(Invariant::kCausalOrder,
                         device.name() + " lacks write " + std::to_string(write->dot.number) + " in field " +
                             std::to_string(key.number) +
                             " of an author it has a later one of: " + text_of(place));
    }
  }
}

/// I6: a change of several records is there whole or not at all. Of a large one some records are looked at,
/// others each time.
void Checker::look_at_change(SimDevice& device) {
  const LedgerWrite* write = community_.ledger.some_large_write(dice_);
  if (write == nullptr) return;
  bool any = false;
  bool missing = false;
  const std::size_t step = write->records.size() / kRecordsLookedAt + 1;
  for (std::size_t i = looks_++ % step; i < write->records.size(); i += step) {
    const RecordChange& change = write->records[i];
    const RecordPlace place{write->circle, change.kind, change.record};
    const auto [struck, record] = look(device, place);
    if (struck) return;
    for (const Operation& operation : change.operations) {
      if (!leaves_entry(operation)) continue;
      const FieldKey key{operation.field, operation.rule};
      const LedgerEntry entry{write->dot, *operation.entry, operation.removed};
      const bool here = record && shows(*record, key, entry);
      any = any || here;
      missing = missing || (!here && !community_.ledger.was_replaced(place, key, entry));
    }
  }
  if (any && missing)
    findings_.violated(Invariant::kAtomicity,
                       device.name() + " shows a part of change " + std::to_string(write->dot.number));
}

/// P1: every write is in one state, and moves through them in order.
void Checker::look_at_account(SimDevice& device) {
  for (const AgreedCircle& circle : community_.circles) {
    if (community_.ledger.is_disputed(device.author().device)) return;
    const std::uint64_t last = community_.ledger.last_number(circle.id, device.author());
    if (last == 0 || device.vault() == nullptr) continue;
    const std::uint64_t number = dice_.chance(0.5) ? last : 1 + dice_.below(last);
    const auto state = device.vault()->status(WriteId{circle.id, number, device.author().instance});
    if (device.after_call() != SimDevice::Struck::kNothing) return;
    if (!state && device.is_lost_to(state.error())) return;
    if (!state) {
      findings_.violated(Invariant::kNothingLost, device.name() + " has no account of write " +
                                                      std::to_string(number) + ": " +
                                                      state.error().message());
      return;
    }
    const auto [known, fresh] = accounts_.try_emplace({circle.id, Dot{device.author(), number}}, *state);
    const bool comes_back = *state == WriteState::kReturned && circle.was_removed(device);
    if (!fresh && !comes_back && !may_follow(known->second, *state))
      findings_.violated(Invariant::kNothingLost, device.name() + ": write " + std::to_string(number) +
                                                      " went from " + std::string(state_name(known->second)) +
                                                      " to " + std::string(state_name(*state)));
    known->second = *state;
  }
}

void Checker::examine(SimDevice& device) {
  if (device.vault() == nullptr) return;
  const auto report = device.vault()->examine();
  if (device.after_call() != SimDevice::Struck::kNothing) return;
  const std::vector<std::string> damage =
      report ? excuses_.unexcused(report->damage) : std::vector{report.error().message()};
  if (damage.empty()) return;
  if (device.is_rotten()) return device.lose("damage on its disk");
  findings_.violated(Invariant::kIntegrity, device.name() + ": " + damage.front());
}

// ---- At rest

void Checker::check_at_rest() {
  for (const auto& device : community_.devices) examine(*device);
  settle_ledger();
  expected_ = community_.ledger.merged();
  excuses_.come_to_rest(findings_);
  relay_.check_logs();
  for (const AgreedCircle& circle : community_.circles) check_circle(circle);
  for (const auto& device : community_.devices)
    if (!device->is_lost()) check_device(*device);
  check_growth();
  for (const auto& device : community_.devices)
    if (!device->is_lost()) check_saved(*device);
}

/// What a lost device never sent is gone with it; what a vault wrote though the call failed is there.
void Checker::settle_ledger() {
  for (const auto& device : community_.devices) {
    for (const AgreedCircle& circle : community_.circles) {
      Ledger& ledger = community_.ledger;
      if (circle.was_removed(*device)) {
        settle_removed(circle, *device);
        continue;
      }
      if (device->is_lost() && ledger.is_disputed(device->author().device)) {
        // What of the lost copy's work the other one has is not known here; what the relay has is.
        ledger.put_back(circle.id, device->author(), relay_.head_of(circle.id, device->author()));
        continue;
      }
      if (device->is_lost()) {  // and with it what an instance before the last had not sent
        for (const Author& author : ledger.authors_of(circle.id, device->author().device))
          ledger.forget_after(circle.id, author, relay_.head_of(circle.id, author));
        continue;
      }
      if (device->vault() == nullptr) continue;
      for (const Author& author : ledger.authors_of(circle.id, device->author().device)) {
        ledger.ask_again(circle.id, author, [&](std::uint64_t number) {
          return device->vault()->status(WriteId{circle.id, number, author.instance}).has_value();
        });
        ledger.believe(circle.id, author);
      }
    }
  }
}

/// What the relay did not have when its writer was taken out counts for nobody, and lies in the tray of
/// returned work; also what a relay that was put back took before it had the removal again.
void Checker::settle_removed(const AgreedCircle& circle, SimDevice& device) {
  Ledger& ledger = community_.ledger;
  for (const Author& author : ledger.authors_of(circle.id, device.author().device)) {
    const std::uint64_t counts = relay_.last_that_counts(circle.id, author);
    if (ledger.is_disputed(author.device)) {
      ledger.put_back(circle.id, author, counts);
      continue;
    }
    const std::uint64_t last = ledger.last_number(circle.id, author);
    for (std::uint64_t number = counts + 1; number <= last && device.vault() != nullptr; ++number) {
      const auto state = device.vault()->status(WriteId{circle.id, number, author.instance});
      if (!state || *state != WriteState::kReturned)
        findings_.violated(Invariant::kNothingLost, device.name() + ": write " + std::to_string(number) +
                                                        " of one that was taken out was not returned");
    }
    ledger.forget_after(circle.id, author, counts);
  }
}

/// I3 and P1: nothing is on its way any more.
void Checker::check_device(SimDevice& device) {
  if (device.vault() == nullptr) {
    findings_.violated(Invariant::kLiveness, device.name() + " does not run");
    return;
  }
  const auto status = device.vault()->status();
  if (!status) {
    findings_.violated(Invariant::kIntegrity, device.name() + ": " + status.error().message());
    return;
  }
  const auto none = [&](std::uint64_t number, Invariant invariant, const char* what) {
    if (number != 0)
      findings_.violated(invariant, device.name() + ": " + std::to_string(number) + " " + what);
  };
  bool all_settles = true;
  for (const AgreedCircle& circle : community_.circles) {
    const auto overview = device.vault()->circle(circle.id);
    if (!overview) continue;
    if (excuses_.may_wait(circle, device))
      all_settles = false;
    else
      none(overview->unconfirmed, Invariant::kLiveness, "writes of one circle unconfirmed");
  }
  if (all_settles) none(status->pending, Invariant::kLiveness, "writes still pending");
  if (all_settles) none(status->sent, Invariant::kLiveness, "writes still sent");
  const bool removals = excuses_.saw_removals(device);
  if (community_.strangers.empty() && !excuses_.has_lost_causes(device) && !removals)
    none(status->quarantined, Invariant::kConvergence, "items quarantined");
  if (!removals) none(status->returned, Invariant::kNothingLost, "writes returned");
  if (status->returned != 0) {
    const auto returned = device.vault()->returned();
    if (returned && !returned->empty())
      findings_.note("returned for reason " + std::to_string(returned->front().reason_number));
  }
  if (!device.last_round() || !*device.last_round())
    findings_.violated(Invariant::kLiveness,
                       device.name() + " does not sync: " +
                           (device.last_round() ? device.last_round()->error().message() : "no round"));
  if (!all_settles) return;
  const auto account = device.vault()->account();
  if (!account || account->pending + account->sent + (removals ? 0 : account->returned) != 0)
    findings_.violated(Invariant::kLiveness, device.name() + ": the account is not settled");
}

/// I9: vaults and the relay stay within a few times what was written.
void Checker::check_growth() {
  static constexpr std::size_t kEmpty = 512 << 10;
  static constexpr std::size_t kAWrite = 12 << 10;
  static constexpr std::size_t kARecord = 1 << 10;
  std::size_t bytes = kEmpty;
  const auto add = [&](const LedgerWrite& write) {
    bytes += kAWrite;
    for (const RecordChange& record : write.records) {
      bytes += kARecord;
      for (const Operation& operation : record.operations)
        if (operation.entry) bytes += 8 * operation.entry->data.size();
    }
  };
  for (const auto& [key, write] : community_.ledger.writes()) add(write);
  for (const LedgerWrite& write : community_.ledger.disputed_writes()) add(write);
  const auto within = [&](const std::string& what, std::size_t taken) {
    if (taken > bytes)
      findings_.violated(Invariant::kBoundedGrowth,
                         what + " takes " + std::to_string(taken) + " bytes, not " + std::to_string(bytes));
  };
  for (const auto& device : community_.devices)
    if (!device->is_lost()) within(device->name(), device->disk_bytes());
  within("the relay", relay_.disk_bytes());
}

/// I11: a vault is after its process ended and started again what it was.
void Checker::check_saved(SimDevice& device) {
  if (device.vault() == nullptr) return;
  const auto digests = [&] {
    std::vector<std::optional<StateDigest>> all;
    for (const AgreedCircle& circle : community_.circles) {
      const auto digest = device.vault()->digest(circle.id);
      all.push_back(digest ? std::optional(*digest) : std::nullopt);
    }
    return all;
  };
  const auto before = digests();
  if (!device.restart() || digests() != before)
    findings_.violated(Invariant::kIntegrity, device.name() + " is another one after a restart");
}

/// Where a relay forgot what it held, and a copy of its author's vault put other changes in its place, nobody
/// can tell which is true: each device keeps what it knows, and people hear of it.
void Checker::check_split(const AgreedCircle& circle, const std::vector<SimDevice*>& members) {
  std::set<StateDigest> states;
  bool told = false;
  for (SimDevice* member : members) {
    const auto digest = member->vault()->digest(circle.id);
    if (digest) states.insert(*digest);
    const auto report = member->vault()->examine();
    const auto status = member->vault()->status();
    told = told || !status || status->quarantined != 0 || !report ||
           std::any_of(report->damage.begin(), report->damage.end(), Excuses::tells_of_fork);
  }
  if (states.size() > 1 && !told)
    findings_.violated(Invariant::kConvergence, "a circle is split, and no device tells of it");
}

void Checker::check_circle(const AgreedCircle& circle) {
  const std::vector<SimDevice*> members = check_members(circle);
  if (excuses_.is_split(circle)) return check_split(circle, members);
  std::optional<StateDigest> digest;
  const SimDevice* first = nullptr;
  for (SimDevice* member : members) {
    const auto here = member->vault()->digest(circle.id);
    if (!here) {
      findings_.violated(Invariant::kConvergence, member->name() + ": " + here.error().message());
      continue;
    }
    if (!digest) {
      digest = *here;
      first = member;
    } else if (*digest != *here) {
      findings_.violated(Invariant::kConvergence,
                         member->name() + " and " + first->name() + " differ in circle " + circle.id.text());
      check_contents(circle, *member, expected_);
    }
  }
  if (!members.empty()) check_contents(circle, *members.front(), expected_);
}

/// I8: the relay's members are those that people admitted, and nobody else has the circle. Gives the
/// members that are there.
std::vector<SimDevice*> Checker::check_members(const AgreedCircle& circle) {
  const std::vector<DeviceId> at_relay = relay_.members_of(circle.id);
  std::vector<SimDevice*> members;
  for (const auto& device : community_.devices) {
    const bool is_member = std::binary_search(at_relay.begin(), at_relay.end(), device->author().device);
    const auto admitted = circle.admitted.find(device->index());
    const bool may_be_member = community_.is_admitted(circle, *device, true);
    if (is_member && excuses_.must_be_out(circle, device->author().device))
      findings_.violated(Invariant::kMembersOnly, device->name() + " was taken out and is a member");
    if (is_member && !may_be_member)
      findings_.violated(Invariant::kMembersOnly, device->name() + " was never admitted");
    const bool was_removed =
        circle.was_removed(*device) ||
        (admitted != circle.admitted.end() && circle.was_removed(*community_.devices[admitted->second]));
    if (!is_member && !was_removed && admitted != circle.admitted.end() &&
        !community_.devices[admitted->second]->is_lost())
      findings_.violated(Invariant::kNothingLost, "the admission of " + device->name() + " is lost");
    if (device->vault() == nullptr) continue;
    const bool has_it = device->vault()->circle(circle.id).has_value();
    if (has_it && !is_member && !may_be_member)
      findings_.violated(Invariant::kMembersOnly, device->name() + " has a circle it is no member of");
    if (is_member && !has_it)
      findings_.violated(Invariant::kConvergence, device->name() + " never heard of its circle");
    if (is_member && has_it) members.push_back(device.get());
  }
  return members;
}

/// I1, I2, I4: every record is exactly what all acknowledged writes together make it. I13: and no time lies
/// in the future.
void Checker::check_contents(const AgreedCircle& circle, SimDevice& device,
                             const std::map<RecordPlace, LedgerRecord>& expected) {
  std::map<RecordPlace, LedgerRecord> found;
  const auto kinds = kinds_of(device);
  if (!kinds) {
    findings_.violated(Invariant::kIntegrity, device.name() + ": " + kinds.error().message());
    return;
  }
  for (const std::uint32_t kind : *kinds) {
    const auto records = device.vault()->list({kind, circle.id, true, 0});
    if (!records) {
      findings_.violated(Invariant::kIntegrity, device.name() + ": " + records.error().message());
      return;
    }
    for (const Record& record : *records) {
      if (!community_.is_strange(record))
        found.emplace(RecordPlace{circle.id, kind, record.id()}, as_ledger(record.base()));
      for (const auto& [key, field] : record.base().fields)
        for (const Entry& entry : field.entries)
          if (entry.time.ms() > relay_.newest_wall_ms() + kAheadMsMax)
            findings_.violated(Invariant::kClockIndependence, "a write stands under a time that is to come");
    }
  }
  const auto& disputed = community_.ledger.disputed_writes();
  if (std::any_of(disputed.begin(), disputed.end(),
                  [&](const LedgerWrite& write) { return write.circle == circle.id; }))
    return check_disputed(circle, device, found);
  for (const auto& [place, record] : expected) {
    if (place.circle != circle.id) continue;
    const auto here = found.find(place);
    if (here == found.end())
      findings_.violated(Invariant::kNothingLost, device.name() + " lacks " + text_of(place));
    else if (here->second != record)
      findings_.violated(Invariant::kNothingLost,
                         device.name() + ": " + text_of(place) + ": " + difference(record, here->second));
  }
  for (const auto& [place, record] : found)
    if (!expected.contains(place))
      findings_.violated(Invariant::kExactlyOnce,
                         device.name() + " shows what nobody wrote: " + text_of(place));
}

/// The same where writes may stand under other numbers than their writers were told: what is undisputed
/// stands or was replaced, and so does, by its value, what a disputed device saved.
void Checker::check_disputed(const AgreedCircle& circle, SimDevice& device,
                             const std::map<RecordPlace, LedgerRecord>& found) {
  const Ledger& ledger = community_.ledger;
  const auto writer_of = [&](const LedgerWrite& write) {
    for (const auto& one : community_.devices)
      if (one->author().device == write.dot.author.device) return one->name();
    return std::string("nobody");
  };
  const auto lost = [&](const LedgerWrite& write, const RecordPlace& place) {
    findings_.violated(Invariant::kNothingLost, device.name() + " lacks write " +
                                                    std::to_string(write.dot.number) + " of " +
                                                    writer_of(write) + " in " + text_of(place));
  };
  for (const auto& [place, record] : expected_) {
    if (place.circle != circle.id) continue;
    for (const auto& [key, entries] : record) {
      for (const LedgerEntry& entry : entries) {
        const auto here = found.find(place);
        const bool stands = here != found.end() && shows(here->second, key, entry);
        if (!stands && !ledger.was_replaced(place, key, entry))
          lost(*ledger.find(circle.id, entry.dot), place);
      }
    }
  }
  for (const LedgerWrite& write : ledger.disputed_writes()) {
    if (write.circle != circle.id || !write.is_saved) continue;
    for (const RecordChange& change : write.records) {
      const RecordPlace place{circle.id, change.kind, change.record};
      const auto here = found.find(place);
      if (here == found.end()) {
        lost(write, place);
        continue;
      }
      for (const Operation& operation : change.operations) {
        if (!leaves_entry(operation)) continue;
        const FieldKey key{operation.field, operation.rule};
        const bool stands = shows_value(here->second, key, write.dot.author.device, operation);
        if (!stands && !ledger.was_perhaps_replaced(place, key, write)) lost(write, place);
      }
    }
  }
}

}  // namespace thuisbasis::sim
