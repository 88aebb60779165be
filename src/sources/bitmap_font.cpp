#include "src/sources/bitmap_font.h"

#include <algorithm>
#include <cmath>

namespace covnc {

namespace {

using detail::FontData;

constexpr char kFirst = 0x20;
constexpr char kLast = 0x7e;
constexpr unsigned kFullLevel = 7;

// 0 .. kFullLevel; nothing outside of the cell.
unsigned level_at(const FontData& font, char character, std::int32_t x, std::int32_t y)
{
    const std::int32_t row = y - font.first_row;
    if (x < 0 || x >= font.cell.width || row < 0 || row >= font.rows) {
        return 0;
    }
    const std::int32_t pixel =
        ((character - kFirst) * font.rows + row) * font.cell.width + x; // below 2^16
    const auto pair = static_cast<unsigned>(font.pixels[pixel / 2] - '0');
    return pixel % 2 == 0 ? pair % 8 : pair / 8;
}

// Coverage between four of the large font's pixels, for a glyph drawn at `scale`. The slope at the
// edges is made steep again, so that they stay one pixel wide.
unsigned enlarged(char character, std::int32_t x, std::int32_t y, int scale)
{
    const FontData& font = detail::kLargeFont;
    const double factor = scale / 2.0;
    const double at_x = (x + 0.5) / factor - 0.5;
    const double at_y = (y + 0.5) / factor - 0.5;
    const auto left = static_cast<std::int32_t>(std::floor(at_x));
    const auto top = static_cast<std::int32_t>(std::floor(at_y));
    const auto between = [&](std::int32_t row) {
        const double part = at_x - left;
        // The analyzer takes the captured font for uninitialised.
        // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage)
        return level_at(font, character, left, row) * (1 - part) +
               level_at(font, character, left + 1, row) * part;
    };
    const double share = at_y - top;
    const double level = (between(top) * (1 - share) + between(top + 1) * share) / kFullLevel;
    return static_cast<unsigned>(std::clamp((level - 0.5) * factor + 0.5, 0.0, 1.0) * 255);
}

// 0 .. 255
unsigned coverage_at(char character, std::int32_t x, std::int32_t y, int scale)
{
    if (scale > 2) {
        return enlarged(character, x, y, scale);
    }
    const FontData& font = scale == 1 ? detail::kSmallFont : detail::kLargeFont;
    return level_at(font, character, x, y) * 255 / kFullLevel;
}

void draw_glyph(
    WritablePixelView surface, const Rect& cell, char character, std::uint32_t colour, int scale)
{
    const Rect visible = cell.intersected(Rect::of(surface.size()));
    for (std::int32_t y = visible.y; y < visible.bottom(); ++y) {
        std::uint32_t* const row = surface.row(y);
        for (std::int32_t x = visible.x; x < visible.right(); ++x) {
            const unsigned coverage = coverage_at(character, x - cell.x, y - cell.y, scale);
            if (coverage != 0) {
                row[x] = blend(row[x], colour, coverage);
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
