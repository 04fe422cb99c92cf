// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/merge/record_edit.h"
#include "core/store/layout.h"
#include "core/store/search.h"
#include "core/store/store.h"
#include "tests/core/store/store_schema.h"

namespace thuisbasis::test {

/// Ends the test program with the error's message.
template <typename T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message();
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Some changes of one author as they would lie in a bundle.
struct Parcel {
  Author author;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  ChainValue chain;
  WallMs signed_time = 0;
  std::vector<Bytes> changes;
};

/// One device with one circle, over plain SQLite in memory or in a file. Errors end the test program.
class Device final {
 public:
  explicit Device(std::uint8_t name, const Schema& schema = first_schema(),
                  const std::string& path = ":memory:");

  Author self() const { return self_; }
  Store& store() { return *store_; }
  sqlite::Connection& db() { return db_; }
  CircleRow circle() const { return circle_; }

  /// Makes a change and writes it in a transaction of its own.
  Applied write(std::vector<RecordChange> records);
  Applied write_prepared(const Change& change);
  Change prepare(std::vector<RecordChange> records);
  /// Loads, lets `edit` work, writes.
  template <typename Edit>
  Applied edit(std::uint32_t kind, const RecordId& id, Edit edit) {
    const RecordState base = state(kind, id);
    RecordEdit made(base, base.created.number == 0 ? RecordEdit::Mode::kCreate : RecordEdit::Mode::kUpdate);
    edit(made);
    return write({std::move(made).take()});
  }
  /// The stored state, or one that only carries kind and id.
  RecordState state(std::uint32_t kind, const RecordId& id);

  /// Freezes what is unsent; nothing when there is nothing.
  std::optional<Parcel> publish();
  Result<Applied> receive(const Parcel& parcel);

  StateDigest digest();
  StateDigest recomputed();
  Frontier frontier();
  std::int64_t number(const std::string& sql);
  std::string text(const std::string& sql);
  /// The database under another schema, as after an upgrade of the program.
  Status upgrade(const Schema& schema);

 private:
  void open(const Schema& schema);

  sqlite::Connection db_;
  std::unique_ptr<DatabaseGuard> guard_;
  std::unique_ptr<Store> store_;
  const Schema* schema_;
  Author self_;
  CircleRow circle_{};
  WallMs now_ = 1'700'000'000'000;
};

RecordId record_id(std::uint32_t number);
std::string all_rows(Device& device, const std::string& table);

/// Random edits of random records: creations, edits of every rule, deletions and undeletions.
class RandomEdits final {
 public:
  RandomEdits(std::uint32_t seed, std::uint32_t records) : random_(seed), records_(records) {}
  /// One change of one to three records.
  std::vector<RecordChange> next(Device& device, const Schema& schema);
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

 private:
  RecordChange change_record(Device& device, const KindSchema& kind, const RecordId& id);
  void change_field(RecordEdit& edit, const RecordState& base, const FieldSchema& field);
  FieldValue value_for(const FieldSchema& field);

  std::mt19937 random_;
  std::uint32_t records_;
};

}  // namespace thuisbasis::test
