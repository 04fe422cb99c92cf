// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/crash_device.h"

namespace thuisbasis::crash {

using testing_support::CrashDisk;

DiskImage image_of(const CrashDisk& disk) {
  DiskImage image;
  for (const std::string& path : disk.files()) image[path] = disk.content(path);
  return image;
}

void put_image(CrashDisk& disk, const DiskImage& image) {
  disk.clear();
  for (const auto& [path, content] : image) disk.put(path, content);
}

Status CrashDevice::create() {
  TB_TRY(Vault made, Vault::create(kFile, key(), world()));
  vault.emplace(std::move(made));
  return {};
}

Status CrashDevice::open() {
  TB_TRY(Vault opened, Vault::open(kFile, key(), world()));
  vault.emplace(std::move(opened));
  return {};
}

Status CrashDevice::sync(Exchange& relay) {
  SyncSession session(vault->sync(), relay, clock, random);
  RoundReport report;
  return session.run({}, report);
}

}  // namespace thuisbasis::crash
