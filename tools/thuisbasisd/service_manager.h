// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string_view>

namespace thuisbasis::daemon {

/// Tells systemd how the daemon is ("READY=1", "STOPPING=1", "WATCHDOG=1"): one datagram to the socket that
/// NOTIFY_SOCKET names, as sd_notify(3) describes. Nothing happens when there is none.
void tell_service_manager(std::string_view state);

}  // namespace thuisbasis::daemon
