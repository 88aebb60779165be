// Turning pixels into the body of a FramebufferUpdate. Pure functions: equal arguments give equal
// bytes, nothing depends on a connection, and any thread may call them. See docs/architecture.md,
// "Encode once, deliver to many".
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_format.h"
#include "encodings/pixel_view.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace covnc {

class DeflateUnit;

// Encodings that carry pixels, with their numbers on the wire (rfbproto.rst, "Encodings").
enum class Encoding : std::int32_t {
    kRaw = 0,
    kCopyRect = 1,
    kRre = 2,
    kCoRre = 4,
    kHextile = 5,
    kZlib = 6,
    kTight = 7,
    kTrle = 15,
    kZrle = 16,
    kJpeg = 21,
    kTightPng = -260,
};

// How JPEG thins out colour: one sample of it for so many pixels.
enum class Subsampling : std::uint8_t {
    kNone,
    kTwo,  // 2x1
    kFour, // 2x2
    kGrey, // no colour
};

// What the encoder may spend. The decoder cannot tell, so it need not be part of a cache key.
enum class Effort : std::uint8_t {
    kFast,   // an update is due, or a first frame is wanted at once
    kNormal, // cost is shared and there is time
};

// How pixels go out. Equal values give equal bytes of equal pixels, so viewers that share them
// share encoded updates.
struct EncodeSettings
{
    // An encoding alone: nothing is lost.
    EncodeSettings(Encoding exact = Encoding::kRaw) // NOLINT(google-explicit-constructor)
        : encoding(exact)
    {}

    Encoding encoding; // of what must be exact
    // What photographs may be sent in besides: kTight, kTightPng or kJpeg. Nothing: they must be
    // exact too.
    std::optional<Encoding> lossy;
    int jpeg_quality = 0; // libjpeg's, 1 .. 100; only with `lossy`, like the next
    Subsampling subsampling = Subsampling::kNone;
    // Tight's gradient filter may be used: photographs that must be exact go as Tight then,
    // whatever the encoding of the rest, and have a fifth fewer bytes. In haste a whole update does
    // where it has many colours and would be ZRLE or Zlib. noVNC before 1.5 does not know the
    // filter.
    bool tight_gradient = false;
    // The most that may be spent: a viewer on a fast network would rather have it soon.
    Effort most_effort = Effort::kNormal;

    friend bool operator==(const EncodeSettings&, const EncodeSettings&) = default;
};

// Pixels that go to `position` of the viewer's framebuffer; view and position have the same size.
struct SourceRect
{
    Rect position;
    PixelView pixels;
};

// Moves the pixels of `destination`'s size that the viewer has at `source`.
struct CopyRect
{
    Rect destination;
    Point source;

    Rect source_rect() const { return {source.x, source.y, destination.width, destination.height}; }

    friend bool operator==(const CopyRect&, const CopyRect&) = default;
};

// The rectangles of one update, ready for any connection that has the right base.
struct EncodedUpdate
{
    // Rectangles in the body. At most 65535; the planner sees to it.
    std::uint32_t rectangle_count = 0;
    // Complete rectangles: 12-byte head, then data.
    std::vector<std::uint8_t> body;
    // ZRLE and Zlib only: offset of the first rectangle's U32 zlib length, which is followed by raw
    // deflate. The very first such rectangle a connection gets must carry 2 more bytes of length
    // and 78 01 before the deflate bytes; see first_head(). 0: there is no such rectangle.
    std::size_t first_zlib_length_at = 0;
    // Where the viewer gets pixels that are not quite those that went in.
    std::vector<Rect> lossy;

    // body[0 .. first_zlib_length_at + 4) as a connection's first use of its zlib stream needs it:
    // with length + 2, and the zlib header 78 01 after it. Only where first_zlib_length_at != 0.
    std::vector<std::uint8_t> first_head() const;
};

// Copies first, in the order given, then the pixel rectangles in theirs; empty ones are left out.
// A rectangle may be sent as several. Pixels that differ in the undefined top byte only give equal
// bytes. Throws PixelFormatError when the format is not valid, std::invalid_argument when the
// encoding does not carry pixels, a view has another size than its position, or a rectangle leaves
// 0 .. 65535; std::bad_alloc.
EncodedUpdate encode_update(std::span<const CopyRect> copies,
                            std::span<const SourceRect> rects,
                            const PixelFormat& format,
                            const EncodeSettings& settings,
                            Effort effort);
// The same, but ZRLE and Zlib refer to what went through `window` before: for viewers that were
// sent all of that, one update after the other, and nothing else in their zlib stream.
EncodedUpdate encode_update(std::span<const CopyRect> copies,
                            std::span<const SourceRect> rects,
                            const PixelFormat& format,
                            const EncodeSettings& settings,
                            Effort effort,
                            DeflateUnit& window);

// Bytes that the body of these arguments has at most, whatever the pixels look like: about 0.1 %
// (ZRLE, Zlib), 0.4 to 1.6 % (Hextile and TRLE, 32 to 8 bpp), 1 to 4 % (Tight, likewise), 0.07 %
// (RRE, CoRRE) or nothing (Raw) more than the pixels themselves; TightPNG has up to 4 bytes for
// each. Of lossless settings only.
std::size_t encoded_size_bound(std::span<const CopyRect> copies,
                               std::span<const SourceRect> rects,
                               const PixelFormat& format,
                               Encoding encoding);

} // namespace covnc
