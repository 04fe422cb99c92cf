// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/measure.h"

#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>

namespace thuisbasis::bench {
namespace {

double as_ms(const timespec& time) {
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace

double own_cpu_ms() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return as_ms(time);
}

Result<double> cpu_ms_of(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0)
    return Error(Code::kNotFound, "process " + std::to_string(process));
  return as_ms(time);
}

Result<double> peak_rss_of(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) * 1024;
  return Error(Code::kIo, "no VmHWM of process " + std::to_string(process));
}

Result<double> own_peak_rss() { return peak_rss_of(::getpid()); }

double load_average() {
  double load = -1;
  return ::getloadavg(&load, 1) == 1 ? load : -1;
}

double zstd_size(const std::string& text) {
  constexpr int kLevel = 3;
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  return static_cast<double>(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), kLevel));
}

double percentile(std::vector<double> samples, double fraction) {
  if (samples.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(samples.size())));
  const std::size_t at = std::clamp<std::size_t>(rank, 1, samples.size()) - 1;
  std::nth_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(at), samples.end());
  return samples[at];
}

}  // namespace thuisbasis::bench
