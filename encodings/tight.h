// Encoding 7: rectangles of one colour, of a palette or of full colour, each of the latter two
// deflated in a stream for its kind (rfbproto.rst, "Tight Encoding"). Any thread.
#pragma once

#include "encodings/deflate.h"
#include "encodings/encode.h"
#include "encodings/tight_piece.h"
#include "encodings/tight_split.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace covnc {

// The byte that begins a rectangle of Tight or TightPNG, where no stream is used.
inline constexpr std::uint8_t kTightFill = 0x80;
inline constexpr std::uint8_t kTightJpeg = 0x90;
inline constexpr std::uint8_t kTightPngPicture = 0xa0; // in TightPNG only
// The compact representation cannot say more.
inline constexpr std::size_t kMostTightLength = (std::size_t{1} << 22U) - 1;

// 1 to 3 bytes. length: at most kMostTightLength.
void append_compact_length(std::size_t length, std::vector<std::uint8_t>& out);

// The lossless rectangles of one update. They share windows, one for each kind of content; the
// first rectangle that uses a window makes the viewer reset its own, so that the update can follow
// anything. Rectangles that use no window (JPEG) may stand anywhere between.
class TightEncoder
{
public:
    // Throws PixelFormatError when the format is not valid.
    // may_use_gradient: whether the viewer knows that filter; noVNC before 1.5 does not.
    TightEncoder(const PixelFormat& format, bool may_use_gradient, Effort effort);

    // Appends one rectangle or several with their heads. Throws std::bad_alloc.
    void append(const SourceRect& rect, EncodedUpdate& update);

private:
    // The viewer's stream i is that of kind i.
    enum Kind : std::uint8_t { kFull, kMono, kIndexed, kGradient, kKinds };

    void append_area(const TightArea& area, std::vector<std::uint8_t>& out);
    void append_full(const Rect& area, std::vector<std::uint8_t>& out);
    void append_data(Kind kind, std::span<const std::uint8_t> data, std::vector<std::uint8_t>& out);
    void append_palette(std::vector<std::uint8_t>& out) const;

    TightPiece piece_;
    Effort effort_;
    bool may_use_gradient_;
    TightSplitter splitter_;
    std::array<std::unique_ptr<DeflateUnit>, kKinds> streams_; // those that were used
    std::vector<std::uint8_t> differences_;
    std::vector<std::uint8_t> deflated_; // a rectangle's
};

// Bytes that TightEncoder::append() appends at most, heads included.
std::size_t tight_bound(Size size, std::size_t tpixel_bytes);

} // namespace covnc
