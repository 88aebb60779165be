#include "rfb/audio_messages.h"
#include "tests/rfb/message_support.h"

using namespace covnc;
using namespace covnc::test;

TEST_CASE("requests for sound are as the specification writes them", "[audio_messages]")
{
    const AudioRequest format{AudioOperation::kSetFormat, {SampleFormat::kU8, 1, 22050}};
    const std::vector<std::pair<AudioRequest, Bytes>> all{
        {{AudioOperation::kEnable, {}}, hex("ff 01 0000")},
        {{AudioOperation::kDisable, {}}, hex("ff 01 0001")},
        {format, hex("ff 01 0002 00 01 00005622")},
    };
    for (const auto& [request, bytes] : all) {
        CHECK(written(request) == bytes);
        CHECK(AudioRequest::parse(body_of(bytes)) == request);
        wants_exactly(body_of(bytes), [](ByteView body) { AudioRequest::parse(body); });
    }
}

TEST_CASE("sounds that cannot be are refused", "[audio_messages]")
{
    for (const char* body : {"01 0002 06 02 0000ac44", // no such samples
                             "01 0002 03 00 0000ac44", // no channels
                             "01 0002 03 03 0000ac44", // three
                             "01 0002 03 02 00000000", // no time
                             "01 0002 03 02 00000f9f", // 3999 Hz
                             "01 0002 03 02 0000bb81", // 48001 Hz
                             "01 0002 03 02 ffffffff",
                             "01 0003"}) {
        CAPTURE(body);
        CHECK_THROWS_AS(AudioRequest::parse(hex(body)), ProtocolError);
    }
    CHECK(AudioRequest::parse(hex("01 0002 05 01 00000fa0")).format.frequency == 4000);
    CHECK(AudioRequest::parse(hex("01 0002 05 01 0000bb80")).format.frequency == 48000);
}

TEST_CASE("messages of sound are as the specification writes them", "[audio_messages]")
{
    Bytes out;
    append_audio_begin(out);
    append_audio_data_head(out, 0x1234);
    append_audio_end(out);
    CHECK(out == hex("ff 01 0001 ff 01 0002 00001234 ff 01 0000"));
}

TEST_CASE("a frame is as many bytes as its samples", "[audio_messages]")
{
    CHECK(AudioFormat{SampleFormat::kU8, 1, 44100}.frame_bytes() == 1);
    CHECK(AudioFormat{SampleFormat::kS8, 2, 44100}.frame_bytes() == 2);
    CHECK(AudioFormat{SampleFormat::kU16, 2, 44100}.frame_bytes() == 4);
    CHECK(AudioFormat{SampleFormat::kS32, 2, 44100}.frame_bytes() == 8);
}
