// SPDX-License-Identifier: EUPL-1.2
// Writes the corpus: genuine messages, so that the fuzzer need not find the formats by itself.
//   fuzz_seeds tests/fuzz/corpus
#include "tests/fuzz/seeds.h"

#include <filesystem>
#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
  using namespace thuisbasis::fuzzing;
  if (argc != 2) {
    std::cerr << "usage: fuzz_seeds FOLDER\n";
    return 2;
  }
  std::vector<Seed> seeds;
  add_wire_seeds(seeds);
  add_circle_seeds(seeds);
  add_record_seeds(seeds);
  add_file_seeds(seeds);
  for (const Seed& seed : seeds) {
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / seed.target;
    std::filesystem::create_directories(folder);
    std::ofstream file(folder / seed.name, std::ios::binary);
    file << thuisbasis::as_text(seed.input);
    if (!file.flush()) {
      std::cerr << "fuzz_seeds: cannot write " << folder / seed.name << "\n";
      return 1;
    }
  }
  std::cout << seeds.size() << " seeds\n";
  return 0;
}
