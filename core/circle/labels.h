// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string_view>

/// Domain separation of what only holders of secrets compute; the rest stands in core/verify/protocol.h.
namespace thuisbasis::label {
inline constexpr std::string_view kSender = "thuisbasis/1/sender";
inline constexpr std::string_view kNonce = "thuisbasis/1/nonce";
inline constexpr std::string_view kCommit = "thuisbasis/1/commit";
inline constexpr std::string_view kMetadata = "thuisbasis/1/metadata";
inline constexpr std::string_view kSealedAttributes = "thuisbasis/1/sealed-attributes";
inline constexpr std::string_view kHistory = "thuisbasis/1/history";
inline constexpr std::string_view kRetired = "thuisbasis/1/retired";
inline constexpr std::string_view kWrap = "thuisbasis/1/wrap";
inline constexpr std::string_view kWrapSeed = "thuisbasis/1/wrap-seed";
inline constexpr std::string_view kSalt = "thuisbasis/1/salt";
inline constexpr std::string_view kFieldNonce = "thuisbasis/1/field-nonce";
inline constexpr std::string_view kInvitation = "thuisbasis/1/invitation";
inline constexpr std::string_view kEnrolment = "thuisbasis/1/enrolment";
inline constexpr std::string_view kEnrolmentProof = "thuisbasis/1/enrolment-proof";
inline constexpr std::string_view kEnrolmentCode = "thuisbasis/1/enrolment-code";
}  // namespace thuisbasis::label
