// A viewer's decoders for tests: strict, slow, and written from the protocol's text alone; shares
// nothing with encodings/ but plain types and the colour map that viewers are sent. One thread.
#pragma once

#include "encodings/encode.h"
#include "encodings/geometry.h"
#include "encodings/pixel_format.h"

#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace covnc::test {

// The server broke the protocol, or did what strict viewers refuse. The text says where.
class DecodeError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

// What the decoder shows for a pixel that it never got; no decoded pixel looks like it.
inline constexpr std::uint32_t kUnsetPixel = 0xff000000U;

// A decoded pixel is 0x00RRGGBB with each channel of the format spread to 0 .. 255, so that it can
// be compared with expected_pixel() and be looked at.
std::uint32_t decoded_pixel(const PixelFormat& format, std::uint32_t value);
// What 0x00RRGGBB must look like once it went through `format`: rounded to the nearest level of
// each channel. The top byte of rgb does not matter.
std::uint32_t expected_pixel(const PixelFormat& format, std::uint32_t rgb);

class ByteReader;

// One connection of a viewer: its framebuffer and its zlib streams, which live from the first
// rectangle to the last. Knows every encoding that we send.
class UpdateDecoder
{
public:
    UpdateDecoder(const PixelFormat& format, Size size);
    UpdateDecoder(const UpdateDecoder&) = delete;
    UpdateDecoder& operator=(const UpdateDecoder&) = delete;
    ~UpdateDecoder();

    // Decodes the rectangle whose 12-byte head is at the front. Returns the bytes it took. Throws
    // DecodeError on any violation, also when bytes are missing.
    std::size_t decode_rectangle(std::span<const std::uint8_t> at_rect_header);
    // Decodes `count` rectangles one after another; returns the bytes they took.
    std::size_t decode_rectangles(std::uint32_t count, std::span<const std::uint8_t> body);
    // Decodes an update as a session sends it: with first_head() where this is the connection's
    // first use of its zlib stream. The body must hold exactly its rectangles.
    void decode(const EncodedUpdate& update);

    // For the rectangles from now on.
    void set_format(const PixelFormat& format) { format_ = format; }
    // All pixels are unset then.
    void resize(Size size);

    Size size() const { return size_; }
    // Row after row, without gaps.
    const std::vector<std::uint32_t>& pixels() const { return pixels_; }
    std::uint32_t pixel(std::int32_t x, std::int32_t y) const { return pixels_[index(x, y)]; }
    // Whether the zlib stream was used yet.
    bool has_zlib_header() const { return has_zlib_header_; }

private:
    std::size_t index(std::int32_t x, std::int32_t y) const
    {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(size_.width) +
               static_cast<std::size_t>(x);
    }
    void fill(const Rect& rect, std::uint32_t pixel);
    std::uint32_t read_pixel(ByteReader& in) const;
    std::uint32_t read_cpixel(ByteReader& in) const;

    void decode_raw(const Rect& rect, ByteReader& in);
    void decode_copy(const Rect& rect, ByteReader& in);
    void decode_hextile(const Rect& rect, ByteReader& in);
    struct HextileColours;
    void decode_hextile_tile(const Rect& tile, HextileColours& colours, ByteReader& in);
    void decode_rre(const Rect& rect, bool is_compact, ByteReader& in);
    void decode_zlib(const Rect& rect, ByteReader& in);
    void decode_trle(const Rect& rect, ByteReader& in);
    void decode_zrle(const Rect& rect, ByteReader& in);
    void decode_zrle_tile(const Rect& tile, ByteReader& in);
    void decode_tile(const Rect& tile,
                     std::uint32_t kind,
                     std::vector<std::uint32_t>& palette,
                     ByteReader& in);
    void decode_packed(const Rect& tile, const std::vector<std::uint32_t>& palette, ByteReader& in);
    void decode_rle(const Rect& tile, ByteReader& in);
    void
    decode_palette_rle(const Rect& tile, const std::vector<std::uint32_t>& palette, ByteReader& in);
    void decode_tight(const Rect& rect, ByteReader& in);
    void decode_tight_palette(const Rect& rect, z_stream& stream, ByteReader& in);
    void decode_tight_png(const Rect& rect, ByteReader& in);
    void decode_jpeg(const Rect& rect, std::span<const std::uint8_t> picture);
    static std::size_t jpeg_length(ByteReader in);
    std::uint32_t read_tpixel(ByteReader& in) const;
    std::size_t tpixel_bytes() const;
    std::vector<std::uint8_t> read_tight_data(std::size_t size, z_stream& stream, ByteReader& in);
    std::vector<std::uint32_t> read_palette(std::size_t colours, ByteReader& in) const;
    // Sets `length` pixels of the tile from number `at` on, in reading order; returns the next.
    std::size_t put_run(const Rect& tile, std::size_t at, std::size_t length, std::uint32_t pixel);
    static std::vector<std::uint8_t>
    inflate_all(z_stream& stream, std::span<const std::uint8_t> data, std::size_t most);
    // Viewers differ in whether Zlib and ZRLE share a stream: none may get both.
    std::vector<std::uint8_t>
    inflate_shared(std::span<const std::uint8_t> data, std::size_t most, std::int32_t encoding);

    PixelFormat format_;
    Size size_;
    std::vector<std::uint32_t> pixels_;
    z_stream zlib_{};
    std::array<z_stream, 4> tight_{};
    bool has_zlib_header_ = false;
    std::int32_t zlib_used_by_ = 0; // the encoding, once it is used
};

} // namespace covnc::test
