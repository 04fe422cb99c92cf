// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/person.h"

#include <google/protobuf/message.h>

#include "core/circle/bundle_sealer.h"
#include "core/schema/record_codec.h"
#include "tests/sim/canary.h"

namespace thuisbasis::sim {
namespace {

constexpr std::size_t kFormsMax = 4;
constexpr std::size_t kCirclesMax = 6;
constexpr std::size_t kTooMuch = 700'000;  // of text that does not compress: more than a bundle holds

/// A device whose clock stands before its certificate makes no membership entries.
bool is_about_time(const Error& error) { return error.code() == Code::kExpired; }

}  // namespace

Person::Person(Community& community, SimDevice& device, Findings& findings, FuseWatch& fuse,
               std::uint64_t seed)
    : community_(community),
      device_(device),
      findings_(findings),
      dice_(seed),
      maker_(dice_, community.words),
      fuse_(fuse) {}

bool Person::is_ready() {
  if (device_.vault() != nullptr && device_.is_put_back()) look_after_put_back();
  return device_.vault() != nullptr && !device_.is_put_back();
}

void Person::act() {
  if (device_.is_suspended() || !is_ready()) return;
  const std::uint64_t drawn = dice_.below(1000);
  if (drawn < 300) return create();
  if (drawn < 620) return edit();
  if (drawn < 720) return save_form();
  if (drawn < 800) return edit_several();
  if (drawn < 900) return erase_or_restore();
  if (drawn < 970) return settle();
  if (drawn < 972) return write_too_much();
  if (drawn < 990) return admit();
  if (drawn < 994 && community_.circles.size() < kCirclesMax) found({});
}

// ---- What there is to work on

const KindSchema& Person::any_kind() {
  const auto& kinds = device_.schema().kinds();
  return kinds[dice_.below(kinds.size())];
}

RecordEdit::Mode Person::mode_of(const KindSchema& kind) const {
  return kind.append_only ? RecordEdit::Mode::kAppendOnly : RecordEdit::Mode::kCreate;
}

/// One that this device has heard of. Null when the process ended or there is none.
AgreedCircle* Person::any_circle() {
  if (community_.circles.empty()) return nullptr;
  AgreedCircle& circle = community_.circles[dice_.below(community_.circles.size())];
  const auto overview = vault().circle(circle.id);
  if (device_.after_call() == SimDevice::Struck::kEnded || !overview || !overview->readable) return nullptr;
  if (!community_.is_admitted(circle, device_, true))
    findings_.violated(Invariant::kMembersOnly, device_.name() + " reads a circle it was never admitted to");
  return &circle;
}

/// One of a kind that this device's program knows.
std::optional<Record> Person::any_record(bool even_deleted) {
  const auto& records = community_.records;
  if (records.empty()) return std::nullopt;
  const std::size_t among = dice_.chance(0.7) ? std::min<std::size_t>(records.size(), 25) : records.size();
  const RecordPlace& place = records[records.size() - 1 - dice_.below(among)];
  auto record = vault().get(place.kind, place.record, even_deleted);
  if (device_.after_call() == SimDevice::Struck::kEnded || !record) return std::nullopt;
  if (device_.schema().kind(place.kind) == nullptr) return std::nullopt;
  return std::move(*record);
}

/// A record as it was read just now, or a while ago.
std::optional<Record> Person::open_form() {
  if (!forms_.empty() && dice_.chance(0.3)) {
    const auto chosen = forms_.begin() + static_cast<std::ptrdiff_t>(dice_.below(forms_.size()));
    Record form = std::move(*chosen);
    forms_.erase(chosen);
    return form;
  }
  auto record = any_record(false);
  if (record && forms_.size() < kFormsMax && dice_.chance(0.2)) forms_.push_back(*record);
  return record;
}

// ---- Writing

void Person::unexpected(std::string_view what, const Error& error) {
  if (device_.is_lost_to(error)) return;
  findings_.violated(Invariant::kNothingLost,
                     device_.name() + " cannot " + std::string(what) + ": " + error.message());
}

/// Writes of this person whose call failed: did they happen? False when the vault cannot tell now.
bool Person::settle_questions(const CircleId& circle) {
  bool answered = true;
  community_.ledger.ask_again(circle, device_.author(), [&](std::uint64_t number) {
    const auto state = vault().status(WriteId{circle, number, device_.author().instance});
    if (!state && state.error().code() != Code::kNotFound) answered = false;
    return state.has_value() || !answered;
  });
  return device_.after_call() == SimDevice::Struck::kNothing && answered;
}

template <typename Write>
bool Person::written(const CircleId& circle, Change change, std::string_view what, Write write) {
  if (!settle_questions(circle)) return false;
  Ledger& ledger = community_.ledger;
  LedgerWrite entry{circle, Dot{device_.author(), 0}, std::move(change)};
  const std::uint64_t last = ledger.last_number(circle, device_.author());
  const std::uint64_t next = ledger.next_number(circle, device_.author());
  const Result<WriteId> done =
      device_.with_memory(write).value_or(Result<WriteId>(Error(Code::kCancelled, "no memory")));
  const SimDevice::Struck struck = device_.after_call();
  ++community_.operations[std::string(what)];
  findings_.note(device_.name() + ": " + std::string(what) + " " +
                 (done ? std::to_string(done->number) : std::string(code_name(done.error().code()))));
  if (done) {
    if (done->number == 0) return true;  // nothing differed
    entry.dot = {{device_.author().device, done->instance}, done->number};
    if ((done->number <= last || done->number > next) && !ledger.is_disputed(entry.dot.author.device))
      findings_.violated(Invariant::kExactlyOnce, device_.name() + " gave a write number " +
                                                      std::to_string(done->number) + " after " +
                                                      std::to_string(last));
    for (const RecordChange& record : entry.records)
      if (record.created) community_.records.push_back({circle, record.kind, record.record});
    entry.hidden_from = known_to_be_out(circle);
    ledger.acknowledge(std::move(entry));
    return true;
  }
  if (struck != SimDevice::Struck::kNothing) {
    for (const RecordChange& record : entry.records)
      if (record.created) community_.records.push_back({circle, record.kind, record.record});
    ledger.ask(std::move(entry));
  } else if (done.error().code() != Code::kTooLarge && !is_about_removals(circle, done.error())) {
    unexpected(what, done.error());
  }
  return false;
}

/// Whether a call cannot be carried out because someone was taken out of the circle: this device itself, or
/// one whose work it built on.
bool Person::is_about_removals(const CircleId& id, const Error& error) {
  const AgreedCircle& circle = *std::find_if(community_.circles.begin(), community_.circles.end(),
                                             [&](const AgreedCircle& one) { return one.id == id; });
  if (circle.removed.empty()) return false;
  return error.code() == Code::kConflict || (circle.was_removed(device_) && error.code() == Code::kNotMember);
}

/// Those that are no members any more, by what this device knows.
std::set<DeviceId> Person::known_to_be_out(const CircleId& id) {
  const auto circle = std::find_if(community_.circles.begin(), community_.circles.end(),
                                   [&](const AgreedCircle& one) { return one.id == id; });
  std::set<DeviceId> out;
  if (circle == community_.circles.end() || circle->removed.empty() || device_.vault() == nullptr) return out;
  const auto former = vault().former_members(id);
  if (device_.after_call() != SimDevice::Struck::kNothing || !former) return out;
  for (const CircleMember& member : *former) out.insert(member.device);
  return out;
}

/// An edit replaces only what its writer read (P2).
void Person::check_edit(const RecordEdit& edit, const RecordChange& change) {
  for (const Operation& operation : change.operations) {
    const FieldState* field = edit.base().field(operation.field, static_cast<Rule>(operation.rule));
    for (const Dot& dot : operation.replaces) {
      const bool seen = field != nullptr && std::any_of(field->entries.begin(), field->entries.end(),
                                                        [&](const Entry& entry) { return entry.dot == dot; });
      if (!seen) findings_.violated(Invariant::kConvergence, "an edit replaces what its writer did not see");
    }
  }
}

void Person::create() {
  AgreedCircle* const circle = any_circle();
  if (circle == nullptr) return;
  const KindSchema& kind = any_kind();
  const auto record = vault().prepare(kind.number, circle->id);
  if (device_.after_call() == SimDevice::Struck::kEnded || !record) return;
  RecordEdit edit(record->base(), mode_of(kind));
  maker_.change_fields(kind, edit);
  if (dice_.chance(0.05) && !community_.records.empty()) {
    const RecordPlace& origin = community_.records[dice_.below(community_.records.size())];
    (void)edit.set_origin({origin.circle, origin.record});
  }
  Change change{std::move(edit).take()};
  written(circle->id, change, "create", [&] { return vault().write(circle->id, change); });
}

void Person::edit() {
  const auto record = open_form();
  if (!record) return;
  // What stood open since before may name writes that go on under other numbers: save() says so, write() not.
  if (record->read_as() != vault().self().instance) return;
  const KindSchema& kind = *device_.schema().kind(record->kind());
  if (kind.append_only) return;
  RecordEdit edit(record->base(), RecordEdit::Mode::kUpdate);
  maker_.change_fields(kind, edit);
  if (edit.empty()) return;
  Change change{std::move(edit).take()};
  check_edit(edit, change.front());
  written(record->circle(), change, "edit", [&] { return vault().write(record->circle(), change); });
}

/// Two or three records of a circle in one change.
void Person::edit_several() {
  std::vector<Record> records;
  for (int i = 0; i < 3; ++i) {
    auto record = any_record(false);
    if (device_.vault() == nullptr) return;
    if (!record || device_.schema().kind(record->kind())->append_only) continue;
    const bool fits = records.empty() || records.front().circle() == record->circle();
    const bool twice = std::any_of(records.begin(), records.end(),
                                   [&](const Record& other) { return other.id() == record->id(); });
    if (fits && !twice) records.push_back(std::move(*record));
  }
  Change change;
  for (const Record& record : records) {
    RecordEdit edit(record.base(), RecordEdit::Mode::kUpdate);
    maker_.change_fields(*device_.schema().kind(record.kind()), edit);
    if (!edit.empty()) change.push_back(std::move(edit).take());
  }
  if (change.empty()) return;
  const CircleId circle = records.front().circle();
  written(circle, change, "edit several", [&] { return vault().write(circle, change); });
}

/// As a form does it: the whole message is saved, one text in it was changed.
void Person::save_form() {
  const auto record = open_form();
  if (!record) return;
  const KindSchema& kind = *device_.schema().kind(record->kind());
  if (kind.append_only) return;
  const FieldSchema& field = kind.fields[dice_.below(kind.fields.size())];
  const bool text = (field.rule == Rule::kRegister || field.rule == Rule::kText) &&
                    field.descriptor->type() == google::protobuf::FieldDescriptor::TYPE_STRING;
  if (!text) return;
  const FieldValue value = maker_.value(field);
  RecordEdit edit(record->base(), RecordEdit::Mode::kUpdate);
  if (!edit.set(field.number, field.rule, value)) return;
  const auto message = to_message(record->base(), kind);
  message->GetReflection()->SetString(message.get(), field.descriptor, to_string(value.data));
  Change change{std::move(edit).take()};
  written(record->circle(), change, "save a form", [&]() -> Result<WriteId> {
    auto saved = vault().save(*record, *message);
    // From before this vault turned out to be a copy: a person reads it again, and may leave it at that.
    const bool is_old = record->read_as() != vault().self().instance;
    if (!saved && saved.error().code() == Code::kConflict && is_old) return WriteId{record->circle(), 0, {}};
    return saved;
  });
}

void Person::erase_or_restore() {
  const auto record = any_record(true);
  if (!record || device_.schema().kind(record->kind())->append_only) return;
  RecordEdit edit(record->base(), RecordEdit::Mode::kUpdate);
  const bool there = record->presence() != Presence::kDeleted;
  if (!(there ? edit.erase() : edit.restore())) return;
  Change change{std::move(edit).take()};
  written(record->circle(), change, there ? "delete" : "undelete",
          [&] { return there ? vault().erase(*record) : vault().restore(*record); });
}

void Person::settle() {
  const auto conflicts = vault().conflicts();
  if (device_.after_call() == SimDevice::Struck::kEnded || !conflicts || conflicts->empty()) return;
  const Conflict& conflict = (*conflicts)[dice_.below(conflicts->size())];
  const auto record = vault().find(conflict.record, true);
  if (device_.after_call() == SimDevice::Struck::kEnded || !record || community_.is_strange(*record)) return;
  RecordEdit edit(record->base(), RecordEdit::Mode::kUpdate);
  Settlement settlement;
  if (conflict.what == Conflict::What::kDeletedWhileEdited) {
    const bool keep = dice_.chance(0.5);
    settlement = keep ? Settlement(KeepRecord{}) : Settlement(DeleteRecord{});
    if (!(keep ? edit.restore() : edit.erase())) return;
  } else {
    const KindSchema* kind = device_.schema().kind(record->kind());
    const FieldSchema* known = kind == nullptr ? nullptr : kind->field(conflict.field);
    if (known == nullptr) return;  // for a later version to settle
    const FieldSchema& field = *known;
    const std::size_t candidate = dice_.below(conflict.candidates.size());
    const bool keep = dice_.chance(0.7);
    const FieldValue value = keep ? conflict.candidates[candidate].value : maker_.value(field);
    settlement = keep ? Settlement(KeepCandidate{conflict.field, candidate})
                      : Settlement(KeepValue{conflict.field, value});
    if (!edit.set(conflict.field, field.rule, value)) return;
  }
  Change change{std::move(edit).take()};
  written(record->circle(), change, "settle", [&] { return vault().settle(record->id(), settlement); });
}

void Person::write_too_much() {
  AgreedCircle* const circle = any_circle();
  if (circle == nullptr) return;
  write_text(circle->id, maker_.text(kTooMuch), "write too much");
}

void Person::write_text(const CircleId& circle, std::string_view text, std::string_view what) {
  const KindSchema& kind = *device_.schema().kind("visit_note");
  const auto record = vault().prepare(kind.number, circle);
  if (device_.after_call() == SimDevice::Struck::kEnded || !record) return;
  const FieldSchema& body = *kind.field("body");
  RecordEdit edit(record->base(), mode_of(kind));
  if (!edit.set(body.number, body.rule, FieldValue::text(text))) return;
  Change change{std::move(edit).take()};
  written(circle, change, what, [&] { return vault().write(circle, change); });
}

void Person::write_many(const CircleId& circle, std::size_t records) {
  const KindSchema& kind = *device_.schema().kind("organisation");
  const auto prepared = vault().prepare(kind.number, circle);
  if (device_.after_call() == SimDevice::Struck::kEnded || !prepared) return;
  Change change;
  RecordState base = prepared->base();
  for (std::size_t i = 0; i < records; ++i) {
    for (Byte& byte : base.id.mutable_view()) byte = static_cast<Byte>(dice_.below(256));
    change.push_back(RecordEdit(base, mode_of(kind)).take());
  }
  written(circle, change, "write many", [&] { return vault().write(circle, change); });
}

/// Texts of 0 and 1 bytes, around what always fits a bundle, around what just fits when it compresses badly,
/// and around the most that a change may have; as many records as a change may have, and one more.
bool Person::write_at_limit() {
  if (device_.vault() == nullptr || device_.is_suspended()) return false;
  AgreedCircle* const circle = any_circle();
  if (circle == nullptr) return false;
  constexpr std::size_t kAround = 300;
  constexpr std::size_t kLettersOfABundle = 400'000;  // 26 letters take about five bits each
  const auto around = [&](std::size_t limit) { return limit - kAround + dice_.below(2 * kAround); };
  switch (dice_.below(7)) {
    case 0:
      write_text(circle->id, "", "write nothing");
      break;
    case 1:
      write_text(circle->id, "a", "write a letter");
      break;
    case 2:
      write_text(circle->id, maker_.text(around(kChangeBytesAlwaysFit)), "write what fits");
      break;
    case 3:
      write_text(circle->id, maker_.text(kLettersOfABundle + dice_.below(30'000)), "write what hardly fits");
      break;
    case 4:
      write_text(circle->id, std::string(kCanary) + std::string(around(kSavedBytesMax), 'a'),
                 "write what compresses well");
      break;
    case 5:
      write_many(circle->id, kChangeRecordsMax);
      break;
    default:
      write_many(circle->id, kChangeRecordsMax + 1);
  }
  return true;
}

// ---- Circles

void Person::found(const std::vector<std::size_t>& members) {
  DossierId dossier;
  for (Byte& byte : dossier.mutable_view()) byte = static_cast<Byte>(dice_.below(256));
  const auto made = vault().create_circle({dossier, "school", maker_.text(30), RecordId{}});
  const SimDevice::Struck struck = device_.after_call();
  ++community_.operations["found a circle"];
  if (!made) {
    const bool excused = struck != SimDevice::Struck::kNothing || is_about_time(made.error());
    if (!excused) unexpected("found a circle", made.error());
    return;
  }
  AgreedCircle circle{*made, device_.index(), {{device_.index(), device_.index()}}, {}};
  for (const std::size_t member : members) {
    if (member == device_.index()) continue;
    TB_ASSERT(vault().admit(*made, community_.devices[member]->answer_of_registrar(), {}).has_value());
    circle.admitted.emplace(member, device_.index());
  }
  community_.circles.push_back(std::move(circle));
}

void Person::admit() {
  AgreedCircle* const circle = any_circle();
  if (circle == nullptr) return;
  const SimDevice& other = *community_.devices[dice_.below(community_.devices.size())];
  if (circle->admitted.contains(other.index()) || circle->was_removed(other)) return;
  const Status done = vault().admit(circle->id, other.answer_of_registrar(), {});
  const SimDevice::Struck struck = device_.after_call();
  ++community_.operations["admit"];
  findings_.note(device_.name() + ": admits " + other.name() + (done ? "" : ", fails"));
  if (done) {
    circle->admitted.emplace(other.index(), device_.index());
  } else if (struck != SimDevice::Struck::kNothing) {
    circle->perhaps.insert(other.index());
  } else if (done.error().code() != Code::kAlreadyExists && !is_about_time(done.error()) &&
             !is_about_removals(circle->id, done.error())) {
    unexpected("admit a device", done.error());
  }
}

bool Person::change_key() {
  if (device_.is_lost() || device_.is_suspended() || !is_ready()) return false;
  AgreedCircle* const circle = any_circle();
  if (circle == nullptr) return false;
  const Status done = vault().rotate(circle->id, EpochReason::kSuspicion);
  const SimDevice::Struck struck = device_.after_call();
  ++community_.operations["change a key"];
  findings_.note(device_.name() + ": changes a key" + (done ? "" : ", fails"));
  if (done) return true;
  if (struck == SimDevice::Struck::kNothing && !is_about_time(done.error()) &&
      !is_about_removals(circle->id, done.error()))
    unexpected("change a key", done.error());
  return false;
}

bool Person::change_members() {
  if (device_.is_lost() || device_.is_suspended() || !is_ready()) return false;
  AgreedCircle* const circle = any_circle();
  if (circle == nullptr) return false;
  const std::uint64_t drawn = dice_.below(10);
  if (drawn < 6) return remove_from(*circle);
  return drawn < 8 ? leave(*circle) : admit_again(*circle);
}

bool Person::remove_from(AgreedCircle& circle) {
  const SimDevice& other = *community_.devices[dice_.below(community_.devices.size())];
  const DeviceId device = other.author().device;
  if (device == device_.author().device) return false;
  const bool was_lost = other.is_lost();
  const Status done =
      vault().remove(circle.id, {device}, was_lost ? EpochReason::kDeviceLost : EpochReason::kMemberRemoved);
  const SimDevice::Struck struck = device_.after_call();
  ++community_.operations["remove a member"];
  findings_.note(device_.name() + ": removes " + other.name() + (done ? "" : ", fails"));
  if (struck != SimDevice::Struck::kNothing) circle.removed[device];
  if (done) circle.removed[device].insert(device_.index());
  const auto is_refused = [&](Code code) {
    // No member, of a higher rank, or this device itself; or it is none itself any more.
    return code == Code::kNotFound || code == Code::kNotPermitted || code == Code::kNotMember;
  };
  if (!done && struck == SimDevice::Struck::kNothing && !is_refused(done.error().code()) &&
      !is_about_time(done.error()))
    unexpected("remove a member", done.error());
  return done.has_value();
}

void Person::repeat_removals() {
  for (AgreedCircle& circle : community_.circles) {
    if (device_.vault() == nullptr) return;
    const auto overview = vault().circle(circle.id);
    if (device_.after_call() != SimDevice::Struck::kNothing) return;
    if (!overview || overview->sealing_waits != SealingWait::kRemovalOpen) continue;
    const auto members = vault().members(circle.id);
    if (device_.after_call() != SimDevice::Struck::kNothing || !members) return;
    for (const CircleMember& member : *members) {
      const bool is_to_go = circle.removed.contains(member.device) && !member.self &&
                            !circle.admitted_again.contains(member.device);
      if (is_to_go && device_.vault() != nullptr) remove_again(circle, member.device);
    }
  }
}

/// It may not be this person's to decide; then somebody else is asked.
void Person::remove_again(AgreedCircle& circle, const DeviceId& device) {
  const Status done = vault().remove(circle.id, {device}, EpochReason::kMemberRemoved);
  const SimDevice::Struck struck = device_.after_call();
  ++community_.operations["remove a member again"];
  if (done) circle.removed[device].insert(device_.index());
  if (!done && struck == SimDevice::Struck::kNothing && done.error().code() != Code::kNotPermitted)
    unexpected("remove a member again", done.error());
}

bool Person::leave(AgreedCircle& circle) {
  const DeviceId device = device_.author().device;
  const Status done = vault().leave(circle.id);
  const SimDevice::Struck struck = device_.after_call();
  ++community_.operations["leave a circle"];
  findings_.note(device_.name() + ": leaves" + (done ? "" : ", fails"));
  if (struck != SimDevice::Struck::kNothing) circle.removed[device];
  if (done) circle.removed[device].insert(device_.index());
  const auto is_refused = [&](Code code) { return code == Code::kNotPermitted || code == Code::kNotMember; };
  if (!done && struck == SimDevice::Struck::kNothing && !is_refused(done.error().code()) &&
      !is_about_time(done.error()))
    unexpected("leave a circle", done.error());
  return done.has_value();
}

bool Person::admit_again(AgreedCircle& circle) {
  const SimDevice& other = *community_.devices[dice_.below(community_.devices.size())];
  if (!circle.was_removed(other)) return false;
  const Status done = vault().admit(circle.id, other.answer_of_registrar(), {});
  const SimDevice::Struck struck = device_.after_call();
  ++community_.operations["admit a member again"];
  findings_.note(device_.name() + ": admits " + other.name() + " again" + (done ? "" : ", fails"));
  if (done || struck != SimDevice::Struck::kNothing)
    circle.admitted_again.insert(other.author().device);
  else if (done.error().code() != Code::kAlreadyExists && !is_about_time(done.error()) &&
           !is_about_removals(circle.id, done.error()))
    unexpected("admit a member again", done.error());
  return done.has_value();
}

/// Everything that stands in a circle, in one change.
bool Person::have_accident() {
  if (device_.vault() == nullptr || device_.is_suspended()) return false;
  AgreedCircle* const circle = any_circle();
  if (circle == nullptr) return false;
  const std::vector<Record> records = fuse_.most_of(device_, circle->id);
  Change change;
  for (const Record& record : records) {
    RecordEdit edit(record.base(), RecordEdit::Mode::kUpdate);
    if (edit.erase()) change.push_back(std::move(edit).take());
  }
  if (change.empty() || device_.vault() == nullptr) return false;
  std::optional<WriteId> done;
  const bool saved = written(circle->id, change, "delete most", [&] {
    auto id = vault().write(circle->id, change);
    if (id) done = *id;
    return id;
  });
  if (saved) fuse_.happened(device_, *done, records);
  return saved;
}

void Person::allow_mass_changes() {
  const auto waiting = vault().mass_changes();
  if (device_.after_call() != SimDevice::Struck::kNothing || !waiting) return;
  for (const MassChange& change : *waiting) {
    if (device_.vault() == nullptr) return;
    fuse_.word(device_, change.circle);
    const Status allowed = vault().allow_mass_changes(change.circle);
    const SimDevice::Struck struck = device_.after_call();
    ++community_.operations["allow a mass change"];
    if (!allowed && struck == SimDevice::Struck::kNothing) unexpected("allow a mass change", allowed.error());
  }
}

// ---- After a restart

/// The last write of the author in a circle that the older state knows. Nothing when that cannot be told now.
std::optional<std::uint64_t> Person::last_known(const CircleId& circle, const Author& author) {
  for (std::uint64_t number = community_.ledger.last_number(circle, author); number != 0; --number) {
    const auto state = vault().status(WriteId{circle, number, author.instance});
    const bool is_told = state || state.error().code() == Code::kNotFound;  // also on a full disk
    if (device_.after_call() == SimDevice::Struck::kEnded || !is_told) return std::nullopt;
    if (state) return number;
  }
  return 0;
}

/// What the older state never knew is lost, unless it had left the device; under whatever instance.
void Person::look_after_put_back() {
  Ledger& ledger = community_.ledger;
  const Author author = device_.author_put_back();
  std::vector<ForgottenWork> forgotten;
  // Of a vault that was put back before nobody counts any more.
  const bool is_counted = !ledger.is_disputed(author.device);
  for (const AgreedCircle& circle : community_.circles) {
    std::set<Author> authors = ledger.authors_of(circle.id, author.device);
    authors.insert(author);
    for (const Author& one : authors) {
      const auto known = last_known(circle.id, one);
      if (!known) return;  // looked at before the next act
      const std::uint64_t last = is_counted ? ledger.next_number(circle.id, one) - 1 : kChangeNumberMax;
      forgotten.push_back({circle.id, one, *known + 1, last});
    }
  }
  if (!doubt_admissions()) return;
  ledger.dispute(author.device);
  for (const ForgottenWork& work : forgotten) ledger.put_back(work.circle, work.author, work.first - 1);
  std::move(forgotten.begin(), forgotten.end(), std::back_inserter(community_.forgotten));
  ledger.loosen(author.device,
                [&](const CircleId& circle, const Dot& dot) { return device_.is_confirmed(circle, dot); });
  device_.was_looked_at();
}

/// Admissions by this device that its older state does not know: those that never left it are gone. False
/// when the process ended.
bool Person::doubt_admissions() {
  for (AgreedCircle& circle : community_.circles) {
    const auto members = vault().members(circle.id);
    const bool is_told = members || members.error().code() == Code::kNotFound;
    if (device_.after_call() == SimDevice::Struck::kEnded || !is_told) return false;
    std::set<DeviceId> known;
    if (members)
      for (const CircleMember& member : *members) known.insert(member.device);
    for (auto at = circle.admitted.begin(); at != circle.admitted.end();) {
      const auto [admitted, by] = *at;
      const bool stays = community_.devices[by]->author().device != device_.author().device ||
                         known.contains(community_.devices[admitted]->author().device);
      if (!stays) circle.perhaps.insert(admitted);
      at = stays ? std::next(at) : circle.admitted.erase(at);
    }
  }
  return true;
}

void Person::look_after_restart() {
  forms_.clear();
  if (device_.is_put_back()) return look_after_put_back();
  for (const AgreedCircle& circle : community_.circles) {
    const std::uint64_t last = community_.ledger.last_number(circle.id, device_.author());
    for (const std::uint64_t number : {last, last == 0 ? 0 : 1 + dice_.below(last)}) {
      if (number == 0 || device_.vault() == nullptr) continue;
      const auto state = vault().status(WriteId{circle.id, number, device_.author().instance});
      if (device_.after_call() != SimDevice::Struck::kNothing || state) continue;
      if (device_.is_lost_to(state.error())) return;
      findings_.violated(Invariant::kNothingLost, device_.name() + " lost write " + std::to_string(number) +
                                                      ": " + state.error().message());
      return;
    }
  }
}

}  // namespace thuisbasis::sim
