// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/scene.h"

#include <sqlite3.h>

#include <new>

#include "tests/support/allocation_pause.h"

namespace thuisbasis::crash {
namespace {

using testing_support::AllocationPause;
using testing_support::AllocationsOfProduct;
using testing_support::LoopbackRelay;
using testing_support::SeededRandom;

constexpr std::uint64_t kRelaySeed = 77;  // its receipt key stays the same in every process

void must(const Status& status) {
  if (!status) assertion_failed(status.error().message().c_str(), __FILE__, __LINE__);
}

std::optional<std::string> failure(std::string_view who, const Status& status) {
  if (status) return std::nullopt;
  return std::string(who) + ": " + status.error().message();
}

}  // namespace

// ---- The relay

Status CrashRelay::stand_on(std::unique_ptr<SqliteRelayStorage> storage) {
  storage_ = std::move(storage);
  random_ = std::make_unique<SeededRandom>(kRelaySeed);
  // It reads its epoch at the start; a storage that cannot tell it is not served.
  if (const auto epoch = storage_->epoch(); !epoch) {
    storage_.reset();
    return epoch.error();
  }
  front_ = std::make_unique<LoopbackRelay>(*storage_, registrar_, clock_, *random_);
  return {};
}

Status CrashRelay::create() {
  TB_TRY(auto connection, sqlite::Connection::open(kFile, {.create = true, .vfs = disk.vfs_name()}));
  SeededRandom random(kRelaySeed + 1);
  TB_TRY(auto storage, SqliteRelayStorage::create_in(std::move(connection), random_id<RelayEpoch>(random)));
  return stand_on(std::move(storage));
}

Status CrashRelay::open() {
  TB_TRY(auto connection, sqlite::Connection::open(kFile, {.vfs = disk.vfs_name()}));
  TB_TRY(auto storage, SqliteRelayStorage::open_in(std::move(connection)));
  return stand_on(std::move(storage));
}

void CrashRelay::close() {
  front_.reset();
  storage_.reset();
}

std::vector<std::string> CrashRelay::damage() {
  std::vector<std::string> found;
  const Status read = [&]() -> Status {
    TB_TRY(auto connection, sqlite::Connection::open(kFile, {.vfs = disk.vfs_name()}));
    sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    TB_TRY(sqlite::Statement check, connection.prepare("PRAGMA integrity_check(1)"));
    TB_TRY(const bool row, check.step());
    if (!row || check.text(0) != "ok") found.push_back("the relay's file: " + std::string(check.text(0)));
    return {};
  }();
  if (!read) found.push_back("the relay's file: " + read.error().message());
  return found;
}

Result<HttpResponse> CrashRelay::exchange(const HttpRequest& request, bool held) {
  const AllocationPause pause;
  if (front_ == nullptr) return Error(Code::kUnreachable, "no relay runs");
  if (!memory_is_struck) return front_->exchange(request, held);
  try {
    const AllocationsOfProduct own;
    return front_->exchange(request, held);
  } catch (const std::bad_alloc&) {
    ran_out_of_memory_ = true;
  }
  close();
  return Error(Code::kUnreachable, "the relay ran out of memory");
}

// ---- A trial

Trial::Trial(const Scene& scene, std::uint64_t seed)
    : tablet(3 * seed),
      laptop(3 * seed + 1),
      relay(scene.registrar, 3 * seed + 2),
      circle(scene.circle),
      book(scene.book) {
  put_image(tablet.disk, scene.tablet);
  put_image(laptop.disk, scene.laptop);
  put_image(relay.disk, scene.relay);
}

std::vector<std::string> Trial::converge() {
  std::vector<std::string> wrong;
  const auto note = [&](std::optional<std::string> failed) {
    if (failed) wrong.push_back(std::move(*failed));
  };
  if (!relay.is_open()) note(failure("relay opens", relay.open()));
  for (CrashDevice* device : {&tablet, &laptop})
    if (!device->vault) note(failure("vault opens", device->open()));
  if (!wrong.empty()) return wrong;
  for (CrashDevice* device : {&tablet, &laptop, &tablet}) note(failure("syncs", device->sync(relay)));
  if (!wrong.empty()) return wrong;
  for (CrashDevice* device : {&tablet, &laptop}) {
    const auto status = device->vault->status();
    if (!status || status->pending + status->sent + status->returned + status->quarantined != 0)
      wrong.emplace_back("something waits, came back or was set aside");
    for (std::string& one : book.missing(*device->vault, WriteBook::Where::kEverywhere))
      wrong.push_back("after the sync, " + one);
  }
  const auto here = tablet.vault->digest(circle);
  const auto there = laptop.vault->digest(circle);
  if (!here || !there || *here != *there) wrong.emplace_back("the two devices differ");
  return wrong;
}

Status Trial::sync_without_trouble(CrashDevice& device) {
  const AllocationPause pause;
  relay.memory_is_struck = true;
  Status synced = device.sync(relay);
  relay.memory_is_struck = false;
  return synced;
}

// ---- The town

Town::Town(std::uint64_t seed)
    : random(seed),
      municipality(random, clock.wall_ms()),
      tablet(seed + 1),
      laptop(seed + 2),
      relay(municipality.registrar_key(), seed + 3) {
  must(relay.create());
  must(tablet.create());
  must(laptop.create());
  municipality.enrol(*tablet.vault, "tablet");
  const Bytes answer = municipality.enrol(*laptop.vault, "laptop");
  circle = tablet.vault->create_circle({random_id<DossierId>(random), "kern", "Gezin Brouwer", {}}).value();
  must(tablet.vault->admit(circle, answer, {}));
  for (int i = 0; i < 6; ++i) must(book.write_one(*tablet.vault, {kGoal, circle}));
  must(book.write_batch(*tablet.vault, {kVisit, circle}, {kVisitNote, circle}));
  for (CrashDevice* device : {&tablet, &laptop, &tablet}) must(device->sync(relay));
  for (CrashDevice* device : {&tablet, &laptop}) {
    device->close();
    must(device->open());
  }
  must(relay.storage().checkpoint());
}

Scene Town::scene() {
  Scene scene{image_of(tablet.disk),
              image_of(laptop.disk),
              image_of(relay.disk),
              municipality.registrar_key(),
              circle,
              book};
  return scene;
}

}  // namespace thuisbasis::crash
