// A viewer that listens to what the machine plays: messages, their order, and lagging.
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;

namespace {

constexpr const char* kList = "02 00 0001 fffffefd";
constexpr const char* kAsk = "03 00 0000 0000 0002 0001";
constexpr const char* kAck = "0000 0000 0000 0000 fffffefd";
constexpr const char* kEnable = "ff 01 0000";
constexpr const char* kDisable = "ff 01 0001";
constexpr const char* kBegin = "ff 01 0001";
constexpr const char* kEnd = "ff 01 0000";

// Logs in, lists the extension and takes its announcement.
Task<> prepare(Peer& peer)
{
    co_await peer.log_in();
    co_await peer.send(kList);
    co_await peer.send(kAsk);
    co_await peer.expect(std::string("00 00 0002") + kAck);
    co_await peer.read(12 + 8); // the picture
}

Task<> prepare_to_listen(Peer& peer)
{
    co_await prepare(peer);
    co_await peer.send(kEnable);
    co_await peer.expect_silence();
}

} // namespace

TEST_CASE("sound goes to those who asked, from its begin to its end", "[session_audio]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        Peer& deaf = world.connect();
        co_await prepare_to_listen(peer);
        co_await prepare(deaf);
        world.display.audio().start(PcmFormat{});
        co_await peer.expect(kBegin);
        world.display.audio().play(hex("0100 0200 0300 0400"));
        co_await peer.expect("ff 01 0002 00000008 0100 0200 0300 0400");
        world.display.audio().play(hex("0500 0600"));
        world.display.audio().play(hex("0700 0800"));
        co_await peer.expect("ff 01 0002 00000008 0500 0600 0700 0800");
        world.display.audio().play(hex("0900 0a00"));
        world.display.audio().stop();
        co_await peer.expect(std::string("ff 01 0002 00000004 0900 0a00") + kEnd);
        world.display.audio().stop();
        co_await peer.expect_silence();
        co_await deaf.expect_silence();
    });
}

TEST_CASE("who comes to listen in the middle hears what comes then", "[session_audio]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.display.audio().start(PcmFormat{});
        Peer& first = world.connect();
        Peer& peer = world.connect();
        co_await prepare(first);
        co_await first.send(kEnable);
        co_await first.expect(kBegin);
        co_await prepare(peer);
        world.display.audio().play(hex("0100 0200"));
        co_await first.expect("ff 01 0002 00000004 0100 0200");
        co_await peer.send(kEnable);
        co_await peer.send(kEnable); // again
        co_await peer.expect(kBegin);
        co_await peer.expect_silence();
        world.display.audio().play(hex("0300 0400"));
        co_await peer.expect("ff 01 0002 00000004 0300 0400");
        co_await peer.send(kDisable);
        co_await peer.expect(kEnd);
        world.display.audio().play(hex("0500 0600"));
        co_await peer.expect_silence();
        co_await peer.send(kEnable);
        co_await peer.expect(kBegin);
    });
}

TEST_CASE("everybody hears it in the format of their own", "[session_audio]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& small = world.connect();
        Peer& usual = world.connect();
        co_await prepare(small);
        co_await small.send("ff 01 0002 00 01 0000ac44"); // U8, one channel
        co_await small.send(kEnable);
        co_await prepare_to_listen(usual);
        world.display.audio().start(PcmFormat{});
        co_await small.expect(kBegin);
        co_await usual.expect(kBegin);
        world.display.audio().play(hex("0040 0040 00c0 00c0"));
        co_await small.expect("ff 01 0002 00000002 c0 40");
        co_await usual.expect("ff 01 0002 00000008 0040 0040 00c0 00c0");
        // Another one in the middle: what follows is told to be another stream.
        co_await small.send("ff 01 0002 03 01 0000ac44");
        co_await small.expect(std::string(kEnd) + kBegin);
        co_await small.send("ff 01 0002 03 01 0000ac44"); // no other
        co_await small.expect_silence();
        world.display.audio().play(hex("0040 0020"));
        co_await small.expect("ff 01 0002 00000002 0030");
    });
}

TEST_CASE("a stream that follows another is told as such", "[session_audio]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await prepare_to_listen(peer);
        world.display.audio().start(PcmFormat{});
        co_await peer.expect(kBegin);
        world.display.audio().play(hex("0100 0200"));
        PcmFormat mono;
        mono.channels = 1;
        world.display.audio().start(mono);
        co_await peer.expect(std::string("ff 01 0002 00000004 0100 0200") + kEnd + kBegin);
        world.display.audio().play(hex("0300"));
        co_await peer.expect("ff 01 0002 00000004 0300 0300");
        // Over before the writer looked.
        world.display.audio().stop();
        co_await peer.expect(kEnd);
        world.display.audio().start(PcmFormat{});
        world.display.audio().play(hex("0500 0600"));
        world.display.audio().stop();
        co_await peer.expect(std::string(kBegin) + "ff 01 0002 00000004 0500 0600" + kEnd);
    });
}

TEST_CASE("a viewer that does not read loses sound, and memory is as before", "[session_audio]")
{
    play({2, 1}, [](World& world) -> Task<> {
        MemoryPipeScript narrow;
        narrow.capacity = 1000;
        Peer& slow = world.connect(narrow);
        Peer& quick = world.connect();
        co_await prepare_to_listen(slow);
        co_await prepare_to_listen(quick);
        world.display.audio().start(PcmFormat{});
        std::size_t heard = 0;
        co_await quick.expect(kBegin);
        const std::size_t piece = 44100 / 100 * 4;
        for (std::uint8_t i = 1; i <= 200; ++i) { // two seconds
            world.display.audio().play(Bytes(piece, i));
            co_await quick.read(8 + piece);
            heard += piece;
            co_await world.sleep(milliseconds(10));
        }
        CHECK(heard == 200 * piece);
        CHECK(slow.ended().empty());
        // It wakes up: the piece that was under way, then the newest at once.
        co_await slow.expect(kBegin);
        co_await slow.expect("ff 01 0002 000006e4");
        const Bytes first = co_await slow.read(piece);
        CHECK(first == Bytes(piece, 1));
        co_await slow.expect("ff 01 0002 000006e4");
        const Bytes newest = co_await slow.read(piece);
        CHECK(newest == Bytes(piece, 200));
        co_await slow.expect_silence();
        world.display.audio().play(Bytes(piece, 201));
        co_await slow.expect("ff 01 0002 000006e4");
        const Bytes next = co_await slow.read(piece);
        CHECK(next == Bytes(piece, 201));
    });
}

TEST_CASE("one format too many is silence, and the connection goes on", "[session_audio]")
{
    play({2, 1}, [](World& world) -> Task<> {
        std::vector<std::shared_ptr<AudioFeed>> others;
        for (std::uint32_t i = 0; i < Audio::kMostFormats; ++i) {
            others.push_back(world.display.audio().feed({SampleFormat::kS16, 2, 8000 + i}));
        }
        Peer& peer = world.connect();
        co_await prepare_to_listen(peer);
        world.display.audio().start(PcmFormat{});
        world.display.audio().play(hex("0100 0200"));
        co_await peer.expect_silence();
        others.clear();
        co_await peer.send(kEnable);
        co_await peer.expect(kBegin);
    });
}

TEST_CASE("requests for sound that cannot be end the connection", "[session_audio]")
{
    play({2, 1}, [](World& world) -> Task<> {
        for (const char* wrong : {"ff 01 0002 06 02 0000ac44",
                                  "ff 01 0002 03 03 0000ac44",
                                  "ff 01 0002 03 02 00000001",
                                  "ff 01 0003",
                                  "ff 02 0000",
                                  "ff 00 0001 00000061 0000001e"}) {
            Peer& peer = world.connect();
            co_await prepare(peer);
            co_await peer.send(wrong);
            co_await peer.end().wait();
            INFO(wrong);
            CHECK_THAT(peer.ended(), Catch::StartsWith("ProtocolError: "));
        }
    });
}
