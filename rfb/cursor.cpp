#include "rfb/cursor.h"

#include "encodings/encode.h"
#include "encodings/pixel_convert.h"
#include "encodings/pixel_view.h"
#include "rfb/pseudo_rectangles.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace covnc {

namespace {

bool is_shown(std::uint32_t pixel)
{
    return pixel >= 0x80000000U; // half opaque
}

// What viewers take: not too large, and its hotspot inside.
Cursor fitted(const Cursor& cursor)
{
    if (cursor.size.is_empty()) {
        return {};
    }
    if (cursor.pixels.size() != static_cast<std::size_t>(cursor.size.area())) {
        throw std::invalid_argument("a cursor's pixels do not have its size");
    }
    const Size size{std::min(cursor.size.width, kMaxSentCursorSide),
                    std::min(cursor.size.height, kMaxSentCursorSide)};
    const Point hotspot{std::clamp(cursor.hotspot.x, 0, cursor.size.width - 1),
                        std::clamp(cursor.hotspot.y, 0, cursor.size.height - 1)};
    const Point cut{std::clamp(hotspot.x - size.width / 2, 0, cursor.size.width - size.width),
                    std::clamp(hotspot.y - size.height / 2, 0, cursor.size.height - size.height)};
    Cursor result{size, {hotspot.x - cut.x, hotspot.y - cut.y}, {}};
    const PixelView whole(cursor.pixels.data(), cursor.size, cursor.size.width);
    for (std::int32_t y = cut.y; y < cut.y + size.height; ++y) {
        const std::uint32_t* const row = &whole.at(cut.x, y);
        result.pixels.insert(result.pixels.end(), row, row + size.width);
    }
    return result;
}

void append_head(Bytes& out, const Cursor& cursor, PseudoEncoding encoding)
{
    const Rect area{cursor.hotspot.x, cursor.hotspot.y, cursor.size.width, cursor.size.height};
    RectangleHead{area, static_cast<std::int32_t>(encoding)}.write(out);
}

// A bit a pixel, the leftmost highest; rows of whole bytes.
template <typename Predicate>
Bytes bitmap(const Cursor& cursor, Predicate is_set)
{
    const auto width = static_cast<std::size_t>(cursor.size.width);
    const std::size_t row_bytes = (width + 7) / 8;
    Bytes bits(row_bytes * static_cast<std::size_t>(cursor.size.height));
    for (std::size_t i = 0; i < cursor.pixels.size(); ++i) {
        if (is_set(cursor.pixels[i])) {
            const std::size_t column = i % width;
            bits[i / width * row_bytes + column / 8] |=
                static_cast<std::uint8_t>(0x80U >> (column % 8));
        }
    }
    return bits;
}

void append_masked(Bytes& out, const Cursor& cursor, const PixelFormat& format)
{
    const PixelConverter converter(format, PixelPacking::kPixel);
    Bytes pixels(cursor.pixels.size() * format.bytes_per_pixel());
    converter.convert(cursor.pixels, pixels.data());
    const Bytes mask = bitmap(cursor, is_shown);
    append_cursor(out, {cursor.size, cursor.hotspot, pixels, mask}, format.bytes_per_pixel());
}

// R, G, B, A, by function(channel, alpha).
template <typename Function>
void append_rgba(Bytes& out, const Cursor& cursor, Function function)
{
    for (const std::uint32_t pixel : cursor.pixels) {
        const std::uint32_t alpha = pixel >> 24U;
        for (const unsigned shift : {16U, 8U, 0U}) {
            out.push_back(static_cast<std::uint8_t>(function(pixel >> shift & 0xffU, alpha)));
        }
        out.push_back(static_cast<std::uint8_t>(alpha));
    }
}

void append_with_alpha(Bytes& out, const Cursor& cursor)
{
    append_head(out, cursor, PseudoEncoding::kCursorWithAlpha);
    ByteWriter(out).s32(static_cast<std::int32_t>(Encoding::kRaw));
    append_rgba(out, cursor, [](std::uint32_t channel, std::uint32_t alpha) {
        return (channel * alpha + 127) / 255;
    });
}

void append_vmware(Bytes& out, const Cursor& cursor)
{
    constexpr std::uint8_t kAlphaType = 1;
    append_head(out, cursor, PseudoEncoding::kVmwareCursor);
    ByteWriter writer(out);
    writer.u8(kAlphaType);
    writer.padding(1);
    append_rgba(out, cursor, [](std::uint32_t channel, std::uint32_t) { return channel; });
}

// --- X Cursor --------------------------------------------------------------------------------

// Of 0 .. 255000, by ITU-R BT.601.
std::uint32_t brightness(std::uint32_t pixel)
{
    return 299 * (pixel >> 16U & 0xffU) + 587 * (pixel >> 8U & 0xffU) + 114 * (pixel & 0xffU);
}

class AverageColour
{
public:
    void add(std::uint32_t pixel)
    {
        for (std::size_t i = 0; i < 3; ++i) {
            sums_[i] += pixel >> (16U - 8U * i) & 0xffU;
        }
        ++count_;
    }
    // Black where there was no pixel.
    void write(Bytes& out) const
    {
        const std::uint64_t count = std::max<std::uint64_t>(count_, 1);
        for (const std::uint64_t sum : sums_) {
            out.push_back(static_cast<std::uint8_t>((sum + count / 2) / count));
        }
    }

private:
    std::array<std::uint64_t, 3> sums_{}; // red, green, blue
    std::uint64_t count_ = 0;
};

// Its pixels are parted half way between the darkest and the brightest; each part has the average
// of its colours. The darker one is the primary.
void append_two_colours(Bytes& out, const Cursor& cursor)
{
    append_head(out, cursor, PseudoEncoding::kXCursor);
    if (cursor.size.is_empty()) {
        return;
    }
    std::uint32_t darkest = 255000;
    std::uint32_t brightest = 0;
    for (const std::uint32_t pixel : cursor.pixels) {
        if (is_shown(pixel)) {
            darkest = std::min(darkest, brightness(pixel));
            brightest = std::max(brightest, brightness(pixel));
        }
    }
    const std::uint32_t middle = (darkest + brightest) / 2;
    const auto is_dark = [&](std::uint32_t pixel) {
        return is_shown(pixel) && brightness(pixel) <= middle;
    };
    AverageColour dark;
    AverageColour bright;
    for (const std::uint32_t pixel : cursor.pixels) {
        if (is_shown(pixel)) {
            (is_dark(pixel) ? dark : bright).add(pixel);
        }
    }
    dark.write(out);
    bright.write(out);
    ByteWriter writer(out);
    writer.bytes(bitmap(cursor, is_dark));
    writer.bytes(bitmap(cursor, is_shown));
}

} // namespace

CursorForm best_cursor_form(const EncodingSet& encodings)
{
    if (encodings.has(PseudoEncoding::kCursorWithAlpha)) {
        return CursorForm::kAlpha;
    }
    if (encodings.has(PseudoEncoding::kVmwareCursor)) {
        return CursorForm::kVmware;
    }
    if (encodings.has(PseudoEncoding::kCursor)) {
        return CursorForm::kMasked;
    }
    return encodings.has(PseudoEncoding::kXCursor) ? CursorForm::kTwoColours : CursorForm::kNone;
}

void append_cursor_for(Bytes& out, const Cursor& cursor, const PixelFormat& format, CursorForm form)
{
    switch (form) {
    case CursorForm::kAlpha:
        append_with_alpha(out, fitted(cursor));
        break;
    case CursorForm::kVmware:
        append_vmware(out, fitted(cursor));
        break;
    case CursorForm::kMasked:
        append_masked(out, fitted(cursor), format);
        break;
    case CursorForm::kTwoColours:
        append_two_colours(out, fitted(cursor));
        break;
    case CursorForm::kNone:
        break;
    }
}

} // namespace covnc
