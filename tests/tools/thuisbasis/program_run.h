// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace thuisbasis::testing_support {

/// What a run of the program gave.
struct Outcome {
  int exit = -1;
  std::string out;
  std::string error;
  /// The answer of --json: one object a line.
  std::vector<nlohmann::json> rows() const;
  /// The only row; a test failure when there are more or none.
  nlohmann::json row() const;
};

/// Runs build/<preset>/bin/thuisbasis with exactly these arguments, in `folder`, with `input` as standard
/// input and no terminal. The passphrase comes from the environment; an empty one means that none is set.
Outcome run_thuisbasis(const std::string& folder, const std::vector<std::string>& arguments,
                       const std::string& passphrase = "een lange wachtzin", const std::string& input = {});

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& content);

/// A folder with a municipality and devices that joined it, made by running the program.
class World {
 public:
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::string path(const std::string& name) const { return folder + "/" + name; }
  /// Runs with --lang en.
  Outcome run(std::vector<std::string> arguments, const std::string& input = {}) const;
  /// The same with --vault `device` and --json.
  Outcome at(const std::string& device, std::vector<std::string> arguments,
             const std::string& input = {}) const;
  void make_municipality() const;
  /// Where the invitation says that the relay is; by default a place where none answers.
  struct Relay {
    std::string url = "https://127.0.0.1:1";
    std::string ca_file = {};
  };
  /// Leaves the registrar's answer in `<device>.answer`.
  void join(const std::string& device, const Relay& relay) const;
  void join(const std::string& device) const { join(device, Relay{}); }
  /// A circle of its own; its id.
  std::string make_circle(const std::string& device, const std::string& kind, const std::string& name) const;

  std::string folder;
};

}  // namespace thuisbasis::testing_support
