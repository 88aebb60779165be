// What a viewer can take: its latest SetEncodings, boiled down (rfbproto.rst, "SetEncodings"). Of
// fixed size, however long the list was. A value, replaced as a whole by each SetEncodings.
#pragma once

#include "encodings/encode.h"
#include "rfb/constants.h"
#include "rfb/wire.h"

#include <cstdint>
#include <optional>

namespace covnc {

class EncodingSet
{
public:
    // Takes the numbers in the viewer's order; those that we do not know are dropped.
    void add(std::int32_t number);
    // Takes a piece of the message's list as it came, a multiple of 4 bytes. Throws ProtocolError
    // if it is not one.
    void add_wire(ByteView numbers);

    // The encoding for pixels: the first listed of ZRLE and Hextile, else Raw, which every viewer
    // takes. Raw never wins by coming first, because viewers put it there only when they believe
    // to be on the server's machine; then the rest of the list is in its usual order.
    Encoding preferred() const { return preferred_; }
    bool copy_rect() const { return copy_rect_; }
    bool has(PseudoEncoding encoding) const;

    // 0 .. 9. The first one listed counts, as in TigerVNC.
    std::optional<int> compression_level() const { return compression_level_; }
    // 0 .. 9. Without one no lossy encoding may be used.
    std::optional<int> quality_level() const { return quality_level_; }

    friend bool operator==(const EncodingSet&, const EncodingSet&) = default;

private:
    Encoding preferred_ = Encoding::kRaw;
    bool copy_rect_ = false;
    std::optional<int> compression_level_;
    std::optional<int> quality_level_;
    std::uint32_t pseudo_encodings_ = 0; // a bit each, by place in encoding_set.cpp's table
};

} // namespace covnc
