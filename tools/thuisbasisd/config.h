// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>

#include "core/verify/signature.h"
#include "sync/relay/relay_limits.h"

namespace thuisbasis::daemon {

/// What an operator set in thuisbasisd.toml; see thuisbasisd.example.toml for the meaning of each key.
/// Defaults here and there are the same.
struct Config {
  std::string data_dir;     ///< holds relay.db and receipt.key
  VerifyKey registrar_key;  ///< of the municipality: devices and circles of no other are taken

  std::string listen_address = "::";
  std::uint16_t listen_port = 8443;  ///< 0: a free one
  unsigned loops = 1;
  std::size_t connections_max = 12'000;
  std::size_t connections_per_address_max = 50;

  std::string tls_certificate;
  std::string tls_key;
  bool allow_tls_1_2 = false;

  std::string metrics_address = "127.0.0.1";
  std::optional<std::uint16_t> metrics_port = 9464;  ///< none: no metrics listener; 0: a free one

  RelayLimits limits;
  std::uint32_t disk_free_percent_min = 10;  ///< below it the relay is not ready

  std::string log_level = "info";
  std::uint32_t drain_seconds = 30;  ///< from SIGTERM to the end at the latest

  std::string database() const { return data_dir + "/relay.db"; }
  std::string receipt_key() const { return data_dir + "/receipt.key"; }
};

/// Reads and checks a configuration. kNotFound, or kInvalidArgument whose context names file, line and key:
/// "thuisbasisd.toml:12: listen.port: must be a number from 0 to 65535". Unknown keys are refused.
Result<Config> load_config(const std::string& path);
/// The same for a text; `name` stands in messages.
Result<Config> parse_config(std::string_view text, const std::string& name);

/// A configuration that parse_config takes, with every key explained.
struct ConfigTemplate {
  std::string data_dir;
  std::string registrar_key;
  std::string tls_certificate;
  std::string tls_key;
  std::uint16_t port = 8443;
  std::optional<std::uint16_t> metrics_port = 9464;
  std::string address = "::";
};
std::string config_text(const ConfigTemplate& values);

}  // namespace thuisbasis::daemon
