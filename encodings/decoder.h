// A viewer's framebuffer and the state that its connection keeps for decoding: rectangles in,
// pixels out. Knows every encoding of pixels that servers send but H.264. Data comes from a server
// that may be hostile: everything is checked. One thread at a time; it owns what it holds.
#pragma once

#include "encodings/inflate.h"
#include "encodings/jpeg_decoder.h"
#include "encodings/pixel_reader.h"
#include "encodings/pixel_view.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace covnc {

// rfbproto.rst, "Encodings": those that the decoder knows and our server does not send.
namespace decodable {
inline constexpr std::int32_t kRaw = 0;
inline constexpr std::int32_t kCopyRect = 1;
inline constexpr std::int32_t kRre = 2;
inline constexpr std::int32_t kCoRre = 4;
inline constexpr std::int32_t kHextile = 5;
inline constexpr std::int32_t kZlib = 6;
inline constexpr std::int32_t kTight = 7;
inline constexpr std::int32_t kTrle = 15;
inline constexpr std::int32_t kZrle = 16;
inline constexpr std::int32_t kJpeg = 21;
inline constexpr std::int32_t kTightPng = -260;
} // namespace decodable

// Whether `encoding` carries pixels and Decoder knows it.
bool is_decodable(std::int32_t encoding);

class Decoder
{
public:
    // All pixels are black at first.
    Decoder(const PixelFormat& format, Size size);

    // For the rectangles from now on. Throws PixelFormatError.
    void set_format(const PixelFormat& format) { reader_ = PixelReader(format); }
    void set_colour(std::size_t index, const ColourMapEntry& entry)
    {
        reader_.set_colour(index, entry);
    }
    // All pixels are black then.
    void resize(Size size);

    // Decodes one rectangle; data is what follows its head, exactly. Throws DecodeError, also for
    // a rectangle that leaves the framebuffer or an encoding that is not decodable.
    void decode(const Rect& rect, std::int32_t encoding, std::span<const std::uint8_t> data);

    Size size() const { return size_; }
    // 0x00RRGGBB; valid until resize().
    PixelView pixels() const { return {pixels_.data(), size_, size_.width}; }

private:
    WritablePixelView part(const Rect& rect);
    void decode_copy(const Rect& rect, DecodeCursor& in);
    void decode_zlib(const WritablePixelView& out, DecodeCursor& in);
    void decode_zrle(const WritablePixelView& out, DecodeCursor& in);

    PixelReader reader_;
    Size size_;
    std::vector<std::uint32_t> pixels_;
    InflateStream zlib_;
    InflateStream zrle_;
    std::array<InflateStream, 4> tight_;
    JpegDecoder jpeg_; // keeps tables from rectangle to rectangle
};

} // namespace covnc
