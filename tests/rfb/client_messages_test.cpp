#include "rfb/client_messages.h"
#include "tests/rfb/message_support.h"

#include <vector>

using namespace covnc;
using namespace covnc::test;

namespace {

template <typename Message>
void has_bytes(const Message& message, const Bytes& bytes)
{
    CHECK(written(message) == bytes);
    CHECK(Message::parse(body_of(bytes)) == message);
    wants_exactly(body_of(bytes), [](const Bytes& body) { return Message::parse(body); });
}

template <typename Message>
void survives(const Message& message)
{
    CHECK(Message::parse(body_of(written(message))) == message);
}

} // namespace

TEST_CASE("the bytes of each message, and no others, are that message", "[client_messages]")
{
    has_bytes(SetPixelFormat{kNativePixelFormat},
              hex("00 000000 20 18 00 01 00ff 00ff 00ff 10 08 00 000000"));
    has_bytes(FramebufferUpdateRequest{true, {1, 2, 1024, 65535}},
              hex("03 01 0001 0002 0400 ffff"));
    has_bytes(FramebufferUpdateRequest{}, hex("03 00 0000 0000 0000 0000"));
    has_bytes(KeyEvent{true, 0xff0d}, hex("04 01 0000 0000ff0d"));
    has_bytes(ExtendedKeyEvent{true, 0xff53, 0xcd}, hex("ff 00 0001 0000ff53 000000cd"));
    has_bytes(EnableContinuousUpdates{true, {0, 1, 2, 3}}, hex("96 01 0000 0001 0002 0003"));
    has_bytes(XvpRequest{1, XvpCode::kReboot}, hex("fa 00 01 03"));
    has_bytes(SetDesktopSize{{{1024, 768}, {{5, {0, 0, 1024, 768}, 6}}}},
              hex("fb 00 0400 0300 01 00 00000005 0000 0000 0400 0300 00000006"));
    has_bytes(SetDesktopSize{{{1024, 768}, {}}}, hex("fb 00 0400 0300 00 00"));
}

TEST_CASE("any flag but zero is true", "[client_messages]")
{
    CHECK(KeyEvent::parse(hex("02 ffff 00000041")) == KeyEvent{true, 0x41});
    CHECK(ExtendedKeyEvent::parse(hex("00 0100 00000041 0000001e")).down);
    CHECK(FramebufferUpdateRequest::parse(hex("80 0000 0000 0000 0000")).incremental);
    CHECK(EnableContinuousUpdates::parse(hex("ff 0000 0000 0000 0000")).enable);
}

TEST_CASE("SetEncodings lists its numbers", "[client_messages]")
{
    Bytes out;
    write_set_encodings(out, std::vector<std::int32_t>{16, -239});
    CHECK(out == hex("02 00 0002 00000010 ffffff11"));
    out.clear();
    write_set_encodings(out, {});
    CHECK(out == hex("02 00 0000"));
    CHECK_THROWS_AS(write_set_encodings(out, std::vector<std::int32_t>(65536)), std::length_error);
}

TEST_CASE("a pixel format that is not valid is an error of the protocol", "[client_messages]")
{
    CHECK_THROWS_AS(SetPixelFormat::parse(hex("000000 18 18 00 01 00ff 00ff 00ff 10 08 00 000000")),
                    ProtocolError);
    CHECK_THROWS_AS(SetPixelFormat::parse(hex("000000 20 18 00 01 00ff 00ff 00ff ff 08 00 000000")),
                    ProtocolError);
}

TEST_CASE("a pointer event of six bytes has bit 7 as the back button", "[client_messages]")
{
    const PointerEvent event{kButtonBack | kButtonLeft, {3, 65535}};
    CHECK(written(event, false) == hex("05 81 0003 ffff"));
    CHECK(PointerEvent::parse(hex("81 0003 ffff")) == event);
}

TEST_CASE("a pointer event of seven bytes has the extension's buttons", "[client_messages]")
{
    const PointerEvent event{kButtonForward | kButtonRight, {3, 4}};
    CHECK(written(event, true) == hex("05 84 0003 0004 02"));
    CHECK(PointerEvent::parse(hex("84 0003 0004 02")) == event);
    CHECK(PointerEvent::parse(hex("80 0000 0000 01")).buttons == kButtonBack);
    CHECK(PointerEvent::parse(hex("80 0000 0000 00")).buttons == 0);
    CHECK(written(PointerEvent{kButtonLeft, {1, 2}}, true) == hex("05 01 0001 0002"));
}

TEST_CASE("reserved extension buttons press nothing", "[client_messages]")
{
    CHECK(PointerEvent::parse(hex("81 0000 0000 fc")).buttons == kButtonLeft);
}

TEST_CASE("a pointer event that is cut or too long is an error", "[client_messages]")
{
    const Bytes body = hex("01 0001 0002");
    wants_exactly(body, [](const Bytes& bytes) { return PointerEvent::parse(bytes); });
    CHECK_THROWS_AS(PointerEvent::parse(hex("80 0001 0002 01 00")), ProtocolError);
}

TEST_CASE("a QEMU message of another kind is no key event", "[client_messages]")
{
    CHECK_THROWS_AS(ExtendedKeyEvent::parse(hex("01 0001 0000ff53 000000cd")), ProtocolError);
}

TEST_CASE("a count of screens larger than what follows is an error", "[client_messages]")
{
    CHECK_THROWS_AS(SetDesktopSize::parse(hex("00 0400 0300 ff 00")), ProtocolError);
    Bytes out;
    const SetDesktopSize many{{{1, 1}, std::vector<Screen>(256)}};
    CHECK_THROWS_AS(many.write(out), std::length_error);
    CHECK(out.empty());
}

TEST_CASE("random messages survive the wire", "[client_messages]")
{
    Random random;
    for (int i = 0; i < 300; ++i) {
        survives(FramebufferUpdateRequest{random.flag(), random.rect()});
        survives(KeyEvent{random.flag(), random.u32()});
        survives(ExtendedKeyEvent{random.flag(), random.u32(), random.u32()});
        survives(EnableContinuousUpdates{random.flag(), random.rect()});
        survives(XvpRequest{random.u8(), static_cast<XvpCode>(random.u8())});
        const PointerEvent extended{static_cast<std::uint16_t>(random.below(512)), random.point()};
        CHECK(PointerEvent::parse(body_of(written(extended, true))) == extended);
        const PointerEvent plain{random.u8(), random.point()};
        CHECK(PointerEvent::parse(body_of(written(plain, false))) == plain);
        SetDesktopSize resize{{{random.u16(), random.u16()}, {}}};
        for (std::size_t n = random.below(5); n > 0; --n) {
            resize.layout.screens.push_back({random.u32(), random.rect(), random.u32()});
        }
        survives(resize);
    }
}
