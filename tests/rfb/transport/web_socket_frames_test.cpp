// Frames byte by byte (RFC 6455, sections 5.2 to 5.7).
#include "rfb/transport/web_socket_frames.h"
#include "tests/rfb/message_support.h"

#include <catch2/catch.hpp>

#include <numeric>

using namespace covnc;
using namespace covnc::test;

namespace {

struct Read
{
    Read() = default;
    std::vector<std::string> frames; // "binary:Hello", "ping:", of whole frames
    std::string error;
    int code = 0;
};

std::string name_of(WebSocketOpcode opcode)
{
    switch (opcode) {
    case WebSocketOpcode::kBinary:
        return "binary:";
    case WebSocketOpcode::kClose:
        return "close:";
    case WebSocketOpcode::kPing:
        return "ping:";
    case WebSocketOpcode::kPong:
        return "pong:";
    case WebSocketOpcode::kContinuation:
    case WebSocketOpcode::kText:
        break;
    }
    return "?:";
}

// Feeds `bytes` in pieces of `step`.
Read read_frames(const Bytes& bytes, WebSocketRole role, std::size_t step)
{
    FrameReader reader(role);
    Read read;
    std::string frame;
    try {
        for (std::size_t at = 0; at < bytes.size(); at += step) {
            ByteView input = ByteView(bytes).subspan(at, std::min(step, bytes.size() - at));
            while (const std::optional<FramePiece> piece = reader.next(input)) {
                frame.append(piece->data.begin(), piece->data.end());
                if (piece->ends_frame) {
                    read.frames.push_back(name_of(piece->opcode) + std::exchange(frame, {}));
                }
            }
        }
    } catch (const WebSocketError& error) {
        read.error = error.what();
        read.code = static_cast<int>(error.code());
    }
    return read;
}

Read from_server(const std::string& hex_bytes)
{
    return read_frames(hex(hex_bytes), WebSocketRole::kClient, 1);
}

Read from_client(const std::string& hex_bytes)
{
    return read_frames(hex(hex_bytes), WebSocketRole::kServer, 1);
}

constexpr WebSocketMask kMask{0x37, 0xfa, 0x21, 0x3d}; // the RFC's example

Bytes client_frame(std::uint8_t first_byte, const Bytes& payload)
{
    Bytes frame;
    append_frame_head(frame, WebSocketOpcode::kBinary, payload.size(), &kMask);
    frame[0] = first_byte;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        frame.push_back(payload[i] ^ kMask[i % kMask.size()]);
    }
    return frame;
}

} // namespace

TEST_CASE("the examples of RFC 6455, 5.7, with binary where it has text", "[websocket]")
{
    CHECK(from_server("82 05 48 65 6c 6c 6f").frames == std::vector<std::string>{"binary:Hello"});
    CHECK(from_client("82 85 37 fa 21 3d 7f 9f 4d 51 58").frames ==
          std::vector<std::string>{"binary:Hello"});
    // Fragments: "Hel" and "lo".
    CHECK(from_server("02 03 48 65 6c 80 02 6c 6f").frames ==
          std::vector<std::string>{"binary:Hel", "binary:lo"});
    CHECK(from_server("89 05 48 65 6c 6c 6f").frames == std::vector<std::string>{"ping:Hello"});
    CHECK(from_client("8a 85 37 fa 21 3d 7f 9f 4d 51 58").frames ==
          std::vector<std::string>{"pong:Hello"});
    // The examples as they stand are text, which is nothing for RFB.
    CHECK(from_server("81 05 48 65 6c 6c 6f").code == 1003);
    CHECK(from_client("81 85 37 fa 21 3d 7f 9f 4d 51 58").code == 1003);
}

TEST_CASE("every form of a length is written and read, in pieces of any size", "[websocket]")
{
    const std::size_t size = GENERATE(0U, 1U, 125U, 126U, 127U, 65535U, 65536U, 200000U);
    const std::size_t step = GENERATE(1U, 7U, 4096U, 1000000U);
    Bytes payload(size);
    std::iota(payload.begin(), payload.end(), std::uint8_t{1});
    const Bytes frame = client_frame(0x82, payload);
    CHECK(frame.size() == size + 4 + (size < 126 ? 2 : size < 65536 ? 4 : 10));
    const Read read = read_frames(frame, WebSocketRole::kServer, step);
    REQUIRE(read.frames.size() == 1);
    CHECK(read.frames[0] == "binary:" + std::string(payload.begin(), payload.end()));
}

TEST_CASE("heads of the examples with 256 bytes and 64 KiB", "[websocket]")
{
    Bytes head;
    append_frame_head(head, WebSocketOpcode::kBinary, 256);
    CHECK(head == hex("82 7e 01 00"));
    head.clear();
    append_frame_head(head, WebSocketOpcode::kBinary, 65536);
    CHECK(head == hex("82 7f 00 00 00 00 00 01 00 00"));
}

TEST_CASE("control frames may stand between fragments", "[websocket]")
{
    CHECK(from_server("02 01 41  89 01 70  00 01 42  8a 00  80 01 43").frames ==
          std::vector<std::string>{"binary:A", "ping:p", "binary:B", "pong:", "binary:C"});
}

TEST_CASE("what breaks the rules of frames is refused, with its code", "[websocket]")
{
    struct Case
    {
        const char* what;
        const char* bytes;
        int code;
    };
    const Case mistake = GENERATE(
        Case{"no mask", "82 01 41", 1002},
        Case{"an extension's bit", "c2 81 00 00 00 00 41", 1002},
        Case{"another extension's bit", "a2 81 00 00 00 00 41", 1002},
        Case{"an unknown opcode", "83 81 00 00 00 00 41", 1002},
        Case{"an unknown control opcode", "8b 81 00 00 00 00 41", 1002},
        Case{"text", "81 81 00 00 00 00 41", 1003},
        Case{"a fragment of nothing", "80 81 00 00 00 00 41", 1002},
        Case{"a message in a message", "02 81 00 00 00 00 41 82 81 00 00 00 00 42", 1002},
        Case{"a ping in fragments", "09 81 00 00 00 00 41", 1002},
        Case{"a ping of 126 bytes", "89 fe 00 7e 00 00 00 00 41", 1002},
        Case{"16 bits for 125", "82 fe 00 7d 00 00 00 00 41", 1002},
        Case{"64 bits for 65535", "82 ff 00 00 00 00 00 00 ff ff 00 00 00 00 41", 1002},
        Case{"64 bits with the highest set", "82 ff 80 00 00 00 00 00 00 00 00 00 00 00 41", 1002},
        Case{"a gigabyte and one", "82 ff 00 00 00 00 40 00 00 01 00 00 00 00 41", 1009});
    INFO(mistake.what);
    const Read read = from_client(mistake.bytes);
    CHECK(read.code == mistake.code);
    CHECK_FALSE(read.error.empty());
}

TEST_CASE("a server's frame with a mask is refused by a client", "[websocket]")
{
    CHECK(from_server("82 81 00 00 00 00 41").code == 1002);
}

TEST_CASE("CVE-2015-1779, CVE-2017-18922: a frame that claims much is never held", "[websocket]")
{
    // A gigabyte is announced; each byte comes out as it comes in.
    FrameReader reader(WebSocketRole::kServer);
    const Bytes head = hex("82 ff 00 00 00 00 40 00 00 00 00 00 00 00");
    ByteView input(head);
    CHECK_FALSE(reader.next(input));
    for (int i = 0; i < 1000; ++i) {
        const Bytes byte{static_cast<std::uint8_t>(i)};
        input = byte;
        const std::optional<FramePiece> piece = reader.next(input);
        REQUIRE(piece);
        CHECK(piece->data.size() == 1);
        CHECK(piece->data[0] == static_cast<std::uint8_t>(i));
        CHECK_FALSE(piece->ends_frame);
    }
}

TEST_CASE("the reason of a Close is cut where a character ends", "[websocket]")
{
    CHECK(close_payload(WebSocketClose::kNormal, "") == hex("03 e8"));
    CHECK(close_payload(WebSocketClose::kPolicy, "no") == hex("03 f0 6e 6f"));
    CHECK(close_payload(WebSocketClose::kNormal, std::string(200, 'x')).size() == 125);
    std::string umlauts;
    for (int i = 0; i < 100; ++i) {
        umlauts += "\xc3\xa4";
    }
    const Bytes cut = close_payload(WebSocketClose::kNormal, umlauts);
    CHECK(cut.size() == 124); // 61 characters, and not half of the next
    CHECK(cut.back() == 0xa4);
}
