// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>

#include "tools/thuisbasisd/config.h"

namespace thuisbasis::daemon {

struct InitOptions {
  std::string config_file;
  std::string data_dir;
  std::string registrar_key;               ///< base64url
  std::optional<std::string> self_signed;  ///< host of a trial certificate
  std::string address = "::";
  std::uint16_t port = 8443;
  std::optional<std::uint16_t> metrics_port = 9464;
};

/// Makes everything a new relay needs: data folder, receipt key, empty storage with a fresh epoch, a trial
/// certificate if asked, and last the configuration. kAlreadyExists rather than touching what is there.
Status init(const InitOptions& options);

/// Checks that `serve` could start with this configuration: files there, readable, private, fitting.
Status check_files(const Config& config);

/// A copy of the relay's storage as of now; the daemon may be running.
Status backup(const Config& config, const std::string& to);
/// A backup in place of the storage, under a new relay epoch. The daemon must not be running.
Status restore(const Config& config, const std::string& backup_file);

}  // namespace thuisbasis::daemon
