// Encoding -260: as Tight, but PNG pictures instead of compressed pixels (rfbproto.rst, "Tight PNG
// Encoding"). Any thread.
#pragma once

#include "encodings/encode.h"
#include "encodings/pixel_convert.h"
#include "encodings/tight_piece.h"
#include "encodings/tight_split.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace covnc {

// The lossless rectangles of an update. PNG carries 24-bit colour whatever the viewer's format is.
// They are rounded to the levels of that format all the same: fills, which have its pixels, and
// pictures then show equal colours, and who asked for less colour gets fewer bytes.
class TightPngEncoder
{
public:
    // Throws PixelFormatError when the format is not valid.
    TightPngEncoder(const PixelFormat& format, Effort effort);

    // Appends one rectangle or several with their heads. Throws std::bad_alloc.
    void append(const SourceRect& rect, EncodedUpdate& update);

private:
    void append_area(const TightArea& area, std::vector<std::uint8_t>& out);
    void append_fill(std::uint32_t rgb, std::vector<std::uint8_t>& out) const;
    void append_picture(const TightArea& area, std::vector<std::uint8_t>& out);
    void load(const PixelView& pixels);

    PixelConverter fill_converter_; // to the viewer's format
    Effort effort_;
    bool is_rounded_; // the viewer's format cannot show all colours
    // What a channel of 0 .. 255 looks like in the viewer's format.
    std::array<std::uint8_t, 256> red_{};
    std::array<std::uint8_t, 256> green_{};
    std::array<std::uint8_t, 256> blue_{};
    std::vector<std::uint32_t> rounded_;
    TightPiece piece_; // red, green, blue
    TightSplitter splitter_;
    std::vector<std::uint8_t> png_;
};

// Bytes that TightPngEncoder::append() appends at most, heads included.
std::size_t tight_png_bound(Size size);

} // namespace covnc
