// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"

// What the operating system tells about time, processor and memory. Any thread.

namespace thuisbasis::bench {

/// Wall time since it was made.
class Stopwatch final {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  static Moment now() { return std::chrono::steady_clock::now(); }

  double ms() const { return ms_until(now()); }
  double ms_until(Moment end) const {
    return std::chrono::duration<double, std::milli>(end - start_).count();
  }

 private:
  Moment start_ = now();
};

/// Processor time of this process, all threads, user and system.
double own_cpu_ms();
/// The same of another process of this user. kNotFound when it is gone.
Result<double> cpu_ms_of(pid_t process);
/// The largest resident size so far, in bytes; kIo when /proc is not as Linux has it.
Result<double> peak_rss_of(pid_t process);
Result<double> own_peak_rss();
/// Runnable processes over the last minute: how busy the machine was. Negative when unknown.
double load_average();

/// Bytes of a text after zstd -3.
double zstd_size(const std::string& text);

/// The value below which `fraction` of the samples lie (nearest rank); 0 without samples.
double percentile(std::vector<double> samples, double fraction);
inline double median(std::vector<double> samples) { return percentile(std::move(samples), 0.5); }

}  // namespace thuisbasis::bench
