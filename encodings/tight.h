// Encoding 7: rectangles of one colour, of a palette or of full colour, each of the latter two
// deflated in a stream for its kind (rfbproto.rst, "Tight Encoding"). Any thread.
#pragma once

#include "encodings/deflate.h"
#include "encodings/encode.h"
#include "encodings/pixel_convert.h"
#include "encodings/tight_split.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace covnc {

// High nibbles of the byte that begins a Tight rectangle, those of pictures and fills.
inline constexpr std::uint8_t kTightFill = 0x80;
inline constexpr std::uint8_t kTightJpeg = 0x90;
inline constexpr std::uint8_t kTightPngPicture = 0xa0; // in TightPNG only
// The compact representation cannot say more.
inline constexpr std::size_t kMostTightLength = (std::size_t{1} << 22U) - 1;
inline constexpr std::int32_t kMostTightWidth = 2048;

// 1 to 3 bytes. length: at most kMostTightLength.
void append_compact_length(std::size_t length, std::vector<std::uint8_t>& out);

// The lossless rectangles of one update. They share windows, one for each kind of content; the
// first rectangle that uses a window makes the viewer reset its own, so that the update can follow
// anything. Rectangles that use no window (JPEG) may stand anywhere between.
class TightEncoder
{
public:
    // Throws PixelFormatError when the format is not valid.
    TightEncoder(const PixelFormat& format, Effort effort);

    // Appends one rectangle or several with their heads. Throws std::bad_alloc.
    void append(const SourceRect& rect, EncodedUpdate& update);

private:
    // The viewer's stream i is that of kind i.
    enum Kind : std::uint8_t { kFull, kMono, kIndexed, kKinds };

    // origin: of the piece, on the viewer's framebuffer.
    void append_area(const TightArea& area, Point origin, EncodedUpdate& update);
    // Each fills bytes_ with what a rectangle has before deflate.
    void gather_pixels(const PixelView& pixels);
    void gather_indices(const PixelView& pixels); // and palette_
    void pack_indices(Size size);
    void append_data(Kind kind, std::vector<std::uint8_t>& out);
    void append_palette(std::vector<std::uint8_t>& out) const;
    void append_pixel(std::uint32_t pixel, std::vector<std::uint8_t>& out) const;

    PixelConverter converter_;
    Effort effort_;
    TightSplitter splitter_;
    TightPalette palette_;
    std::array<std::unique_ptr<DeflateUnit>, kKinds> streams_; // those that were used
    std::vector<std::uint32_t> pixels_; // of the piece, as TPIXELs with zero bytes behind them
    PixelView piece_;                   // shows them
    std::vector<std::uint8_t> bytes_;   // a rectangle's, before deflate
    std::vector<std::uint8_t> deflated_;
};

// Bytes that TightEncoder::append() appends at most, heads included.
std::size_t tight_bound(Size size, std::size_t tpixel_bytes);

} // namespace covnc
