#include "src/no_signal.h"

#include "src/sources/bitmap_font.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::uint32_t kBackground = 0x10141c;
constexpr std::uint32_t kTitle = 0xd8dee9;
constexpr std::uint32_t kText = 0x7b8799;

void draw_centred(WritablePixelView surface,
                  std::int32_t y,
                  std::string_view text,
                  std::uint32_t colour,
                  int scale)
{
    const auto fitting = static_cast<std::size_t>(surface.width() / (kGlyphSize.width * scale));
    text = text.substr(0, fitting);
    const Size size = text_size(text, scale);
    draw_text(surface, {(surface.width() - size.width) / 2, y}, text, colour, scale);
}

} // namespace

void show_no_signal(Display& display, std::string_view source, std::string_view reason)
{
    const WritablePixelView surface = display.back();
    for (std::int32_t y = 0; y < surface.height(); ++y) {
        std::fill_n(surface.row(y), surface.width(), kBackground);
    }
    const int scale = surface.width() >= 480 ? 3 : 1;
    const std::int32_t line = kGlyphSize.height;
    const std::int32_t middle = surface.height() / 2;
    draw_centred(surface, middle - line * scale - line / 2, "no signal", kTitle, scale);
    draw_centred(surface, middle, source, kText, 1);
    draw_centred(surface, middle + line + line / 4, reason, kText, 1);
    display.set_cursor({});
    display.frame(Rect::of(surface.size()));
}

} // namespace covnc
