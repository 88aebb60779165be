// Fence and ContinuousUpdates, message by message (rfbproto.rst, "ClientFence", "ServerFence",
// "EnableContinuousUpdates", "EndOfContinuousUpdates").
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Raw, Fence, ContinuousUpdates.
constexpr const char* kEncodings = "02 00 0003 00000000 fffffec8 fffffec7";
constexpr const char* kEnable = "96 01 0000 0000 0002 0001";
constexpr const char* kDisable = "96 00 0000 0000 0002 0001";

// A fence that wants an answer, with this number.
std::string fence(const char* number)
{
    return std::string("f8 000000 80000001 04 ") + number;
}
std::string answer(const char* number)
{
    return std::string("f8 000000 00000001 04 ") + number;
}

// An update of 2x1 pixels of one colour, between its fences.
std::string update(const char* before, const char* colour, const char* behind)
{
    return fence(before) + "00 00 0001 0000 0000 0002 0001 00000000" + colour + colour +
           fence(behind);
}

// Fences are sent this often at least, and no more often around small updates.
constexpr Duration kFenceInterval = milliseconds(100);

Task<> start(World& world, Peer& peer)
{
    co_await peer.log_in();
    co_await peer.send(kEncodings);
    co_await peer.expect(fence("00000001") + "96");
    co_await peer.send(answer("00000001"));
    co_await world.sleep(kFenceInterval);
}

} // namespace

TEST_CASE("fences and continuous updates are announced once", "[session_flow]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await start(world, peer);
        co_await peer.send(kEncodings);
        co_await peer.expect_silence();
    });
}

TEST_CASE("continuous updates need fences", "[session_flow]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send("02 00 0002 00000000 fffffec7");
        co_await peer.expect_silence();
        co_await peer.send(kEnable);
        co_await peer.expect_end();
        CHECK(peer.ended() == "ProtocolError: client message type 150 belongs to an extension that "
                              "was not announced");
    });
}

TEST_CASE("a viewer's fence is answered with its payload, and without flags unknown to us",
          "[session_flow]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await start(world, peer);
        co_await peer.send("f8 000000 ffffffff 03 010203");
        co_await peer.expect("f8 000000 00000007 03 010203");
        co_await peer.send("f8 000000 80000000 00");
        co_await peer.expect("f8 000000 00000000 00");
    });
}

TEST_CASE("many fences whose answers nobody reads end the connection", "[session_flow]")
{
    play({2, 1}, [](World& world) -> Task<> {
        MemoryPipeScript narrow;
        narrow.capacity = 200;
        Peer& peer = world.connect(narrow);
        co_await start(world, peer);
        std::string many;
        for (int i = 0; i < 2000; ++i) {
            many += "f8 000000 80000000 00 ";
        }
        co_await peer.send(many);
        co_await peer.end().wait();
        CHECK(peer.ended() == "ProtocolError: more than 256 fences without reading the answers");
    });
}

TEST_CASE("continuous updates come without requests, until they are switched off", "[session_flow]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await start(world, peer);
        world.fill(0x112233);
        co_await peer.expect_silence(); // nothing was asked for
        co_await peer.send(kEnable);
        co_await peer.expect(update("00000002", "33221100", "00000003"));
        co_await peer.send(answer("00000002") + answer("00000003"));
        co_await world.sleep(kFenceInterval);
        world.fill(0x445566);
        co_await peer.expect(update("00000004", "66554400", "00000005"));
        co_await peer.send(answer("00000004") + answer("00000005"));
        co_await peer.send(kDisable);
        co_await peer.expect("96");
        world.fill(0x778899);
        co_await peer.expect_silence();
        co_await peer.send("03 01 0000 0000 0002 0001"); // requests work as ever
        co_await peer.expect(update("00000006", "99887700", "00000007"));
    });
}

TEST_CASE("small updates that follow each other soon have no fences of their own", "[session_flow]")
{
    play({2, 1}, [](World& world) -> Task<> {
        const std::string plain = "00 00 0001 0000 0000 0002 0001 00000000";
        Peer& peer = world.connect();
        co_await start(world, peer);
        co_await peer.send(kEnable);
        co_await peer.expect(update("00000002", "00000000", "00000003"));
        world.fill(0x112233);
        co_await peer.expect(plain + "33221100 33221100");
        co_await world.sleep(milliseconds(20));
        world.fill(0x223344);
        co_await peer.expect(plain + "44332200 44332200");
        co_await world.sleep(milliseconds(20));
        co_await world.sleep(milliseconds(60));
        world.fill(0xffffff);
        co_await peer.expect(update("00000004", "ffffff00", "00000005"));
    });
}

TEST_CASE("continuous updates of a part leave the rest alone", "[session_flow]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await start(world, peer);
        co_await peer.send("96 01 0001 0000 0009 0009"); // reaches outside
        world.fill(0x112233);
        co_await peer.expect(fence("00000002") +
                             "00 00 0001 0001 0000 0001 0001 00000000 33221100" +
                             fence("00000003"));
        co_await peer.expect_silence();
    });
}

TEST_CASE("a viewer that does not answer is sent no more than its window", "[session_flow]")
{
    play({100, 100}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await start(world, peer);
        co_await peer.send("96 01 0000 0000 0064 0064");
        const std::size_t update_size = 2 * 13 + 4 + 12 + 40'000;
        for (std::uint32_t i = 1; i <= 2; ++i) { // the second began when 40 000 of 65 536 were out
            world.fill(i);
            co_await peer.read(update_size);
            co_await world.sleep(kFenceInterval);
        }
        world.fill(3);
        co_await peer.expect_silence();
        co_await peer.send(answer("00000005")); // both updates
        co_await peer.read(12);
    });
}

TEST_CASE("a viewer that gives fences up with much under way goes on without them",
          "[session_flow]")
{
    play({200, 100}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await start(world, peer);
        co_await peer.send("96 01 0000 0000 00c8 0064");
        world.fill(1);
        co_await peer.read(2 * 13 + 4 + 12 + 80'000);
        world.fill(2);
        co_await peer.expect_silence();
        co_await peer.send("02 00 0001 00000000");
        co_await peer.read(4 + 12 + 80'000);
    });
}

TEST_CASE("who has no fences and a narrow link gets small updates, and input's echo soon",
          "[session_flow]")
{
    play({200, 200}, [](World& world) -> Task<> {
        constexpr std::size_t kBytesPerSecond = 100'000; // and a picture has 160 000
        Peer& peer = world.connect();
        co_await peer.log_in();
        std::size_t last = 0;
        for (std::uint32_t i = 1; i <= 20; ++i) {
            world.fill(i);
            const char* const request =
                i == 1 ? "03 00 0000 0000 00c8 00c8" : "03 01 0000 0000 00c8 00c8";
            co_await peer.send(request);
            const Bytes head = co_await peer.read(4);
            last = 4;
            for (int rectangle = 0; rectangle < head[3]; ++rectangle) {
                const Bytes place = co_await peer.read(12);
                const auto side = [&](std::size_t at) {
                    return static_cast<std::size_t>(place[at] << 8U | place[at + 1]);
                };
                const std::size_t bytes = side(4) * side(6) * 4;
                co_await peer.read(bytes);
                last += 12 + bytes;
            }
            co_await world.sleep(std::chrono::duration_cast<Duration>(
                std::chrono::duration<double>(static_cast<double>(last) / kBytesPerSecond)));
        }
        CHECK(last > 0);
        CHECK(last <= kBytesPerSecond / 8);
    });
}
