// SPDX-License-Identifier: EUPL-1.2
// The relay's configuration, as an operator wrote it.
#include "tests/fuzz/fuzz.h"
#include "tools/thuisbasisd/config.h"

namespace thuisbasis::fuzzing {

void fuzz(ByteView input) {
  const auto config = daemon::parse_config(as_text(input), "thuisbasisd.toml");
  if (!config) {
    expect(config.error().code() == Code::kInvalidArgument, "a bad configuration is told as one");
    expect(config.error().context().find("thuisbasisd.toml") != std::string::npos, "with the file's name");
    return;
  }
  expect(!config->data_dir.empty(), "a relay has a place for its data");
  expect(config->loops > 0 && config->connections_max > 0, "and can answer");
}

}  // namespace thuisbasis::fuzzing
