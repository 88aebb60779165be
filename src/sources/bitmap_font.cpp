#include "src/sources/bitmap_font.h"

namespace covnc {

namespace {

constexpr char kFirst = 0x20;
constexpr char kLast = 0x7e;
constexpr unsigned kFullNibble = 15;

unsigned coverage_at(char character, std::int32_t x, std::int32_t y)
{
    const auto glyph = static_cast<std::size_t>(character - kFirst);
    const std::size_t pixel =
        (glyph * static_cast<std::size_t>(kGlyphSize.height) + static_cast<std::size_t>(y)) *
            static_cast<std::size_t>(kGlyphSize.width) +
        static_cast<std::size_t>(x);
    const std::uint64_t word = detail::kFontCoverage[pixel / 16];
    return static_cast<unsigned>(word >> (pixel % 16 * 4)) & kFullNibble;
}

void draw_glyph(
    WritablePixelView surface, const Rect& cell, char character, std::uint32_t colour, int scale)
{
    const Rect visible = cell.intersected(Rect::of(surface.size()));
    for (std::int32_t y = visible.y; y < visible.bottom(); ++y) {
        std::uint32_t* const row = surface.row(y);
        for (std::int32_t x = visible.x; x < visible.right(); ++x) {
            const unsigned nibble =
                coverage_at(character, (x - cell.x) / scale, (y - cell.y) / scale);
            if (nibble != 0) {
                row[x] = blend(row[x], colour, nibble * 255 / kFullNibble);
            }
        }
    }
}

} // namespace

std::uint32_t blend(std::uint32_t under, std::uint32_t over, unsigned coverage)
{
    const auto mix = [&](unsigned shift) {
        const std::uint32_t sum =
            (over >> shift & 0xffU) * coverage + (under >> shift & 0xffU) * (255 - coverage);
        return (sum + 127) / 255 << shift;
    };
    return mix(16) | mix(8) | mix(0);
}

Size text_size(std::string_view text, int scale)
{
    return {static_cast<std::int32_t>(text.size()) * kGlyphSize.width * scale,
            kGlyphSize.height * scale};
}

void draw_text(WritablePixelView surface,
               Point position,
               std::string_view text,
               std::uint32_t colour,
               int scale)
{
    Rect cell{position.x, position.y, kGlyphSize.width * scale, kGlyphSize.height * scale};
    for (const char character : text) {
        const bool printable = character >= kFirst && character <= kLast;
        draw_glyph(surface, cell, printable ? character : '?', colour, scale);
        cell.x += cell.width;
    }
}

} // namespace covnc
