// User and password as they are.
#include "rfb/security/plain.h"
#include "tests/rfb/security/login_support.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

Task<> play_plain(LoginWorld& world, Bytes sent, bool ends)
{
    co_await world.viewer->write_all(ByteView(sent));
    if (ends) {
        world.viewer->shutdown_write();
    }
    Channel channel(*world.server);
    co_await note_outcome(world, log_in_plain(channel, world.policy, world.pool));
    CHECK(channel.reader().buffered() == 0);
}

// What comes of a login for which a viewer sends these bytes, and then nothing or its end.
std::string outcome_of(const Bytes& sent, bool ends = false, bool has_users = true)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    LoginWorld world(loop);
    if (!has_users) {
        world.policy.users = nullptr;
    }
    loop.run(play_plain(world, sent, ends));
    return world.outcome;
}

Bytes plain(std::string_view user, std::string_view password)
{
    Bytes out;
    append_plain(out, user, password);
    return out;
}

} // namespace

TEST_CASE("Plain: both lengths, then both texts", "[plain]")
{
    CHECK(plain("ann", "secret") == hex("00000003 00000006 616e6e 736563726574"));
    CHECK(outcome_of(plain("ann", "secret")) == "full ann");
    CHECK(outcome_of(plain("bob", "look")) == "view-only bob");
}

TEST_CASE("Plain: wrong ones are denied, whatever they hold", "[plain]")
{
    const std::string denied = "denied: unknown user or wrong password";
    CHECK(outcome_of(plain("ann", "Secret")) == denied);
    CHECK(outcome_of(plain("ann", "")) == denied);
    CHECK(outcome_of(plain("", "")) == denied);
    CHECK(outcome_of(plain("bob", "secret")) == denied);
    CHECK(outcome_of(plain(std::string("ann\0", 4), "secret")) == denied);
    CHECK(outcome_of(plain(std::string(1024, 'x'), std::string(1024, '\xff'))) == denied);
    CHECK(outcome_of(plain("broken", "x")) == "denied: the users' file is gone");
    CHECK(outcome_of(plain("ann", "secret"), false, false) == "denied: there are no users");
}

TEST_CASE("Plain: lengths are bounded before anything is held", "[plain]")
{
    const char* const hostile[] = {"00000401 00000000",
                                   "00000000 00000401",
                                   "80000000 00000000",
                                   "00000000 80000000",
                                   "ffffffff ffffffff",
                                   "00000003 ffffffff"};
    for (const char* const head : hostile) {
        CAPTURE(head);
        CHECK_THAT(outcome_of(hex(head)), Catch::StartsWith("ProtocolError: a "));
    }
}

TEST_CASE("Plain: cut off or silent at every byte", "[plain]")
{
    const Bytes whole = plain("ann", "secret");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        CHECK(outcome_of(cut, true) == "Disconnected");
        CHECK(outcome_of(cut, false) == "TimedOut");
    }
}
