// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace thuisbasis::bench {

/// Figures of a task by name.
using Figures = std::map<std::string, double>;

/// Runs a task in a fresh process of this same program, so that its processor time and largest memory are its
/// own. `words` is the task's name and its arguments; `scratch` a folder for what it prints.
Result<Figures> run_in_child(const std::vector<std::string>& words, const std::string& scratch);

/// What the child does: runs the task and prints its figures as JSON. Exit code of the program.
///   sync VAULT URL CERTIFICATE     reads everything new from the relay
///   copy FROM TO fts|plain         the floor of that: the rows of one plain file into another
///   open VAULT FAMILY              opens a vault, lists the families and the goals of one
///   open-floor FILE FAMILY         the floor of that
int child_main(const std::vector<std::string>& words);

}  // namespace thuisbasis::bench
