// LoginGuard: makes guessing passwords slow. Who fails too often has to wait, longer each time.
//
// One for each listener; peers are told apart by their address (of IPv6 the first 64 bits, which is
// what a household gets). Only failures count, and only time makes them forgotten: whoever has a
// password of their own could else guess others' for ever. Peers without an address, as on a unix
// socket, are not counted. Loop thread only.
#pragma once

#include "coroutine/clock.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

namespace covnc {

struct LoginGuardLimits
{
    std::size_t free_failures = 5; // 0: nobody ever waits;                     // people mistype
    Duration first_wait = std::chrono::seconds(10); // twice as long after each further failure
    Duration longest_wait = std::chrono::minutes(10);
    Duration forgives_every = std::chrono::minutes(10); // one failure
    Duration tells_every = std::chrono::minutes(1);     // in the log, for each address
    std::size_t addresses = 10000;                      // the one that failed longest ago goes
};

class LoginGuard
{
public:
    explicit LoginGuard(LoginGuardLimits limits = {}) : limits_(limits) {}

    // How long until this address may try again; zero where it may now.
    Duration wait_for(const std::string& address, TimePoint now);
    // A wrong attempt. What is tried while it has to wait does not count.
    void failed(const std::string& address, TimePoint now);
    // One was turned away. How many have been since the log was told; nothing where it has been
    // told lately.
    std::optional<std::uint64_t> count_refusal(const std::string& address, TimePoint now);

    std::size_t addresses() const { return entries_.size(); }

private:
    struct Entry
    {
        std::string key;
        std::size_t failures = 0;
        TimePoint forgiven_at; // the last one, or its first failure
        TimePoint waits_until;
        std::optional<TimePoint> told_at;
        std::uint64_t refused = 0;
    };

    Entry* find(const std::string& address, TimePoint now);

    LoginGuardLimits limits_;
    std::list<Entry> entries_; // the one that failed last comes last
    std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

} // namespace covnc
