// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasisd/config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace thuisbasis::daemon {
namespace {

/// A key that parses: the base point of Ed25519's standard test (RFC 8032, test 1).
std::string real_key() {
  return to_base64url(*from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
}

std::string minimal() {
  return "data_dir = \"/var/lib/thuisbasisd\"\nregistrar_key = \"" + real_key() +
         "\"\n[tls]\ncertificate = \"/c\"\nkey = \"/k\"\n";
}

std::string fault_of(const std::string& text) {
  const auto config = parse_config(text, "relay.toml");
  if (config) return "";
  EXPECT_EQ(config.error().code(), Code::kInvalidArgument);
  return config.error().context();
}

TEST(Config, TakesDefaultsForWhatIsNotSaid) {
  const auto config = parse_config(minimal(), "relay.toml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->data_dir, "/var/lib/thuisbasisd");
  EXPECT_EQ(config->listen_port, 8443);
  EXPECT_EQ(config->metrics_port, 9464);
  EXPECT_EQ(config->limits.held_requests_max, RelayLimits().held_requests_max);
  EXPECT_EQ(to_hex(config->registrar_key.view()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

TEST(Config, NamesFileLineAndKeyOfAFault) {
  EXPECT_EQ(fault_of(minimal() + "[listen]\nport = 70000\n"),
            "relay.toml:7: listen.port: must be a number from 0 to 65535");
  EXPECT_EQ(fault_of(minimal() + "[listen]\nport = \"8443\"\n"),
            "relay.toml:7: listen.port: must be a number from 0 to 65535");
  EXPECT_EQ(fault_of(minimal() + "allow_tls_1_2 = 1\n"),
            "relay.toml:6: tls.allow_tls_1_2: must be true or false");
  EXPECT_EQ(fault_of(minimal() + "[log]\nlevel = \"loud\"\n"),
            "relay.toml:7: log.level: must be \"debug\", \"info\", \"warning\" or \"error\"");
  EXPECT_EQ(fault_of("listen = 3\n" + minimal()),
            "relay.toml:1: listen: must be a table, written as [listen]");
}

TEST(Config, RefusesKeysItDoesNotKnow) {
  EXPECT_NE(fault_of(minimal() + "[listen]\nprot = 1\n").find("relay.toml:7: listen.prot: is not a key"),
            std::string::npos);
  EXPECT_NE(fault_of("colour = 1\n" + minimal()).find("relay.toml:1: colour: is not a key"),
            std::string::npos);
}

TEST(Config, AsksForWhatHasNoDefault) {
  EXPECT_NE(fault_of("").find("data_dir: is missing"), std::string::npos);
  EXPECT_NE(fault_of("data_dir = \"/d\"\n").find("registrar_key: is missing"), std::string::npos);
  EXPECT_NE(fault_of("data_dir = \"/d\"\nregistrar_key = \"" + real_key() + "\"\n")
                .find("tls.certificate: is missing"),
            std::string::npos);
}

TEST(Config, RefusesARegistrarKeyThatIsNone) {
  for (const std::string& key : {std::string("abc"), std::string(43, 'A'), std::string("not base64!")})
    EXPECT_EQ(fault_of("data_dir = \"/d\"\nregistrar_key = \"" + key + "\"\n"),
              "relay.toml:2: registrar_key: must be the registrar's public key: 43 characters of base64url")
        << key;
}

TEST(Config, TellsWhereTheTextItselfIsBroken) {
  EXPECT_EQ(fault_of("data_dir = \"/d\n").rfind("relay.toml:1: ", 0), 0u);
}

TEST(Config, ItsOwnTemplateIsInOrderAndHasTheDefaults) {
  ConfigTemplate values;
  values.data_dir = "/srv/with \"quotes\"";
  values.registrar_key = real_key();
  values.tls_certificate = "/c";
  values.tls_key = "/k";
  const auto config = parse_config(config_text(values), "template");
  ASSERT_TRUE(config) << config.error().message();
  const Config defaults;
  EXPECT_EQ(config->data_dir, values.data_dir);
  EXPECT_EQ(config->limits.circle_bytes_max, defaults.limits.circle_bytes_max);
  EXPECT_EQ(config->limits.circles_per_device_max, defaults.limits.circles_per_device_max);
  EXPECT_EQ(config->limits.requests_per_second, defaults.limits.requests_per_second);
  EXPECT_EQ(config->limits.requests_burst, defaults.limits.requests_burst);
  EXPECT_EQ(config->limits.held_requests_max, defaults.limits.held_requests_max);
  EXPECT_EQ(config->connections_max, defaults.connections_max);
  EXPECT_EQ(config->connections_per_address_max, defaults.connections_per_address_max);
  EXPECT_EQ(config->disk_free_percent_min, defaults.disk_free_percent_min);
  EXPECT_EQ(config->drain_seconds, defaults.drain_seconds);
  EXPECT_EQ(config->log_level, defaults.log_level);
  EXPECT_EQ(config->loops, defaults.loops);
}

TEST(Config, TheExampleIsTheTemplate) {
  std::ifstream file(TB_SOURCE_DIR "/tools/thuisbasisd/thuisbasisd.example.toml");
  std::stringstream example;
  example << file.rdbuf();
  ConfigTemplate values;
  values.data_dir = "/var/lib/thuisbasisd";
  values.registrar_key = real_key();
  values.tls_certificate = "/etc/thuisbasisd/tls.crt";
  values.tls_key = "/etc/thuisbasisd/tls.key";
  EXPECT_EQ(example.str(), config_text(values));
}

TEST(Config, CanLeaveTheMetricsListenerOut) {
  const auto config = parse_config(minimal() + "[metrics]\nenabled = false\n", "relay.toml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->metrics_port, std::nullopt);
}

}  // namespace
}  // namespace thuisbasis::daemon
