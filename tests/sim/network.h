// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <deque>
#include <map>

#include "tests/sim/evil_relay.h"
#include "tests/sim/relay_house.h"

namespace thuisbasis::sim {

/// What lies between the devices and the relay. Every request travels in virtual time; on its way it may be
/// lost, delayed, repeated, changed, overtaken, or answered by something else, and so may its answer. What
/// reaches a device is checked by the HTTPS client's own rules, as in production. All bytes are searched for
/// plaintext (I7). One thread.
class Network final {
 public:
  using Done = std::function<void(Result<HttpResponse>)>;
  struct Town {
    Schedule& schedule;
    Swarm& swarm;
    Findings& findings;
    CanaryWatch& canary;
  };
  Network(const Town& town, RelayHouse& relay, std::uint64_t seed);

  /// `done` is called once, later: with an answer, or with why there is none. `held`: the relay may take its
  /// time.
  void send(std::size_t device, const HttpRequest& request, bool held, Done done);

  /// Told of the body of every request to sync, whatever becomes of it.
  void on_sync(std::function<void(ByteView)> call) { on_sync_ = std::move(call); }

  /// Nothing of the device gets through, or only requests do.
  void cut_off(std::size_t device, SteadyMs how_long, bool one_way);
  /// Everybody gets through again.
  void heal();
  std::uint64_t exchanges() const { return next_exchange_ - 1; }

 private:
  struct Exchange {
    std::size_t device;
    std::string target;
    Done done;
  };
  struct CutOff {
    SteadyMs until = 0;
    bool one_way = false;
  };
  struct Line {
    CutOff cut_off;
    std::map<std::string, HttpResponse> former_answers;  ///< the last one for each path
    std::optional<HttpRequest> overtaken;                ///< waits until the next request has gone by
  };

  void finish(std::uint64_t exchange, Result<HttpResponse> answer);
  bool interfere(std::uint64_t exchange);
  void carry(std::uint64_t exchange, HttpRequest request);
  void carry_stray(HttpRequest request, SteadyMs wait);
  void come_back(std::uint64_t exchange, std::optional<HttpResponse> response);
  void spoil(HttpRequest& request);
  /// False when the answer was cut off on its way.
  bool spoil(HttpResponse& response, Line& line, const std::string& target);
  void flip_bit(Bytes& bytes);
  void strip(HttpHeaders& headers);
  HttpResponse portal_page();
  HttpResponse proxy_error();
  SteadyMs travel_time(std::size_t bytes);
  bool strikes(Fault fault);
  void do_harm(HttpResponse& response);

  std::function<void(ByteView)> on_sync_;
  Schedule& schedule_;
  Swarm& swarm_;
  Findings& findings_;
  CanaryWatch& canary_;
  RelayHouse& relay_;
  Dice dice_;
  EvilRelay evil_;
  std::map<std::uint64_t, Exchange> exchanges_;
  std::map<std::size_t, Line> lines_;
  std::deque<HttpRequest> overheard_;
  std::uint64_t next_exchange_ = 1;
};

}  // namespace thuisbasis::sim
