// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasisd/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace thuisbasis::daemon {
namespace {

std::string line(Event event, std::initializer_list<LogField> fields) {
  std::string text = "\"event\":\"" + std::string(event_name(event)) + "\"";
  for (const auto& [name, value] : fields) {
    const nlohmann::json json = std::visit([](const auto& one) { return nlohmann::json(one); }, value);
    text += ",\"" + std::string(name) + "\":";
    text += json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }
  return text;
}

}  // namespace

std::string_view event_name(Event event) {
  switch (event) {
    case Event::kStarted:
      return "started";
    case Event::kStopping:
      return "stopping";
    case Event::kStopped:
      return "stopped";
    case Event::kDrainCut:
      return "drain_cut";
    case Event::kCertificateLoaded:
      return "certificate_loaded";
    case Event::kCertificateRefused:
      return "certificate_refused";
    case Event::kGroupFailed:
      return "group_failed";
    case Event::kStorageBroken:
      return "storage_broken";
    case Event::kNotReady:
      return "not_ready";
    case Event::kReady:
      return "ready";
    case Event::kBackedUp:
      return "backed_up";
    case Event::kRestored:
      return "restored";
  }
  return "unknown";
}

void open_log(const std::string& level) {
  spdlog::set_default_logger(spdlog::stdout_logger_mt("thuisbasisd"));
  spdlog::set_pattern("{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v}",
                      spdlog::pattern_time_type::utc);
  spdlog::set_level(spdlog::level::from_str(level));
  spdlog::flush_on(spdlog::level::trace);
}

void log_info(Event event, std::initializer_list<LogField> fields) {
  spdlog::info("{}", line(event, fields));
}
void log_warning(Event event, std::initializer_list<LogField> fields) {
  spdlog::warn("{}", line(event, fields));
}
void log_error(Event event, const Error& error) {
  const std::string message = error.message();
  spdlog::error("{}",
                line(event, {{"code", code_name(error.code())}, {"message", std::string_view(message)}}));
}

}  // namespace thuisbasis::daemon
