// What a viewer can take: its latest SetEncodings, boiled down (rfbproto.rst, "SetEncodings"). Of
// fixed size, however long the list was. A value, replaced as a whole by each SetEncodings.
#pragma once

#include "encodings/encode.h"
#include "rfb/constants.h"
#include "rfb/wire.h"

#include <array>
#include <cstddef>
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

    // The encoding for exact pixels: the first listed of those that we send, else Raw, which every
    // viewer takes. Raw never wins by coming first, because viewers put it there only when they
    // believe to be on the server's machine; then the rest of the list is in its usual order. Nor
    // does Tight where ZRLE is listed too: most viewers have it in front by default, and our ZRLE
    // is smaller for all but photographs. Nor does it where TightPNG is: only noVNC lists that,
    // whose inflate (pako, in all versions) has no window left once a stream was reset, as we do.
    // without: one that this connection must not be sent.
    Encoding preferred(std::optional<Encoding> without = {}) const;
    // With what else goes into an encoded update: JPEG where the viewer names a quality and lists
    // an encoding that carries it. Its levels are few, so that many viewers share updates.
    EncodeSettings settings(std::optional<Encoding> without = {}) const;
    bool copy_rect() const { return lists(Encoding::kCopyRect); }
    bool has(PseudoEncoding encoding) const;

    // 0 .. 9. The first one listed counts, as in TigerVNC.
    std::optional<int> compression_level() const { return compression_level_; }
    // 0 .. 9. Without one and without a fine one no lossy encoding may be used.
    std::optional<int> quality_level() const { return quality_level_; }
    // 0 .. 100, libjpeg's. TurboVNC's viewers send it besides a level, which then does not count.
    std::optional<int> fine_quality() const { return fine_quality_; }
    std::optional<Subsampling> subsampling() const { return subsampling_; }

    friend bool operator==(const EncodingSet&, const EncodingSet&) = default;

private:
    static constexpr std::size_t kMostEncodings = 16;

    bool lists(Encoding encoding) const;

    std::array<Encoding, kMostEncodings> listed_{}; // those that we send, in the viewer's order
    std::size_t listed_count_ = 0;
    std::optional<int> compression_level_;
    std::optional<int> quality_level_;
    std::optional<int> fine_quality_;
    std::optional<Subsampling> subsampling_;
    std::uint32_t pseudo_encodings_ = 0; // a bit each, by place in encoding_set.cpp's table
};

} // namespace covnc
