#include "rfb/audio_messages.h"

#include "rfb/constants.h"

namespace covnc {

namespace {

// "QEMU Audio Server Message".
constexpr std::uint16_t kEnd = 0;
constexpr std::uint16_t kBegin = 1;
constexpr std::uint16_t kData = 2;

void write_head(ByteWriter& writer, std::uint16_t operation)
{
    writer.u8(static_cast<std::uint8_t>(ServerMessageType::kQemu));
    writer.u8(kQemuAudioMessage);
    writer.u16(operation);
}

AudioFormat read_format(ByteReader& in)
{
    const std::uint8_t samples = in.u8();
    AudioFormat format;
    format.channels = in.u8();
    format.frequency = in.u32();
    const bool is_known = samples <= static_cast<std::uint8_t>(SampleFormat::kS32);
    if (!is_known || format.channels < 1 || format.channels > 2 ||
        format.frequency < kLeastAudioFrequency || format.frequency > kMostAudioFrequency) {
        throw ProtocolError("no such sound: format " + std::to_string(samples) + ", " +
                            std::to_string(format.channels) + " channels, " +
                            std::to_string(format.frequency) + " Hz");
    }
    format.samples = static_cast<SampleFormat>(samples);
    return format;
}

} // namespace

std::size_t audio_request_tail(std::uint16_t operation)
{
    switch (static_cast<AudioOperation>(operation)) {
    case AudioOperation::kEnable:
    case AudioOperation::kDisable:
        return 0;
    case AudioOperation::kSetFormat:
        return 6; // samples, channels, frequency
    }
    throw ProtocolError("unknown operation of sound " + std::to_string(operation));
}

AudioRequest AudioRequest::parse(ByteView body)
{
    ByteReader in(body, "QEMU audio message");
    in.skip(1); // the kind
    AudioRequest request;
    const std::uint16_t operation = in.u16();
    if (audio_request_tail(operation) > 0) {
        request.format = read_format(in);
    }
    request.operation = static_cast<AudioOperation>(operation);
    in.expect_end();
    return request;
}

void AudioRequest::write(Bytes& out) const
{
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(ClientMessageType::kQemu));
    writer.u8(kQemuAudioMessage);
    writer.u16(static_cast<std::uint16_t>(operation));
    if (operation == AudioOperation::kSetFormat) {
        writer.u8(static_cast<std::uint8_t>(format.samples));
        writer.u8(format.channels);
        writer.u32(format.frequency);
    }
}

void append_audio_begin(Bytes& out)
{
    ByteWriter writer(out);
    write_head(writer, kBegin);
}

void append_audio_end(Bytes& out)
{
    ByteWriter writer(out);
    write_head(writer, kEnd);
}

void append_audio_data_head(Bytes& out, std::size_t bytes)
{
    ByteWriter writer(out);
    write_head(writer, kData);
    writer.u32(static_cast<std::uint32_t>(bytes));
}

} // namespace covnc
