// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "platform/https_server/https_server.h"
#include "tools/thuisbasisd/relay_thread.h"

namespace thuisbasis::daemon {

/// Everything /metrics tells, in Prometheus' text format: one prefix, base units, and labels with a closed
/// set of values only. Never a circle, a device or an address.
std::string metrics_text(const RelayView& relay, const HttpsServerStats& server, bool is_draining);

}  // namespace thuisbasis::daemon
