// SPDX-License-Identifier: EUPL-1.2
#include <google/protobuf/stubs/logging.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/thuisbasisd/serve.h"
#include "tools/thuisbasisd/setup.h"

namespace {

using namespace thuisbasis;
using namespace thuisbasis::daemon;

constexpr const char* kDefaultConfig = "/etc/thuisbasisd/thuisbasisd.toml";

Exit exit_of(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kBadKey:
    case Code::kNotPermitted:
      return Exit::kConfiguration;
    default:
      return Exit::kStorage;
  }
}

Exit report(const Error& error) {
  // The table's text for kLocked speaks of vaults; the context says it all.
  std::cerr << "thuisbasisd: " << (error.code() == Code::kLocked ? error.context() : error.message()) << "\n";
  return exit_of(error.code());
}

Exit report(const Status& status, const std::string& done) {
  if (!status) return report(status.error());
  std::cout << done << "\n";
  return Exit::kOk;
}

Exit with_config(const std::string& file, const std::function<Exit(const Config&)>& run) {
  const auto config = load_config(file);
  if (config) return run(*config);
  std::cerr << "thuisbasisd: " << config.error().context() << "\n";
  return Exit::kConfiguration;
}

Exit run_init(const InitOptions& options) {
  const Status status = init(options);
  if (!status) return report(status.error());
  std::cout << "Made " << options.data_dir << " and " << options.config_file << ".\n";
  if (options.self_signed)
    std::cout << "The certificate signs itself: give clients " << options.data_dir << "/tls.crt to trust.\n";
  else
    std::cout << "Put the TLS certificate and key where [tls] in " << options.config_file << " says.\n";
  std::cout << "Next: thuisbasisd check-config --config " << options.config_file << "\n";
  return Exit::kOk;
}

}  // namespace

int main(int argc, char** argv) {
  // Whoever sends bad messages shall not write into the log past its format and its limits.
  google::protobuf::SetLogHandler(nullptr);
  CLI::App app{
      "thuisbasisd: the relay of one municipality. It stores and hands on sealed bundles; it can read none."};
  app.footer(kExitCodesHelp);
  app.require_subcommand(1);
  app.set_version_flag("--version", TB_VERSION);
  Exit exit = Exit::kOk;
  std::string config_file = kDefaultConfig;
  const auto command = [&](const char* name, const char* help) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->add_option("-c,--config", config_file, "The configuration file")->capture_default_str();
    return sub;
  };

  std::string port_file;
  CLI::App* serve_command =
      command("serve", "Run the relay. SIGHUP reads the TLS certificate again, SIGTERM stops cleanly");
  serve_command->add_option("--port-file", port_file, "Write the open ports to this file (for port = 0)");
  serve_command->callback([&] {
    exit = with_config(config_file, [&](const Config& config) { return serve(config, port_file); });
  });

  InitOptions options;
  std::string host;
  bool no_metrics = false;
  std::uint16_t metrics_port = 9464;
  CLI::App* init_command =
      command("init", "Make data folder, receipt key, empty storage and a configuration");
  init_command->add_option("--data", options.data_dir, "The data folder")->required();
  init_command
      ->add_option("--registrar-key", options.registrar_key,
                   "The registrar's public key, as `thuisbasis municipality create` prints it")
      ->required();
  init_command->add_option("--self-signed", host,
                           "Also make a TLS certificate for this host that signs itself: for trials");
  init_command->add_option("--address", options.address, "Numeric address to listen on")
      ->capture_default_str();
  init_command->add_option("--port", options.port, "Port to listen on; 0: a free one")->capture_default_str();
  init_command->add_option("--metrics-port", metrics_port, "Port for metrics on loopback; 0: a free one")
      ->capture_default_str();
  init_command->add_flag("--no-metrics", no_metrics, "No metrics listener");
  init_command->callback([&] {
    options.config_file = config_file;
    options.metrics_port = no_metrics ? std::nullopt : std::optional(metrics_port);
    if (!host.empty()) options.self_signed = host;
    exit = run_init(options);
  });

  command("check-config", "Check the configuration and the files it names")->callback([&] {
    exit = with_config(config_file, [&](const Config& config) {
      return report(check_files(config), config_file + " is in order.");
    });
  });

  std::string to;
  CLI::App* backup_command =
      command("backup", "Copy the storage as of now into a new file; the relay may run");
  backup_command->add_option("TO", to, "The new file")->required();
  backup_command->footer("Keep receipt.key and the TLS key elsewhere: they are not in the copy.");
  backup_command->callback([&] {
    exit = with_config(config_file,
                       [&](const Config& config) { return report(backup(config, to), "Wrote " + to + "."); });
  });

  std::string from;
  CLI::App* restore_command =
      command("restore", "Put a backup in place of the storage; the relay must be stopped");
  restore_command->add_option("BACKUP", from, "A file that `backup` wrote")->required();
  restore_command->footer(
      "The relay gets a new epoch: every device offers again what the backup lacks. What stood there is\n"
      "kept as relay.db.before-restore.");
  restore_command->callback([&] {
    exit = with_config(config_file, [&](const Config& config) {
      return report(restore(config, from), "Restored from " + from + " under a new relay epoch.");
    });
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::kUsage);
  }
  return static_cast<int>(exit);
}
