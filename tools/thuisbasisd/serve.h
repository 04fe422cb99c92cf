// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tools/thuisbasisd/config.h"
#include "tools/thuisbasisd/exit_codes.h"

namespace thuisbasis::daemon {

/// Runs until SIGTERM or SIGINT (drains, then ends) or until the storage breaks. SIGHUP reads the TLS
/// certificate again. With `port_file` the chosen ports are written there as "listen PORT" and "metrics PORT"
/// lines once they are open.
Exit serve(const Config& config, const std::string& port_file);

}  // namespace thuisbasis::daemon
