// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <rapidcheck.h>

#include "tests/core/merge/replicas.h"

namespace thuisbasis::merge_testing {

/// One step of a story: a replica edits a record, or hears from another. Small numbers all, so that steps
/// collide.
struct Step {
  int replica = 0;
  int from = -1;  ///< >= 0: hears the next change of that replica instead of editing
  int record = 0;
  int what = 0;  ///< which edit, see edit_of
  int value = 0;
  int time = 0;
  bool stale = false;  ///< the edit's base is what the replica read before its last edit
};

inline constexpr int kReplicas = 4;

/// The change that a step makes against `base`; under every rule, known and not.
RecordChange edit_of(const RecordState& base, const Step& step);

/// A run of a story: all changes, and the replicas as the story left them.
struct Run {
  std::vector<Change> changes;
  std::vector<Replica> replicas;
};
Run play(const std::vector<Step>& story);

rc::Gen<std::vector<Step>> stories();

}  // namespace thuisbasis::merge_testing

namespace rc {
void showValue(const thuisbasis::merge_testing::Step& step, std::ostream& out);
}
