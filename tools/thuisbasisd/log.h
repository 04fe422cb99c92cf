// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/error.h"

namespace thuisbasis::daemon {

/// Everything the daemon ever logs. A closed list: no text of a client, no id, no address has a way into a
/// line.
enum class Event : std::uint8_t {
  kStarted,
  kStopping,
  kStopped,
  kDrainCut,           ///< the time to drain was over before every connection was closed
  kCertificateLoaded,  ///< after SIGHUP
  kCertificateRefused,
  kGroupFailed,    ///< a commit group was not stored; its devices try again
  kStorageBroken,  ///< the daemon stops, to be started anew
  kNotReady,
  kReady,
  kBackedUp,
  kRestored,
};
std::string_view event_name(Event event);

using LogValue = std::variant<std::int64_t, std::string_view>;
using LogField = std::pair<std::string_view, LogValue>;

/// Opens the log: JSON lines on standard output, from this level on ("debug", "info", "warning", "error").
void open_log(const std::string& level);
/// One line: {"time":...,"level":...,"event":...,fields}. Any thread.
void log_info(Event event, std::initializer_list<LogField> fields = {});
void log_warning(Event event, std::initializer_list<LogField> fields = {});
void log_error(Event event, const Error& error);

}  // namespace thuisbasis::daemon
