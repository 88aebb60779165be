#include "src/sources/qemu/screen.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace covnc {

namespace {

// Pixels; QEMU's own limit is 512.
constexpr std::int32_t kMaxCursorSide = 1024;

std::string text(Size size)
{
    return std::to_string(size.width) + "x" + std::to_string(size.height);
}

PixelLayout find_layout(std::uint32_t format)
{
    const std::optional<PixelLayout> layout = PixelLayout::from_pixman(format);
    if (!layout) {
        throw BadPicture("pixel format " + std::to_string(format) + " is unknown");
    }
    return *layout;
}

void check_size(Size size)
{
    if (size.is_empty() || size.width > kMaxSide || size.height > kMaxSide) {
        throw BadPicture("a picture cannot be " + text(size));
    }
}

} // namespace

PixelBlock::PixelBlock(Size size,
                       std::uint32_t stride,
                       std::uint32_t format,
                       std::span<const std::uint8_t> bytes)
    : size_(size),
      stride_(stride),
      layout_(find_layout(format)),
      bytes_(bytes)
{
    check_size(size);
    if (stride_ < static_cast<std::size_t>(size.width) * layout_.bytes_per_pixel()) {
        throw BadPicture("rows of " + std::to_string(stride) + " bytes are too short for " +
                         text(size));
    }
    if (bytes.size() < layout_.bytes_needed(size, stride_)) {
        throw BadPicture(std::to_string(bytes.size()) + " bytes are too few for " + text(size));
    }
}

void QemuScreen::resize(Size size)
{
    const Size old = this->size();
    if (size == old) {
        return;
    }
    check_size(size);
    const Rect kept = Rect::of(size).intersected(Rect::of(old));
    const auto row_pixels = static_cast<std::size_t>(kept.width);
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(kept.area()));
    const WritablePixelView before = back();
    for (std::int32_t y = 0; y < kept.height; ++y) {
        std::copy_n(before.row(y),
                    row_pixels,
                    pixels.begin() + static_cast<std::ptrdiff_t>(y) * kept.width);
    }
    replace(size);
    const WritablePixelView after = back();
    for (std::int32_t y = 0; y < kept.height; ++y) {
        std::copy_n(
            pixels.begin() + static_cast<std::ptrdiff_t>(y) * kept.width, row_pixels, after.row(y));
    }
    touched(Rect::of(size));
}

void QemuScreen::replace(Size size)
{
    check_size(size);
    consoles_.resize(console_, size);
}

void QemuScreen::scanout(const PixelBlock& block)
{
    replace(block.size());
    block.draw(back());
    touched(Rect::of(block.size()));
}

bool QemuScreen::update(Point at, const PixelBlock& block)
{
    if (at.x < 0 || at.y < 0) {
        throw BadPicture("an update lies at negative coordinates");
    }
    // Not by right() and bottom(), which may overflow here.
    const Size size = this->size();
    if (at.x > size.width - block.size().width || at.y > size.height - block.size().height) {
        return false;
    }
    const Rect area{at.x, at.y, block.size().width, block.size().height};
    block.draw(back().part(area));
    touched(area);
    return true;
}

void QemuScreen::define_cursor(Size size, Point hotspot, std::span<const std::uint8_t> pixels)
{
    if (size.width < 0 || size.height < 0 || size.width > kMaxCursorSide ||
        size.height > kMaxCursorSide) {
        throw BadPicture("a pointer cannot be " + text(size));
    }
    const auto bytes = static_cast<std::size_t>(size.area()) * sizeof(std::uint32_t);
    if (pixels.size() < bytes) {
        throw BadPicture(std::to_string(pixels.size()) + " bytes are too few for a pointer of " +
                         text(size));
    }
    cursor_ = Cursor();
    if (!size.is_empty()) {
        cursor_.size = size;
        cursor_.hotspot = {std::clamp(hotspot.x, 0, size.width - 1),
                           std::clamp(hotspot.y, 0, size.height - 1)};
        cursor_.pixels.resize(static_cast<std::size_t>(size.area()));
        std::memcpy(cursor_.pixels.data(), pixels.data(), bytes);
    }
    has_cursor_ = true;
    if (is_cursor_visible_) {
        consoles_.set_cursor(console_, cursor_);
    }
}

void QemuScreen::move_cursor(Point position)
{
    const Size most = size();
    consoles_.set_pointer_position(console_,
                                   {std::clamp(position.x, 0, std::max(most.width - 1, 0)),
                                    std::clamp(position.y, 0, std::max(most.height - 1, 0))});
}

void QemuScreen::show_cursor(bool visible)
{
    if (visible == is_cursor_visible_) {
        return;
    }
    is_cursor_visible_ = visible;
    if (!visible) {
        consoles_.set_cursor(console_, Cursor());
    } else if (has_cursor_) {
        consoles_.set_cursor(console_, cursor_);
    }
}

} // namespace covnc
