// SPDX-License-Identifier: EUPL-1.2

#include "tests/e2e/two_devices.h"

namespace thuisbasis::e2e {

TwoDevices::TwoDevices() : TwoDevices([](const RelayProcess& relay) { return relay.url(); }) {}

TwoDevices::TwoDevices(const Place& place_for_tablet) {
  world_.make_municipality();
  const std::string key = world_.run({"municipality", "key", "emmen", "--json"}).row()["registrar_key"];
  relay_ = std::make_unique<RelayProcess>(world_.path("relay"), key);
  relay_->start();
  world_.join("tablet", {.url = place_for_tablet(*relay_), .ca_file = relay_->ca_file()});
  world_.join("laptop", {.url = relay_->url(), .ca_file = relay_->ca_file()});
  circle_ = world_.make_circle("tablet", "school", "Gezin Brouwer");
  const Outcome admitted = world_.at("tablet", {"circle", "admit", circle_, "--answer", "laptop.answer"});
  EXPECT_EQ(admitted.exit, 0) << admitted.error;
  sync("tablet");
  sync("laptop");
}

nlohmann::json TwoDevices::sync(const std::string& device) const {
  const Outcome round = world_.at(device, {"sync"});
  EXPECT_EQ(round.exit, 0) << device << ": " << round.error;
  return round.exit == 0 ? round.row() : nlohmann::json::object();
}

std::string TwoDevices::put_goal(const std::string& device, const std::string& statement) const {
  const Outcome put = world_.at(device, {"put", "Goal", "statement=" + statement, "--circle", circle_});
  EXPECT_EQ(put.exit, 0) << put.error;
  return put.row().value("id", "");
}

std::string TwoDevices::statement(const std::string& device, const std::string& goal) const {
  const Outcome got = world_.at(device, {"get", goal});
  return got.exit == 0 ? got.row()["v"].value("statement", "") : "";
}

std::string TwoDevices::digest(const std::string& device) const {
  const nlohmann::json found = world_.at(device, {"doctor"}).row();
  for (const auto& circle : found["digests"])
    if (circle["circle"] == circle_) return circle["digest"];
  return "none on " + device;
}

TwoDevices::Outcome TwoDevices::bare(const std::string& device, std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--vault", device, "--json", "--lang", "en"});
  return testing_support::run_thuisbasis(world_.folder, arguments, "");
}

}  // namespace thuisbasis::e2e
