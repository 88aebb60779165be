// The viewer's side: where a rectangle's data ends, for every encoding that we may list. Reads
// structure and lengths only; what the bytes mean is encodings/decoder.h. Loop thread only.
#pragma once

#include "coroutine/buffered_reader.h"
#include "encodings/pixel_format.h"
#include "rfb/pseudo_rectangles.h"
#include "rfb/wire.h"

#include <cstdint>

namespace covnc {

class RectangleReader
{
public:
    // keeps_data: data() holds the bytes; otherwise most of them are skipped unseen.
    RectangleReader(BufferedReader& reader, bool keeps_data)
        : reader_(reader),
          keeps_data_(keeps_data)
    {}

    // For the rectangles from now on; must be valid.
    void set_format(const PixelFormat& format) { format_ = format; }

    // Reads what follows the head, which must lie within a framebuffer of a size that is bearable.
    // Nothing is taken for a length above what the rectangle's pixels can need. Suspends for the
    // peer. Throws ProtocolError for an encoding of unknown length, Disconnected, Cancelled.
    Task<> read(RectangleHead head);

    // Of the last rectangle; valid until the next read().
    ByteView data() const { return data_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    Task<> read_pixels(const RectangleHead& head);
    Task<> read_pseudo(const RectangleHead& head);
    Task<> read_screens();
    Task<> read_alpha_cursor(const RectangleHead& head);
    Task<> read_vmware_cursor(std::uint64_t pixels);
    Task<> read_rre(const Rect& area, std::size_t head_size);
    Task<> read_hextile(Rect area);
    Task<> read_hextile_tile(std::uint64_t pixels);
    Task<> read_tight(Rect area);
    Task<> read_tight_png();
    Task<> read_tight_picture();
    Task<> read_jpeg(std::uint64_t limit);
    Task<unsigned> read_jpeg_marker(std::uint64_t limit);
    Task<> read_jpeg_segment(std::uint64_t limit);
    Task<unsigned> read_jpeg_scan(std::uint64_t limit);
    void check_jpeg_length(std::uint64_t limit) const;
    Task<> read_tight_basic(Rect area, unsigned kind);
    Task<> read_compressed(std::uint64_t size);
    Task<> read_trle(Rect area);
    Task<> read_trle_tile(Rect tile);
    Task<> read_runs(std::uint64_t pixels, bool has_palette);
    // A U32 length, then so many bytes.
    Task<> read_counted(std::uint64_t limit);

    Task<> take(std::uint64_t count);
    Task<std::uint8_t> take_byte();
    Task<std::uint32_t> take_u32();
    Task<std::uint64_t> take_compact_length();

    BufferedReader& reader_;
    bool keeps_data_;
    PixelFormat format_;
    Bytes data_;
    std::uint64_t bytes_ = 0;
    std::size_t trle_palette_ = 0; // colours of the last palette, for tiles that reuse it
};

} // namespace covnc
