#include "coroutine/combinators.h"
#include "src/sources/shm/outbox.h"
#include "tests/src/shm/shm_support.h"

#include <array>
#include <map>
#include <optional>
#include <sys/socket.h>

using namespace covnc;
using namespace covnc::shm;
using namespace covnc::shm_test;

namespace {

using Message = std::vector<std::uint32_t>;

// An emulator that reads when it is told to.
struct Reader
{
    Reader()
    {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
        socket.emplace(loop, FileDescriptor(ends[0]));
        theirs = FileDescriptor(ends[1]);
    }

    void read()
    {
        std::array<std::uint32_t, 8> buffer{};
        ssize_t length = 0;
        while ((length = ::recv(theirs.get(), buffer.data(), sizeof buffer, MSG_DONTWAIT)) > 0) {
            messages.emplace_back(buffer.begin(), buffer.begin() + length / 4);
        }
    }
    // Until the outbox is empty.
    Task<> take_all(Outbox& outbox)
    {
        while (outbox.waiting() > 0) {
            read();
            co_await loop.yield();
        }
        read();
    }
    const std::vector<Message>& take(Outbox& outbox)
    {
        messages.clear();
        loop.run(run_until_first_ends(outbox.send_to(*socket), take_all(outbox)));
        return messages;
    }

    EventLoop loop;
    std::optional<MessageSocket> socket;
    FileDescriptor theirs;
    std::vector<Message> messages;
};

KeyInput key(std::uint32_t keysym, bool down, std::optional<std::uint8_t> scancode = {})
{
    KeyInput input;
    input.keysym = keysym;
    input.scancode = scancode;
    input.down = down;
    return input;
}

PointerInput pointer(Point position, Point motion, std::uint16_t buttons)
{
    PointerInput input;
    input.position = position;
    input.motion = motion;
    input.buttons = buttons;
    return input;
}

constexpr std::uint32_t kNone = 0xffffffff;

} // namespace

TEST_CASE("keys and pointer arrive in order, as they were", "[shm]")
{
    Outbox outbox;
    Reader reader;
    outbox.key(key('a', true, 30));
    outbox.key(key(0xff0d, true));
    outbox.pointer(pointer({7, 8}, {-1, 2}, 1));
    outbox.key(key('a', false, 30));
    CHECK(reader.take(outbox) == std::vector<Message>{{103, 'a', 30, 1},
                                                      {103, 0xff0d, kNone, 1},
                                                      {104, 7, 8, kNone, 2, 1},
                                                      {103, 'a', 30, 0}});
}

TEST_CASE("of a value, only the newest waits", "[shm]")
{
    Outbox outbox;
    Reader reader;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        outbox.set({DaemonMessageType::kFrameTaken, {i}});
        outbox.set({DaemonMessageType::kViewers, {i}});
        outbox.set({DaemonMessageType::kResize, {i, i}});
    }
    CHECK(outbox.waiting() == 3);
    CHECK(reader.take(outbox) == std::vector<Message>{{102, 999}, {106, 999}, {105, 999, 999}});
}

TEST_CASE("motion adds up, and a button or a key comes between", "[shm]")
{
    Outbox outbox;
    Reader reader;
    outbox.pointer(pointer({1, 1}, {1, -5}, 0));
    outbox.pointer(pointer({2, 2}, {2, -6}, 0));
    outbox.pointer(pointer({2, 2}, {0, 0}, 1));
    outbox.pointer(pointer({9, 2}, {7, 0}, 1));
    outbox.key(key('a', true));
    outbox.pointer(pointer({10, 2}, {1, 0}, 1));
    CHECK(reader.take(outbox) == std::vector<Message>{{104, 2, 2, 3, 0U - 11U, 0},
                                                      {104, 9, 2, 7, 0, 1},
                                                      {103, 'a', kNone, 1},
                                                      {104, 10, 2, 1, 0, 1}});
}

TEST_CASE("a letter goes up as it went down, whatever Shift did in between", "[shm]")
{
    Outbox outbox;
    Reader reader;
    outbox.key(key('A', true));
    outbox.key(key('a', false));
    outbox.key(key('a', true, 30));
    outbox.key(key('A', false, 30));
    CHECK(reader.take(outbox) ==
          std::vector<Message>{
              {103, 'A', kNone, 1}, {103, 'A', kNone, 0}, {103, 'a', 30, 1}, {103, 'a', 30, 0}});
}

TEST_CASE("an emulator that does not read costs little, and nothing stays down", "[shm]")
{
    Outbox outbox;
    Reader reader;
    outbox.key(key('x', true, 45));
    outbox.pointer(pointer({5, 6}, {}, 1));
    CHECK(reader.take(outbox).size() == 2); // it knows that these are down

    const std::size_t before_full = Outbox::kMostWaiting - 1;
    for (std::size_t i = 0; i < before_full; ++i) {
        outbox.key(key('a', i % 2 == 0, 30));
    }
    outbox.set({DaemonMessageType::kFrameTaken, {1}});
    outbox.set({DaemonMessageType::kViewers, {1}});
    outbox.key(key('b', true, 48));
    CHECK(outbox.waiting() == Outbox::kMostWaiting + 2);
    SECTION("with a key that goes down")
    {
        outbox.key(key('c', true, 46));
    }
    SECTION("with one that goes up")
    {
        outbox.key(key('x', false, 45));
    }
    SECTION("with the button")
    {
        outbox.pointer(pointer({5, 6}, {}, 0));
    }
    CHECK(outbox.waiting() < 10);
    outbox.set({DaemonMessageType::kFrameTaken, {2}});

    std::map<std::uint32_t, std::uint32_t> keys;
    std::uint32_t buttons = 1;
    std::uint32_t taken = 0;
    for (const Message& message : reader.take(outbox)) {
        if (message[0] == 103) {
            keys[message[2]] = message[3];
        } else if (message[0] == 104) {
            buttons = message[5];
        } else if (message[0] == 102) {
            taken = message[1];
        }
    }
    REQUIRE(keys.contains(45));
    for (const auto& [scancode, down] : keys) {
        CHECK(down == 0);
    }
    CHECK(buttons == 0);
    CHECK(taken == 2); // values are not forgotten
}

TEST_CASE("values go out however full it is of keys", "[shm]")
{
    Outbox outbox;
    Reader reader;
    for (std::size_t i = 0; i < Outbox::kMostWaiting; ++i) {
        outbox.key(key('a', i % 2 == 0, 30));
    }
    outbox.set({DaemonMessageType::kFrameTaken, {7}});
    CHECK(reader.take(outbox).back() == Message{102, 7});
}

TEST_CASE("of very many keys the oldest go up", "[shm]")
{
    Outbox outbox;
    Reader reader;
    const std::uint32_t count = Outbox::kMostHeld + 10;
    for (std::uint32_t i = 0; i < count; ++i) {
        outbox.key(key(0x3000 + i, true));
    }
    std::map<std::uint32_t, std::uint32_t> keys;
    for (const Message& message : reader.take(outbox)) {
        keys[message[1]] = message[3];
    }
    CHECK(keys.size() == count);
    for (const auto& [keysym, down] : keys) {
        CHECK(down == (keysym < 0x3000 + 10 ? 0U : 1U));
    }
}

TEST_CASE("sending goes on when the emulator reads again", "[shm]")
{
    Outbox outbox;
    Reader reader;
    const Bytes large(1000);
    while (reader.socket->try_send(large)) {
    }
    outbox.set({DaemonMessageType::kViewers, {3}});
    const std::vector<Message>& messages = reader.take(outbox);
    CHECK(messages.back() == Message{106, 3});
}
