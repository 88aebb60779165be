// A console's picture as QEMU tells it, checked and drawn into a Display beside those of others.
// Knows no D-Bus, so what a hostile peer may send can be tried here directly. Loop thread only.
#pragma once

#include "src/sources/bad_picture.h"
#include "src/sources/pixel_layout.h"
#include "src/sources/qemu/side_by_side.h"

#include <cstdint>
#include <span>

namespace covnc {

// Pixels in memory, as Scanout and Update bring them.
class PixelBlock
{
public:
    // stride: bytes; format: pixman's code. Throws BadPicture: an unknown format, an empty size or
    // a side above kMaxSide, a stride below a row's, or fewer bytes than the picture takes.
    PixelBlock(Size size,
               std::uint32_t stride,
               std::uint32_t format,
               std::span<const std::uint8_t> bytes);

    Size size() const { return size_; }
    // to: of the same size.
    void draw(WritablePixelView to) const { layout_.convert(bytes_.data(), stride_, to); }

private:
    Size size_;
    std::size_t stride_;
    PixelLayout layout_;
    std::span<const std::uint8_t> bytes_;
};

class QemuScreen
{
public:
    // console: which of them this is. They must live longer.
    QemuScreen(SideBySide& consoles, std::size_t console) : consoles_(consoles), console_(console)
    {}

    Size size() const { return consoles_.size(console_); }

    // The whole picture, its size too. Throws BadPicture.
    void scanout(const PixelBlock& block);
    // A part at (x, y). False where it reaches outside of what we know the picture to be; nothing
    // is drawn then. Throws BadPicture: negative coordinates.
    bool update(Point at, const PixelBlock& block);
    // The machine has another size. Keeps what was drawn: parts of the picture may come before the
    // news of its size. Throws BadPicture.
    void resize(Size size);
    // Another picture of this size follows, drawn into back(). Throws BadPicture.
    void replace(Size size);
    // The part `area` of back() was drawn by somebody else.
    void touched(const Rect& area) { consoles_.touched(console_, area); }
    WritablePixelView back() { return consoles_.back(console_); }
    // Everything that was there has been drawn: a frame.
    void flush() { consoles_.flush(); }

    // pixels: 0xAARRGGBB in bytes. Throws BadPicture: negative or huge sizes, too few bytes.
    void define_cursor(Size size, Point hotspot, std::span<const std::uint8_t> pixels);
    void move_cursor(Point position);
    void show_cursor(bool visible);

private:
    SideBySide& consoles_;
    std::size_t console_;
    Cursor cursor_; // the console's, shown or not
    bool has_cursor_ = false;
    bool is_cursor_visible_ = true;
};

} // namespace covnc
