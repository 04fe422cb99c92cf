// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "tests/crash/scene.h"

namespace thuisbasis::crash {

/// One thing that a vault or a relay does, which the harness interrupts at every point. Stateless.
class Operation {
 public:
  virtual ~Operation() = default;
  virtual std::string_view name() const = 0;
  virtual Scene scene() const = 0;
  /// Whose disk fails, and whose process then ends.
  enum class Victim { kTablet, kRelay };
  virtual Victim victim() const = 0;
  /// What stands ready before the first point: an open vault, say. Nothing fails here.
  virtual Status make_ready(Trial& trial) const = 0;
  /// The operation, up to and including the end of the process. The first error stops it where going on
  /// makes no sense; where a person would just go on, it goes on. Repeatable.
  virtual Status run(Trial& trial) const = 0;
};

/// save, push, pull, migrate, open and create of a vault.
std::vector<std::unique_ptr<Operation>> vault_operations();
/// append, push and open of a relay's storage.
std::vector<std::unique_ptr<Operation>> relay_operations();

}  // namespace thuisbasis::crash
