// A viewer without a connection: update messages in, a picture out. Wants 32 bits a pixel. One
// thread.
#pragma once

#include "coroutine/event_loop.h"
#include "encodings/decoder.h"
#include "rfb/wire.h"

#include <cstdint>

namespace covnc::bench {

class DecodingViewer
{
public:
    // Black.
    explicit DecodingViewer(Size size) : decoder_(kNativePixelFormat, size) {}

    // message: a whole FramebufferUpdate and nothing else; LastRect may end it. Returns the pixels
    // that it brought. Throws DecodeError, ProtocolError, Disconnected where it is cut off.
    std::uint64_t read(ByteView message);

    PixelView pixels() const { return decoder_.pixels(); }

private:
    Task<std::uint64_t> read_update(ByteView message);

    EventLoop loop_; // nothing ever waits on it
    Decoder decoder_;
};

} // namespace covnc::bench
