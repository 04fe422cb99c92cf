// SPDX-License-Identifier: EUPL-1.2
#include "tests/sync/relay/memory_relay_storage.h"

#include "tests/sync/relay/storage_contract.h"

namespace thuisbasis::testing_support {
namespace {

class MemoryHarness final : public StorageHarness {
 public:
  explicit MemoryHarness(const RelayEpoch& epoch) : storage_(epoch) {}
  RelayStorage& storage() override { return storage_; }
  void reopen() override {}

 private:
  MemoryRelayStorage storage_;
};

INSTANTIATE_TEST_SUITE_P(Memory, RelayStorageContract,
                         ::testing::Values(StorageUnderTest{
                             "Memory", [](const RelayEpoch& epoch) -> std::unique_ptr<StorageHarness> {
                               return std::make_unique<MemoryHarness>(epoch);
                             }}));

}  // namespace
}  // namespace thuisbasis::testing_support
