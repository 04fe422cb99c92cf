// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>

#include "tools/thuisbasis/command.h"

namespace thuisbasis {

/// thuisbasis sync --watch: owns the vault, keeps it in step with the relay and serves other commands, until
/// SIGTERM, SIGINT or thuisbasis lock.
Status watch(Context& context);
/// thuisbasis unlock: the same without syncing, in the background, for `minutes` after the last command.
Status unlock(Context& context);
/// Asks the owner of the vault to end, and waits until it has let go of it.
Status lock(Context& context);

/// Lets the process that owns the vault run the command; its exit code. Nothing when no process does.
Result<std::optional<int>> run_at_owner(const std::string& vault_folder,
                                        const std::vector<std::string>& arguments, Language language,
                                        Console& console, bool with_input);

}  // namespace thuisbasis
