// SPDX-License-Identifier: EUPL-1.2
#include "platform/files/files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace thuisbasis {
namespace {

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "tb-files-XXXXXX").string();
    folder_ = ::mkdtemp(folder.data());
  }
  ~FilesTest() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }
  static unsigned mode_of(const std::string& file) {
    struct stat about {};
    ::stat(file.c_str(), &about);
    return about.st_mode & 0777;
  }
  std::string folder_;
};

TEST_F(FilesTest, KeepsAFileUnderAnotherNameBeforeItIsReplaced) {
  ASSERT_TRUE(write_file(path("vault"), Bytes{1}));
  ASSERT_TRUE(write_file(path("new"), Bytes{2}));
  ASSERT_TRUE(keep_file_as(path("vault"), path("kept")));
  EXPECT_EQ(keep_file_as(path("vault"), path("kept")).error().code(), Code::kAlreadyExists);
  ASSERT_TRUE(replace_file(path("new"), path("vault")));
  EXPECT_EQ(*read_file(path("vault"), 9), Bytes{2});
  EXPECT_EQ(*read_file(path("kept"), 9), Bytes{1});
  EXPECT_FALSE(file_exists(path("new")));
  EXPECT_EQ(replace_file(path("new"), path("vault")).error().code(), Code::kNotFound);
}

TEST_F(FilesTest, ReadsBackWhatItWrites) {
  const Bytes content(200'000, 7);
  ASSERT_TRUE(write_file(path("a"), content));
  EXPECT_EQ(*read_file(path("a"), content.size()), content);
  ASSERT_TRUE(write_file(path("a"), Bytes{1}));
  EXPECT_EQ(*read_file(path("a"), 1), Bytes{1});
  ASSERT_TRUE(write_file(path("a"), {}));
  EXPECT_EQ(*read_file(path("a"), 0), Bytes{});
  EXPECT_EQ(files(), 1u);
}

TEST_F(FilesTest, RefusesToReadMoreThanItsLimit) {
  ASSERT_TRUE(write_file(path("a"), Bytes(11)));
  EXPECT_EQ(read_file(path("a"), 10).error().code(), Code::kTooLarge);
}

TEST_F(FilesTest, WritesForItsOwnerOnly) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(write_file(path("a"), Bytes{1}));
  ::umask(before);
  EXPECT_EQ(mode_of(path("a")), 0600u);
  EXPECT_TRUE(check_private(path("a")));
  ::chmod(path("a").c_str(), 0640);
  const Status open_to_others = check_private(path("a"));
  ASSERT_FALSE(open_to_others);
  EXPECT_NE(open_to_others.error().context().find("chmod 600"), std::string::npos);
}

TEST_F(FilesTest, NeverReplacesWhereItShouldCreate) {
  ASSERT_TRUE(write_new_file(path("a"), Bytes{1}));
  EXPECT_EQ(write_new_file(path("a"), Bytes{2}).error().code(), Code::kAlreadyExists);
  EXPECT_EQ(*read_file(path("a"), 10), Bytes{1});
  EXPECT_EQ(files(), 1u) << "no temporary file is left";
}

TEST_F(FilesTest, LeavesTheOldFileWhenWritingFails) {
  ASSERT_TRUE(write_file(path("a"), Bytes{1}));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const Status written = write_file(path("a"), Bytes(100'000, 2));
  ::setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kTooLarge);
  EXPECT_EQ(*read_file(path("a"), 10), Bytes{1});
  EXPECT_EQ(files(), 1u);
}

TEST_F(FilesTest, ReplacesNoFolder) {
  ASSERT_TRUE(make_private_folder(path("a")));
  const Status written = write_file(path("a"), Bytes{1});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Code::kAlreadyExists) << "no fault of the disk";
  EXPECT_NE(written.error().context().find(path("a")), std::string::npos);
  EXPECT_EQ(files(), 1u) << "the folder, and no temporary file";
}

/// As somebody who may read the folder and not write in it; root may write everywhere.
int try_to_write(const std::string& file) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(126);
    const Status written = write_file(file, Bytes{2});
    ::_exit(written ? 0 : static_cast<int>(written.error().code()));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(FilesTest, LeavesTheOldFileWhereItMayNotWrite) {
  ASSERT_TRUE(write_file(path("a"), Bytes{1}));
  ASSERT_EQ(::chmod(folder_.c_str(), 0555), 0);
  EXPECT_EQ(try_to_write(path("a")), static_cast<int>(Code::kNotPermitted));
  ASSERT_EQ(::chmod(folder_.c_str(), 0700), 0);
  EXPECT_EQ(*read_file(path("a"), 10), Bytes{1});
  EXPECT_EQ(files(), 1u);
}

TEST_F(FilesTest, NamesTheFileAndTheReason) {
  const auto missing = read_file(path("missing"), 10);
  EXPECT_EQ(missing.error().code(), Code::kNotFound);
  EXPECT_NE(missing.error().context().find(path("missing")), std::string::npos);
  EXPECT_EQ(write_file(path("no/folder"), Bytes{1}).error().code(), Code::kNotFound);
  EXPECT_FALSE(file_exists(path("missing")));
  EXPECT_TRUE(remove_file(path("missing")));
}

TEST_F(FilesTest, MakesPrivateFoldersWithTheirParents) {
  ASSERT_TRUE(make_private_folder(path("a/b/c")));
  ASSERT_TRUE(make_private_folder(path("a/b/c")));
  EXPECT_EQ(mode_of(path("a/b")), 0700u);
  ASSERT_TRUE(write_file(path("a/file"), {}));
  EXPECT_EQ(make_private_folder(path("a/file")).error().code(), Code::kAlreadyExists);
  EXPECT_FALSE(make_private_folder(path("a/file/b")));
}

}  // namespace
}  // namespace thuisbasis
