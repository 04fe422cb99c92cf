// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>

#include "tools/thuisbasis/command.h"
#include "tools/thuisbasis/municipality.h"

namespace thuisbasis {

/// Where requests are examined, confirmed by a person and certified, in one opened folder. One thread.
class RegistrarDesk final {
 public:
  static Result<RegistrarDesk> open(Context& context);

  InvitationBook& book() { return book_; }
  Result<ExaminedRequest> examine(ByteView request);
  /// Asks a person whether the codes are the same; `remark` comes before the question, if there is one.
  /// kNotPermitted when nobody can be asked, kCancelled when they are not.
  Status confirm(const ExaminedRequest& request, std::string_view remark = {}) const;
  /// Redeems the invitation: the certificate stands in its entry. The passphrase is asked for once.
  Status certify(const ExaminedRequest& request);
  /// Keeps the book. Comes before any answer is written: an invitation is never redeemed twice, and an answer
  /// that was lost is written again on request.
  Status keep() const { return folder_.keep(book_); }

 private:
  RegistrarDesk(Context& context, MunicipalityFolder folder, InvitationBook book)
      : context_(context), folder_(std::move(folder)), book_(std::move(book)) {}
  Context& context_;
  MunicipalityFolder folder_;
  InvitationBook book_;
  std::optional<SigningKey> registrar_;
};

}  // namespace thuisbasis
