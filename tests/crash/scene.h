// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>

#include "platform/relay_storage/sqlite_relay_storage.h"
#include "tests/crash/crash_device.h"
#include "tests/crash/relay_book.h"
#include "tests/crash/write_book.h"
#include "tests/support/loopback_relay.h"
#include "tests/support/municipality.h"

namespace thuisbasis::crash {

inline constexpr std::uint32_t kVisit = 4;
inline constexpr std::uint32_t kVisitNote = 5;
inline constexpr std::uint32_t kGoal = 6;

/// Where every trial of one operation starts: the disks of a tablet, a laptop and their relay, and what was
/// written on them.
struct Scene {
  DiskImage tablet;
  DiskImage laptop;
  DiskImage relay;
  VerifyKey registrar;
  CircleId circle;
  WriteBook book;
};

/// A relay on a disk that forgets; the process over it can be ended and started.
class CrashRelay final : public Exchange {
 public:
  static constexpr const char* kFile = "relay.db";

  CrashRelay(const VerifyKey& registrar, std::uint64_t seed) : registrar_(registrar), disk(seed) {}
  ~CrashRelay() override { close(); }

  Status create();
  Status open();
  void close();
  /// kUnreachable while no process runs.
  Result<HttpResponse> exchange(const HttpRequest& request, bool held) override;
  std::string_view host() const override { return "relay.test"; }
  SqliteRelayStorage& storage() { return *storage_; }
  bool is_open() const { return storage_ != nullptr; }
  /// What SQLite's own check finds in the file, a sentence each. While no process runs.
  std::vector<std::string> damage();

  /// Whether allocations of this process are those that count. One that fails ends it: it answers nothing
  /// more.
  bool memory_is_struck = false;
  bool ran_out_of_memory() const { return ran_out_of_memory_; }

 private:
  Status stand_on(std::unique_ptr<SqliteRelayStorage> storage);
  VerifyKey registrar_;

 public:
  testing_support::CrashDisk disk;

 private:
  testing_support::FakeClock clock_;
  std::unique_ptr<testing_support::SeededRandom> random_;
  std::unique_ptr<SqliteRelayStorage> storage_;
  std::unique_ptr<testing_support::LoopbackRelay> front_;
  bool ran_out_of_memory_ = false;
};

/// The processes and disks of one trial.
struct Trial {
  Trial(const Scene& scene, std::uint64_t seed);
  /// Tablet, laptop, tablet: after that both have everything, and nothing waits any more. Empty when so.
  std::vector<std::string> converge();
  /// A round of a device that has memory enough while the relay's may run out.
  Status sync_without_trouble(CrashDevice& device);

  CrashDevice tablet;
  CrashDevice laptop;
  CrashRelay relay;
  CircleId circle;
  WriteBook book;
  RelayBook relay_book;
};

/// A municipality with a tablet and a laptop in one circle; both have synced. Their write-ahead logs hold
/// only what a scene writes afterwards: they are never closed neatly after that.
struct Town {
  explicit Town(std::uint64_t seed);
  Scene scene();
  testing_support::SeededRandom random;
  testing_support::FakeClock clock;
  testing_support::Municipality municipality;
  CrashDevice tablet;
  CrashDevice laptop;
  CrashRelay relay;
  CircleId circle;
  WriteBook book;
};

}  // namespace thuisbasis::crash
