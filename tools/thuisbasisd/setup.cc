// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasisd/setup.h"

#include <filesystem>

#include "platform/entropy/system_random.h"
#include "platform/files/files.h"
#include "platform/receipt_signer/receipt_key.h"
#include "platform/relay_storage/relay_file.h"
#include "platform/relay_storage/sqlite_relay_storage.h"
#include "tools/thuisbasisd/trial_certificate.h"

namespace thuisbasis::daemon {
namespace {

constexpr std::size_t kPemBytesMax = 1 << 20;

ConfigTemplate template_of(const InitOptions& options) {
  ConfigTemplate values;
  values.data_dir = options.data_dir;
  values.registrar_key = options.registrar_key;
  const std::string tls = options.self_signed ? options.data_dir : "/etc/thuisbasisd";
  values.tls_certificate = tls + "/tls.crt";
  values.tls_key = tls + "/tls.key";
  values.address = options.address;
  values.port = options.port;
  values.metrics_port = options.metrics_port;
  return values;
}

Status write_trial_certificate(const std::string& host, const Config& config) {
  TB_TRY(const TrialCertificate trial, make_trial_certificate(host));
  TB_CHECK(write_new_file(config.tls_key, trial.key));
  return write_new_file(config.tls_certificate, trial.certificate);
}

}  // namespace

Status init(const InitOptions& given) {
  InitOptions options = given;
  options.data_dir = std::filesystem::absolute(given.data_dir).lexically_normal().string();
  const std::string text = config_text(template_of(options));
  TB_TRY(const Config config,
         parse_config(text, options.config_file));  // refuses a wrong key before anything is made
  if (file_exists(options.config_file)) return Error(Code::kAlreadyExists, options.config_file);
  if (file_exists(config.database())) return Error(Code::kAlreadyExists, config.database());

  SystemRandom random;
  TB_CHECK(make_private_folder(options.data_dir));
  TB_TRY([[maybe_unused]] const ReceiptKey key, ReceiptKey::create(config.receipt_key(), random));
  TB_TRY([[maybe_unused]] const auto storage,
         SqliteRelayStorage::create(config.database(), random_id<RelayEpoch>(random)));
  if (options.self_signed) TB_CHECK(write_trial_certificate(*options.self_signed, config));
  return write_new_file(options.config_file, as_bytes(text));
}

Status check_files(const Config& config) {
  TB_TRY([[maybe_unused]] const ReceiptKey key, ReceiptKey::open(config.receipt_key()));
  if (!file_exists(config.database()))
    return Error(Code::kNotFound, config.database() + ": run `thuisbasisd init`, or `restore` a backup");
  for (const std::string& file : {config.tls_certificate, config.tls_key})
    if (const auto content = read_file(file, kPemBytesMax); !content) return Error(content.error());
  return check_private(config.tls_key);
}

Status backup(const Config& config, const std::string& to) {
  return backup_relay_file(config.database(), to);
}

Status restore(const Config& config, const std::string& backup_file) {
  SystemRandom random;
  return restore_relay_file(backup_file, config.database(), random_id<RelayEpoch>(random));
}

}  // namespace thuisbasis::daemon
