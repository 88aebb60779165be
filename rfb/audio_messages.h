// Sound over RFB (rfbproto.rst, "QEMU Audio Client Message", "QEMU Audio Server Message"), both
// ways: parse for sessions, write for tests. Pure.
#pragma once

#include "rfb/audio_format.h"
#include "rfb/wire.h"

namespace covnc {

enum class AudioOperation : std::uint16_t {
    kEnable = 0,
    kDisable = 1,
    kSetFormat = 2,
};

struct AudioRequest
{
    AudioOperation operation = AudioOperation::kEnable;
    AudioFormat format; // of kSetFormat

    // body: from the byte after the type. Throws ProtocolError, also for a format that cannot be.
    static AudioRequest parse(ByteView body);
    void write(Bytes& out) const;

    friend bool operator==(const AudioRequest&, const AudioRequest&) = default;
};

// What follows the kind and the operation of a request. Throws ProtocolError: no such operation.
std::size_t audio_request_tail(std::uint16_t operation);

void append_audio_begin(Bytes& out);
void append_audio_end(Bytes& out);
// As many bytes of whole frames must follow.
void append_audio_data_head(Bytes& out, std::size_t bytes);

} // namespace covnc
