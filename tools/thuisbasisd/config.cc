// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasisd/config.h"

#include <toml++/toml.h>

#include <limits>
#include <set>

#include "platform/files/files.h"

namespace thuisbasis::daemon {
namespace {

constexpr std::size_t kConfigBytesMax = 256 * 1024;

/// Reads the keys of one table, each at most once; what was not asked for is unknown. Remembers the first
/// fault.
class Section final {
 public:
  Section(const toml::table& root, const std::string& file, std::string name)
      : file_(file), name_(std::move(name)), table_(name_.empty() ? &root : root[name_].as_table()) {
    if (!name_.empty() && root.contains(name_) && table_ == nullptr)
      fail(root.get(name_)->source(), name_, "must be a table, written as [" + name_ + "]");
  }

  void read(const char* key, std::string& into) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    if (const auto* text = node->as_string())
      into = text->get();
    else
      fail(node->source(), dotted(key), "must be a text in quotes");
  }
  void read(const char* key, bool& into) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    if (const auto* value = node->as_boolean())
      into = value->get();
    else
      fail(node->source(), dotted(key), "must be true or false");
  }
  template <typename Number>
  void read(const char* key, Number& into, std::int64_t min, std::int64_t max) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    const auto* value = node->as_integer();
    if (value == nullptr || value->get() < min || value->get() > max)
      fail(node->source(), dotted(key),
           "must be a number from " + std::to_string(min) + " to " + std::to_string(max));
    else
      into = static_cast<Number>(value->get());
  }
  void require(const char* key, std::string& into) {
    read(key, into);
    if (!error_ && into.empty())
      fail(table_ ? table_->source() : toml::source_region{}, dotted(key), "is missing");
  }
  void complain(const char* key, const std::string& what) {
    const toml::node* node = table_ != nullptr ? table_->get(key) : nullptr;
    fail(node != nullptr ? node->source() : toml::source_region{}, dotted(key), what);
  }

  /// The first fault, or an unknown key.
  Status end() {
    if (!error_ && table_ != nullptr) {
      for (const auto& [key, node] : *table_)
        if (known_.count(std::string(key.str())) == 0)
          fail(key.source(), dotted(std::string(key.str()).c_str()),
               "is not a key of this program; see thuisbasisd.example.toml");
    }
    if (error_) return *error_;
    return {};
  }
  void expect(const char* key) { known_.insert(key); }

 private:
  const toml::node* take(const char* key) {
    known_.insert(key);
    return table_ != nullptr ? table_->get(key) : nullptr;
  }
  std::string dotted(const char* key) const { return name_.empty() ? key : name_ + "." + key; }
  void fail(const toml::source_region& where, const std::string& key, const std::string& what) {
    if (error_) return;
    const std::string line = where.begin.line > 0 ? ":" + std::to_string(where.begin.line) : "";
    error_ = Error(Code::kInvalidArgument, file_ + line + ": " + key + ": " + what);
  }

  const std::string& file_;
  std::string name_;
  const toml::table* table_;
  std::set<std::string> known_;
  std::optional<Error> error_;
};

Status read_root(const toml::table& root, const std::string& file, Config& config) {
  Section section(root, file, "");
  section.require("data_dir", config.data_dir);
  std::string key;
  section.require("registrar_key", key);
  if (!key.empty()) {
    const auto bytes = from_base64url(key);
    const auto parsed = bytes ? VerifyKey::parse(*bytes) : Error(bytes.error());
    if (parsed)
      config.registrar_key = *parsed;
    else
      section.complain("registrar_key", "must be the registrar's public key: 43 characters of base64url");
  }
  for (const char* table : {"listen", "tls", "metrics", "limits", "log", "stop"}) section.expect(table);
  return section.end();
}

Status read_listen(const toml::table& root, const std::string& file, Config& config) {
  Section listen(root, file, "listen");
  listen.read("address", config.listen_address);
  listen.read("port", config.listen_port, 0, 65'535);
  listen.read("loops", config.loops, 1, 64);
  listen.read("connections", config.connections_max, 1, 1'000'000);
  listen.read("connections_per_address", config.connections_per_address_max, 1, 1'000'000);
  TB_CHECK(listen.end());
  Section tls(root, file, "tls");
  tls.require("certificate", config.tls_certificate);
  tls.require("key", config.tls_key);
  tls.read("allow_tls_1_2", config.allow_tls_1_2);
  return tls.end();
}

Status read_metrics(const toml::table& root, const std::string& file, Config& config) {
  Section metrics(root, file, "metrics");
  bool enabled = true;
  std::uint16_t port = *config.metrics_port;
  metrics.read("enabled", enabled);
  metrics.read("address", config.metrics_address);
  metrics.read("port", port, 0, 65'535);
  config.metrics_port = enabled ? std::optional(port) : std::nullopt;
  return metrics.end();
}

Status read_limits(const toml::table& root, const std::string& file, Config& config) {
  Section limits(root, file, "limits");
  limits.read("circle_bytes", config.limits.circle_bytes_max, 1 << 20, std::int64_t{1} << 40);
  limits.read("circles_per_device", config.limits.circles_per_device_max, 1, 1'000'000);
  limits.read("requests_per_second", config.limits.requests_per_second, 1, 100'000);
  limits.read("requests_burst", config.limits.requests_burst, 1, 1'000'000);
  limits.read("held_requests", config.limits.held_requests_max, 1, 1'000'000);
  limits.read("disk_free_percent", config.disk_free_percent_min, 0, 90);
  TB_CHECK(limits.end());
  Section log(root, file, "log");
  log.read("level", config.log_level);
  if (config.log_level != "debug" && config.log_level != "info" && config.log_level != "warning" &&
      config.log_level != "error")
    log.complain("level", "must be \"debug\", \"info\", \"warning\" or \"error\"");
  TB_CHECK(log.end());
  Section stop(root, file, "stop");
  stop.read("drain_seconds", config.drain_seconds, 0, 600);
  return stop.end();
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& name) try {
  const toml::table root = toml::parse(text, name);
  Config config;
  TB_CHECK(read_root(root, name, config));
  TB_CHECK(read_listen(root, name, config));
  TB_CHECK(read_metrics(root, name, config));
  TB_CHECK(read_limits(root, name, config));
  return config;
} catch (const toml::parse_error& error) {
  return Error(Code::kInvalidArgument, name + ":" + std::to_string(error.source().begin.line) + ": " +
                                           std::string(error.description()));
}

Result<Config> load_config(const std::string& path) {
  TB_TRY(const Bytes text, read_file(path, kConfigBytesMax));
  return parse_config(as_text(text), path);
}

namespace {

/// A text as TOML writes it.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string config_text(const ConfigTemplate& values) {
  const std::string metrics_port = std::to_string(values.metrics_port.value_or(9464));
  return "# thuisbasisd: the relay of one municipality. `thuisbasisd check-config` tells what is wrong, line "
         "by line.\n"
         "# Paths are absolute, so that it does not matter where the daemon is started.\n\n"
         "# Holds relay.db (sealed bundles, membership entries) and receipt.key.\n"
         "data_dir = " +
         quoted(values.data_dir) +
         "\n"
         "# The registrar's public key: devices and circles of no other registrar are taken.\n"
         "registrar_key = " +
         quoted(values.registrar_key) +
         "\n\n"
         "[listen]\n"
         "address = " +
         quoted(values.address) +
         "       # numeric; \"::\" takes IPv4 too\n"
         "port = " +
         std::to_string(values.port) +
         "          # 0: a free one, see serve --port-file\n"
         "loops = 1            # threads for connections\n"
         "connections = 12000\n"
         "connections_per_address = 50   # schools share one address\n\n"
         "[tls]                # read again on SIGHUP\n"
         "certificate = " +
         quoted(values.tls_certificate) +
         "   # PEM, the chain with the server's own first\n"
         "key = " +
         quoted(values.tls_key) +
         "\n"
         "allow_tls_1_2 = false   # for old tablets only\n\n"
         "[metrics]            # Prometheus and health, without TLS: loopback addresses only\n"
         "enabled = " +
         (values.metrics_port ? "true" : "false") +
         "\n"
         "address = \"127.0.0.1\"\n"
         "port = " +
         metrics_port +
         "\n\n"
         "[limits]\n"
         "circle_bytes = 1073741824       # of one circle's log\n"
         "circles_per_device = 5000\n"
         "requests_per_second = 50        # of one device, on average\n"
         "requests_burst = 400            # and at once\n"
         "held_requests = 20000\n"
         "disk_free_percent = 10          # below it /readyz says no\n\n"
         "[log]\n"
         "level = \"info\"       # debug, info, warning, error\n\n"
         "[stop]\n"
         "drain_seconds = 30   # from SIGTERM to the end at the latest\n";
}

}  // namespace thuisbasis::daemon
