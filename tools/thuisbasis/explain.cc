// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/explain.h"

#include <array>

#include "tools/thuisbasis/printable.h"

namespace thuisbasis {
namespace {

constexpr std::array<ExitSpec, 11> kExitCodes = {{
    {Exit::kDone, Text::kExitDone},
    {Exit::kFailed, Text::kExitFailed},
    {Exit::kUsage, Text::kExitUsage},
    {Exit::kNotFound, Text::kExitNotFound},
    {Exit::kLocked, Text::kExitLocked},
    {Exit::kDamaged, Text::kExitDamaged},
    {Exit::kNoContact, Text::kExitNoContact},
    {Exit::kRefused, Text::kExitRefused},
    {Exit::kInUse, Text::kExitInUse},
    {Exit::kInput, Text::kExitInput},
    {Exit::kDisk, Text::kExitDisk},
}};

struct Case {
  Code code;
  Exit exit;
  Text what;
  Text advice;
};

constexpr Case kCases[] = {
    {Code::kInternal, Exit::kFailed, Text::kErrInternal, Text::kDoReport},
    {Code::kInvalidArgument, Exit::kInput, Text::kErrInvalidArgument, Text::kDoSeeHelp},
    {Code::kConflict, Exit::kRefused, Text::kErrConflict, Text::kDoFindOut},
    {Code::kUnavailable, Exit::kNoContact, Text::kErrUnavailable, Text::kDoLater},
    {Code::kTooOften, Exit::kNoContact, Text::kErrUnavailable, Text::kDoLater},
    {Code::kNotFound, Exit::kNotFound, Text::kErrNotFound, Text::kDoCheckName},
    {Code::kAlreadyExists, Exit::kInput, Text::kErrAlreadyExists, Text::kDoOther},
    {Code::kMalformed, Exit::kInput, Text::kErrMalformed, Text::kDoCheckInput},
    {Code::kTooLarge, Exit::kInput, Text::kErrTooLarge, Text::kDoSplit},
    {Code::kUnknownSuite, Exit::kInput, Text::kErrUnknownSuite, Text::kDoUpdate},
    {Code::kBadSignature, Exit::kRefused, Text::kErrBadSignature, Text::kDoAskRegistrar},
    {Code::kBadKey, Exit::kRefused, Text::kErrBadKey, Text::kDoAskRegistrar},
    {Code::kDecryptFailed, Exit::kDamaged, Text::kErrDecryptFailed, Text::kDoDoctor},
    {Code::kWrongPassphrase, Exit::kLocked, Text::kErrWrongPassphrase, Text::kDoPassphrase},
    {Code::kDamaged, Exit::kDamaged, Text::kErrDamaged, Text::kDoDoctor},
    {Code::kDiskFull, Exit::kDisk, Text::kErrDiskFull, Text::kDoFreeSpace},
    {Code::kIo, Exit::kDisk, Text::kErrIo, Text::kDoCheckDisk},
    {Code::kLocked, Exit::kInUse, Text::kErrInUse, Text::kDoWaitForOwner},
    {Code::kNotPermitted, Exit::kRefused, Text::kErrNotPermitted, Text::kDoAskColleague},
    {Code::kNotMember, Exit::kRefused, Text::kErrNotMember, Text::kDoAskMember},
    {Code::kBrokenChain, Exit::kRefused, Text::kErrBrokenChain, Text::kDoReport},
    {Code::kFork, Exit::kRefused, Text::kErrFork, Text::kDoReport},
    {Code::kMissingDependency, Exit::kNoContact, Text::kErrMissing, Text::kDoSyncAgain},
    {Code::kExpired, Exit::kRefused, Text::kErrExpired, Text::kDoNewInvitation},
    {Code::kClock, Exit::kNoContact, Text::kErrClock, Text::kDoSetClock},
    {Code::kReplayed, Exit::kNoContact, Text::kErrReplayed, Text::kDoSyncAgain},
    {Code::kUnknownDevice, Exit::kRefused, Text::kErrUnknownDevice, Text::kDoAskRegistrar},
    {Code::kUnreachable, Exit::kNoContact, Text::kErrUnreachable, Text::kDoWorkOn},
    {Code::kCaptivePortal, Exit::kNoContact, Text::kErrCaptivePortal, Text::kDoSignIn},
    {Code::kTlsUntrusted, Exit::kNoContact, Text::kErrTlsUntrusted, Text::kDoTls},
    {Code::kProtocol, Exit::kNoContact, Text::kErrProtocol, Text::kDoUpdate},
    {Code::kImmutable, Exit::kInput, Text::kErrImmutable, Text::kDoCorrection},
    {Code::kUnknownKind, Exit::kInput, Text::kErrUnknownKind, Text::kDoKinds},
    {Code::kUnknownField, Exit::kInput, Text::kErrUnknownField, Text::kDoFields},
    {Code::kSchemaTooNew, Exit::kFailed, Text::kErrSchemaTooNew, Text::kDoUpdate},
    {Code::kQuota, Exit::kRefused, Text::kErrQuota, Text::kDoAskAdministrator},
    {Code::kCancelled, Exit::kFailed, Text::kErrCancelled, Text::kDoAgain},
    {Code::kStaleEpoch, Exit::kNoContact, Text::kErrStale, Text::kDoSyncAgain},
    {Code::kStaleLog, Exit::kNoContact, Text::kErrStale, Text::kDoSyncAgain},
    {Code::kMassChange, Exit::kRefused, Text::kErrMassChange, Text::kDoAllow},
    {Code::kNotUnlocked, Exit::kLocked, Text::kErrNotUnlocked, Text::kDoUnlock},
};

const Case& case_of(Code code) {
  for (const Case& one : kCases)
    if (one.code == code) return one;
  return kCases[0];
}

}  // namespace

std::span<const ExitSpec> exit_codes() { return kExitCodes; }
Exit exit_code(Code code) { return case_of(code).exit; }
Explanation explain(Code code) { return {case_of(code).what, case_of(code).advice}; }

std::string error_text(Language language, const Error& error) {
  const Explanation explanation = explain(error.code());
  std::string lines = say(language, Text::kErrorLine, {text(language, explanation.what)}) + "\n";
  if (!error.context().empty()) lines += "  " + printable(error.context()) + "\n";
  lines += say(language, Text::kAdviceLine, {text(language, explanation.advice)}) + "\n";
  return lines;
}

Row error_row(Language language, const Error& error) {
  const Explanation explanation = explain(error.code());
  Row inner;
  inner.text("code", code_name(error.code()));
  inner.text("what", text(language, explanation.what));
  inner.text("about", error.context());
  inner.text("advice", text(language, explanation.advice));
  Row row;
  row.object("error", inner);
  return row;
}

}  // namespace thuisbasis
