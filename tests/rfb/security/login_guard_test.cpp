// Who has to wait after failed logins, for how long, and who never: in virtual time.
#include "rfb/handshake.h"
#include "rfb/security/login_guard.h"
#include "tests/rfb/security/login_support.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

TimePoint at(Duration since_start)
{
    return TimePoint(since_start);
}

void fail(LoginGuard& guard, const std::string& address, int times, Duration when = {})
{
    for (int i = 0; i < times; ++i) {
        guard.failed(address, at(when));
    }
}

} // namespace

TEST_CASE("five failures are free, then waits double up to ten minutes", "[login-guard]")
{
    LoginGuardLimits limits;
    limits.forgives_every = hours(24);
    LoginGuard guard(limits);
    Duration now{};
    fail(guard, "192.0.2.1", 4);
    CHECK(guard.wait_for("192.0.2.1", at(now)) == Duration());
    for (const int wait : {10, 20, 40, 80, 160, 320, 600, 600, 600}) {
        guard.failed("192.0.2.1", at(now));
        CHECK(guard.wait_for("192.0.2.1", at(now)) == seconds(wait));
        CHECK(guard.wait_for("192.0.2.1", at(now + seconds(wait - 1))) == seconds(1));
        CHECK(guard.wait_for("192.0.2.2", at(now)) == Duration());
        now += seconds(wait);
        CHECK(guard.wait_for("192.0.2.1", at(now)) == Duration());
    }
}

TEST_CASE("what is tried while an address has to wait does not count", "[login-guard]")
{
    LoginGuard guard;
    fail(guard, "192.0.2.1", 1000);
    CHECK(guard.wait_for("192.0.2.1", at({})) == seconds(10));
}

TEST_CASE("a failure is forgiven every ten minutes, and nothing else helps", "[login-guard]")
{
    LoginGuard guard;
    fail(guard, "192.0.2.1", 4);
    fail(guard, "192.0.2.1", 1, minutes(10)); // there are four again
    CHECK(guard.wait_for("192.0.2.1", at(minutes(10))) == Duration());
    fail(guard, "192.0.2.1", 1, minutes(10) + seconds(1));
    CHECK(guard.wait_for("192.0.2.1", at(minutes(10) + seconds(1))) == seconds(10));
    // One every ten minutes for a day: nobody waits.
    Duration now = hours(2);
    for (int i = 0; i < 144; ++i, now += minutes(10)) {
        fail(guard, "192.0.2.1", 1, now);
        CHECK(guard.wait_for("192.0.2.1", at(now)) == Duration());
    }
    CHECK(guard.wait_for("192.0.2.1", at(now + minutes(10))) == Duration());
    CHECK(guard.addresses() == 0);
}

TEST_CASE("where no failure is one too many, nobody waits", "[login-guard]")
{
    LoginGuardLimits limits;
    limits.free_failures = 0;
    LoginGuard guard(limits);
    fail(guard, "192.0.2.1", 1000);
    CHECK(guard.wait_for("192.0.2.1", at({})) == Duration());
}

TEST_CASE("who has no address is never kept waiting", "[login-guard]")
{
    LoginGuard guard;
    fail(guard, "", 100);
    CHECK(guard.wait_for("", at({})) == Duration());
    CHECK(guard.addresses() == 0);
}

TEST_CASE("neighbours of one IPv6 network wait together", "[login-guard]")
{
    LoginGuard guard;
    fail(guard, "[2001:db8:1:2::1]", 3);
    fail(guard, "[2001:db8:1:2:ffff::9]", 2);
    CHECK(guard.wait_for("[2001:db8:1:2:3:4:5:6]", at({})) == seconds(10));
    CHECK(guard.wait_for("[2001:db8:1:3::1]", at({})) == Duration());
    fail(guard, "[::ffff:192.0.2.7]", 5);
    CHECK(guard.wait_for("192.0.2.7", at({})) == seconds(10));
    CHECK(guard.wait_for("[::ffff:192.0.2.8]", at({})) == Duration());
}

TEST_CASE("it remembers a bounded number of addresses, those that failed last", "[login-guard]")
{
    LoginGuardLimits limits;
    limits.addresses = 100;
    LoginGuard guard(limits);
    fail(guard, "first", 5);
    fail(guard, "second", 4);
    for (int i = 0; i < 98; ++i) {
        fail(guard, "192.0.2." + std::to_string(i), 1);
    }
    CHECK(guard.addresses() == 100);
    fail(guard, "second", 1); // is the newest now
    fail(guard, "one more", 1);
    CHECK(guard.addresses() == 100);
    CHECK(guard.wait_for("first", at({})) == Duration());
    CHECK(guard.wait_for("second", at({})) == seconds(10));
}

TEST_CASE("the log is told of those turned away once a minute", "[login-guard]")
{
    LoginGuard guard;
    fail(guard, "192.0.2.1", 5);
    CHECK(guard.count_refusal("192.0.2.1", at({})) == 1U);
    for (int i = 1; i < 60; ++i) {
        CHECK(guard.count_refusal("192.0.2.1", at(seconds(i))) == std::nullopt);
    }
    CHECK(guard.count_refusal("192.0.2.1", at(minutes(1))) == 60U);
}

namespace {

// One login by VNC password from an address, as far as the server's handshake goes: "in", or the
// error.
Task<std::string>
knock(LoginWorld& world, LoginGuard& guard, std::string address, std::string password)
{
    auto ends = make_memory_streams();
    ends.second->set_peer_address(std::move(address));
    const Bytes head = hex(std::string(kVersion38) + "02");
    co_await ends.first->write_all(ByteView(head));
    auto answer = [](Stream& viewer, std::string secret) -> Task<> {
        Bytes bytes(12 + 2 + kVncChallengeSize);
        co_await viewer.read_exact(bytes);
        VncChallenge challenge{};
        std::copy(bytes.begin() + 14, bytes.end(), challenge.begin());
        const VncResponse response = vnc_response(secret, challenge);
        co_await viewer.write_all(ByteView(response));
        Bytes result(4);
        co_await viewer.read_exact(result);
        const std::uint8_t shared = 1;
        co_await viewer.write_all(ByteView(&shared, 1));
    };
    Channel channel(*ends.second);
    try {
        co_await when_all(handshake(channel, world.policy, world.pool, &guard),
                          answer(*ends.first, std::move(password)));
    } catch (const LoginsBlocked& error) {
        co_return std::string("blocked: ") + error.what();
    } catch (const AuthenticationError& error) {
        co_return error.what();
    }
    co_return "in";
}

// What a 3.8 viewer that knocks is told.
Task<Bytes> told(LoginWorld& world, LoginGuard& guard, std::string address, std::string version)
{
    auto ends = make_memory_streams();
    ends.second->set_peer_address(std::move(address));
    const Bytes head = hex(version);
    co_await ends.first->write_all(ByteView(head));
    Channel channel(*ends.second);
    try {
        co_await handshake(channel, world.policy, world.pool, &guard);
    } catch (const LoginsBlocked&) { // NOLINT(bugprone-empty-catch): as expected
    }
    Bytes bytes(ends.second->bytes_written());
    co_await ends.first->read_exact(bytes);
    co_return bytes;
}

void play_logins(Task<> (*story)(LoginWorld&))
{
    VirtualClock clock;
    EventLoop loop(&clock);
    LoginWorld world(loop);
    world.policy.types = {SecurityType::kVncAuth};
    world.policy.passwords = {"secret", "", {}};
    loop.run(story(world));
}

} // namespace

TEST_CASE("after five wrong passwords not even the right one opens, for a while", "[login-guard]")
{
    play_logins([](LoginWorld& world) -> Task<> {
        LoginGuard guard;
        for (int i = 0; i < 5; ++i) {
            const std::string outcome = co_await knock(world, guard, "192.0.2.1", "guess");
            CHECK(outcome == "wrong password");
        }
        std::string outcome = co_await knock(world, guard, "192.0.2.1", "secret");
        CHECK(outcome == "blocked: too many failed logins; try again in 9 s");
        outcome = co_await knock(world, guard, "192.0.2.2", "secret");
        CHECK(outcome == "in");
        outcome = co_await knock(world, guard, "", "secret");
        CHECK(outcome == "in");
        co_await world.loop.sleep_for(seconds(10));
        outcome = co_await knock(world, guard, "192.0.2.1", "secret");
        CHECK(outcome == "in");
        // It has not earned new guesses.
        outcome = co_await knock(world, guard, "192.0.2.1", "guess");
        CHECK(outcome == "wrong password");
        outcome = co_await knock(world, guard, "192.0.2.1", "secret");
        CHECK(outcome == "blocked: too many failed logins; try again in 19 s");
    });
}

TEST_CASE("many guesses at once are no more guesses", "[login-guard]")
{
    play_logins([](LoginWorld& world) -> Task<> {
        LoginGuard guard;
        // They get past the first check together; the right one among them comes late.
        std::vector<std::string> outcomes(40);
        const auto try_one = [](LoginWorld& where,
                                LoginGuard& with,
                                std::string password,
                                std::string& outcome) -> Task<> {
            outcome = co_await knock(where, with, "192.0.2.1", std::move(password));
        };
        const TaskContext context = co_await current_context();
        TaskScope scope(context);
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            scope.spawn(try_one(world, guard, i == 30 ? "secret" : "guess", outcomes[i]));
        }
        co_await scope.join();
        CHECK(std::count(outcomes.begin(), outcomes.end(), "wrong password") == 5);
        CHECK(std::count(outcomes.begin(), outcomes.end(), "in") == 0);
        CHECK_THAT(outcomes[30], Catch::StartsWith("blocked: "));
    });
}

TEST_CASE("an address that has to wait is told so in its version", "[login-guard]")
{
    play_logins([](LoginWorld& world) -> Task<> {
        LoginGuard guard;
        fail(guard, "192.0.2.1", 5, world.loop.now().time_since_epoch());
        const std::string reason = "too many failed logins; try again in 10 s";
        Bytes bytes = co_await told(world, guard, "192.0.2.1", kVersion38);
        CHECK(Bytes(bytes.begin() + 12, bytes.begin() + 17) == hex("00 00000029"));
        CHECK(std::string(bytes.begin() + 17, bytes.end()) == reason);
        const char* const version33 = "52 46 42 20 30 30 33 2e 30 30 33 0a";
        bytes = co_await told(world, guard, "192.0.2.1", version33);
        CHECK(Bytes(bytes.begin() + 12, bytes.begin() + 20) == hex("00000000 00000029"));
    });
}

TEST_CASE("who leaves before an answer has not failed", "[login-guard]")
{
    play_logins([](LoginWorld& world) -> Task<> {
        LoginGuard guard;
        for (int i = 0; i < 20; ++i) {
            auto ends = make_memory_streams();
            ends.second->set_peer_address("192.0.2.1");
            const Bytes head = hex(std::string(kVersion38) + "02");
            co_await ends.first->write_all(ByteView(head));
            ends.first->shutdown_write();
            Channel channel(*ends.second);
            bool is_gone = false;
            try {
                co_await handshake(channel, world.policy, world.pool, &guard);
            } catch (const Disconnected&) {
                is_gone = true;
            }
            CHECK(is_gone);
        }
        CHECK(guard.addresses() == 0);
    });
}
