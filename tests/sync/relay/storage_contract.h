// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "sync/relay/storage.h"

namespace thuisbasis::testing_support {

/// One implementation under the contract: owns the storage and what it lies on.
class StorageHarness {
 public:
  virtual ~StorageHarness() = default;
  virtual RelayStorage& storage() = 0;
  /// As after a restart of the daemon; an implementation without a disk keeps what it has.
  virtual void reopen() = 0;
};

struct StorageUnderTest {
  std::string name;
  std::function<std::unique_ptr<StorageHarness>(const RelayEpoch& epoch)> make;
};

/// The contract of RelayStorage. An implementation's test file instantiates it:
/// INSTANTIATE_TEST_SUITE_P(Sqlite, RelayStorageContract, ::testing::Values(...)).
class RelayStorageContract : public ::testing::TestWithParam<StorageUnderTest> {
 protected:
  RelayStorageContract();
  RelayStorage& storage() { return harness_->storage(); }
  void reopen() { harness_->reopen(); }
  /// Runs `fill` in one write and commits it.
  void commit(const std::function<void(RelayWrite&)>& fill);
  std::uint64_t push_entry(const CircleId& circle, std::uint32_t index, std::string_view body);
  std::uint64_t push_bundle(const CircleId& circle, const Author& author, std::uint64_t first,
                            std::uint64_t last, std::string_view body);
  /// The sequences and bodies above `after`: "1:genesis 2:bundle".
  std::string log_since(const CircleId& circle, std::uint64_t after);

  std::unique_ptr<StorageHarness> harness_;
};

}  // namespace thuisbasis::testing_support
