// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "tests/e2e/relay_process.h"
#include "tests/tools/thuisbasis/program_run.h"

namespace thuisbasis::e2e {

/// A municipality with a relay that runs, and a tablet and a laptop that are both in one circle: real
/// programs, real files, nothing shared in memory.
class TwoDevices : public ::testing::Test {
 protected:
  using Outcome = testing_support::Outcome;
  TwoDevices();
  /// The tablet reaches the relay at another place than where it is.
  using Place = std::function<std::string(const RelayProcess&)>;
  explicit TwoDevices(const Place& place_for_tablet);

  /// One whole round; a test failure when it does not succeed.
  nlohmann::json sync(const std::string& device) const;
  /// A goal of the circle, written on a device; its id.
  std::string put_goal(const std::string& device, const std::string& statement) const;
  /// The shown statement of a goal; empty where it is not there.
  std::string statement(const std::string& device, const std::string& goal) const;
  /// Of what the device has in the circle; equal where two have the same.
  std::string digest(const std::string& device) const;
  /// A command without any passphrase: only an owner of the vault can do it.
  Outcome bare(const std::string& device, std::vector<std::string> arguments) const;

  testing_support::World world_;
  std::unique_ptr<RelayProcess> relay_;
  std::string circle_;
};

}  // namespace thuisbasis::e2e
