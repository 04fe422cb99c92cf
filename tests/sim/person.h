// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tests/sim/community.h"
#include "tests/sim/edit_maker.h"
#include "tests/sim/fuse_watch.h"

namespace thuisbasis::sim {

/// Someone who works on one device, through the vault's public interface only: makes records of every kind,
/// changes them from forms that stood open for a while, deletes and brings back, settles conflicts, founds
/// circles and admits others. Everything that was acknowledged goes into the ledger. One thread.
class Person final {
 public:
  Person(Community& community, SimDevice& device, Findings& findings, FuseWatch& fuse, std::uint64_t seed);

  /// Does one thing, if the device runs.
  void act();
  /// False while the device does not run, or was put back and could not be looked at yet: what it knows of
  /// what was saved is uncertain.
  bool is_ready();
  /// Founds a circle and admits these; for the beginning of a run.
  void found(const std::vector<std::size_t>& members);
  /// Whether the vault still knows what this person was told is saved; for after a restart.
  void look_after_restart();
  /// A change of much of a circle waits for a person's word: yes, it is meant.
  void allow_mass_changes();
  /// Takes out again whom this device knows to be out and the relay lets in: its person was told to.
  void repeat_removals();
  /// Deletes most of a circle by accident; true when it happened.
  bool have_accident();
  /// Writes as much or as little as there can be, or a little more; true when it was tried.
  bool write_at_limit();
  /// Begins a new key of a circle; true when it did.
  bool change_key();
  /// Takes a device out of a circle, leaves one, or lets back in who was taken out; true when it happened.
  bool change_members();

 private:
  using Change = std::vector<RecordChange>;

  void create();
  void edit();
  void edit_several();
  void save_form();
  void erase_or_restore();
  void settle();
  void write_too_much();
  void write_text(const CircleId& circle, std::string_view text, std::string_view what);
  void write_many(const CircleId& circle, std::size_t records);
  void admit();
  bool remove_from(AgreedCircle& circle);
  void remove_again(AgreedCircle& circle, const DeviceId& device);
  bool leave(AgreedCircle& circle);
  bool admit_again(AgreedCircle& circle);
  bool is_about_removals(const CircleId& circle, const Error& error);
  std::set<DeviceId> known_to_be_out(const CircleId& circle);
  bool doubt_admissions();

  const KindSchema& any_kind();
  AgreedCircle* any_circle();
  std::optional<Record> any_record(bool even_deleted);
  std::optional<Record> open_form();
  RecordEdit::Mode mode_of(const KindSchema& kind) const;
  /// Calls `write` and takes its result into the ledger as this change. False when it failed.
  template <typename Write>
  bool written(const CircleId& circle, Change change, std::string_view what, Write write);
  std::optional<std::uint64_t> last_known(const CircleId& circle, const Author& author);
  void look_after_put_back();
  bool settle_questions(const CircleId& circle);
  void check_edit(const RecordEdit& edit, const RecordChange& change);
  void unexpected(std::string_view what, const Error& error);
  Vault& vault() { return *device_.vault(); }

  Community& community_;
  SimDevice& device_;
  Findings& findings_;
  Dice dice_;
  EditMaker maker_;
  FuseWatch& fuse_;
  std::vector<Record> forms_;  ///< read a while ago, not yet saved
};

}  // namespace thuisbasis::sim
