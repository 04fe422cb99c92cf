// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/verify/tenure.h"
#include "thuisbasis/membership.pb.h"

namespace thuisbasis {

/// Sizes only: what is in it, its recipient says. kMalformed.
Status check_wrap_form(const membership::Wrap& wrap);
/// kSchemaTooNew for one of a later version.
Result<CirclePolicy> policy_of(std::uint32_t number);

}  // namespace thuisbasis
