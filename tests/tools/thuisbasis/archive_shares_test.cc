// SPDX-License-Identifier: EUPL-1.2
// The archive key in shares: printed, and read back years later.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/tools/thuisbasis/program_run.h"

namespace thuisbasis {
namespace {

using testing_support::Outcome;
using testing_support::read_text;
using testing_support::World;
using testing_support::write_text;

struct ArchiveShares : testing::Test {
  void SetUp() override {
    world.make_municipality();
    const Outcome made = split("sheets");
    ASSERT_EQ(made.exit, 0) << made.error;
  }
  Outcome split(const std::string& folder) const {
    return world.run({"archive", "split", "emmen", "--out", folder, "--json"});
  }
  static std::string sheet(int number, const std::string& folder = "sheets") {
    return folder + "/share-" + std::to_string(number) + "-of-5.html";
  }
  Outcome check(std::vector<std::string> rest, const std::string& input = {}) const {
    rest.insert(rest.begin(), {"archive", "check", "emmen"});
    return world.run(rest, input);
  }
  /// What someone types from the sheet: the eight rows.
  std::string typed(int number) const {
    const std::string page = read_text(world.path(sheet(number)));
    const std::size_t from = page.find("<pre>\n") + 6;
    return page.substr(from, page.find("</pre>") - from);
  }
  World world;
};

TEST_F(ArchiveShares, GiveTheKeyAgain) {
  const Outcome read = check({sheet(5), sheet(1), sheet(3)});
  EXPECT_EQ(read.exit, 0) << read.error;
  EXPECT_NE(read.error.find("give the archive key of Emmen"), std::string::npos) << read.error;
  EXPECT_EQ(check({sheet(1), "-", sheet(4)}, "I found this in the safe:\n" + typed(2)).exit, 0);
  const Outcome few = check({sheet(2), sheet(1)});
  EXPECT_EQ(few.exit, 0);
  EXPECT_NE(few.error.find("3 are needed"), std::string::npos) << few.error;
}

TEST_F(ArchiveShares, AreForTheirKeepersEyesOnly) {
  for (int number = 1; number <= 5; ++number) {
    struct stat about {};
    ASSERT_EQ(::stat(world.path(sheet(number)).c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 077, 0U);
  }
  EXPECT_NE(split("sheets").exit, 0) << "no sheet is written over another";
}

TEST_F(ArchiveShares, SayWhichRowWasTypedWrongly) {
  std::string rows = typed(2);
  const std::size_t at = rows.find("6: ") + 3;
  rows[at] = rows[at] == '7' ? '8' : '7';
  const Outcome refused = check({sheet(1), "-", sheet(3)}, rows);
  EXPECT_NE(refused.exit, 0);
  EXPECT_NE(refused.error.find("row 6"), std::string::npos) << refused.error;
}

TEST_F(ArchiveShares, OfTwoSplittingsDoNotFitTogether) {
  ASSERT_EQ(split("again").exit, 0);
  const Outcome mixed = check({sheet(1), sheet(2), sheet(3, "again")});
  EXPECT_NE(mixed.exit, 0);
  EXPECT_NE(mixed.error.find("were not made together"), std::string::npos) << mixed.error;
}

TEST_F(ArchiveShares, OfAnotherMunicipalityAreKnownAsSuch) {
  ASSERT_EQ(world.run({"municipality", "create", "hoogeveen", "--name", "Hoogeveen"}).exit, 0);
  const Outcome wrong = world.run({"archive", "check", "hoogeveen", sheet(1), sheet(2), sheet(3)});
  EXPECT_NE(wrong.exit, 0);
  EXPECT_NE(wrong.error.find("another key than the archive key of Hoogeveen"), std::string::npos)
      << wrong.error;
}

/// The folder gives its copy up only when every share was read from paper.
TEST_F(ArchiveShares, AreTheOnlyOnesToHaveTheKeyOnceTheFolderForgets) {
  for (int number = 1; number <= 5; ++number)
    write_text(world.path("typed" + std::to_string(number)), typed(number));
  EXPECT_NE(check({"--forget-key", "typed1", "typed2", "typed3"}).exit, 0);
  const Outcome unprinted = check({"--forget-key", sheet(1), "typed2", "typed3", "typed4", "typed5"});
  EXPECT_NE(unprinted.exit, 0);
  EXPECT_NE(unprinted.error.find("from paper"), std::string::npos) << unprinted.error;
  EXPECT_FALSE(read_text(world.path("emmen/archive.wrap")).empty());
  const Outcome all = check({"--forget-key", "typed1", "typed2", "typed3", "typed4", "typed5"});
  EXPECT_EQ(all.exit, 0) << all.error;
  EXPECT_TRUE(read_text(world.path("emmen/archive.wrap")).empty());
  const Outcome split_again = split("later");
  EXPECT_NE(split_again.exit, 0);
  EXPECT_NE(split_again.error.find("only its shares have it"), std::string::npos) << split_again.error;
  EXPECT_EQ(check({sheet(2), sheet(4), sheet(5)}).exit, 0);
}

TEST_F(ArchiveShares, NeedTheMunicipalitysPassphrase) {
  write_text(world.path("other"), "een heel andere wachtzin\n");
  ASSERT_EQ(::chmod(world.path("other").c_str(), 0600), 0);
  EXPECT_EQ(world.run({"archive", "split", "emmen", "--out", "stolen", "--passphrase-file", "other"}).exit,
            4);
  EXPECT_TRUE(read_text(world.path(sheet(1, "stolen"))).empty());
}

}  // namespace
}  // namespace thuisbasis
