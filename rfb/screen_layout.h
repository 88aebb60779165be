// The screens a framebuffer is made of, and what a viewer may ask them to become (rfbproto.rst,
// "ExtendedDesktopSize Pseudo-encoding" and "SetDesktopSize"). Values and pure functions.
#pragma once

#include "encodings/geometry.h"
#include "rfb/constants.h"
#include "rfb/wire.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace covnc {

// SCREEN on the wire.
struct Screen
{
    static constexpr std::size_t kWireSize = 16;

    std::uint32_t id = 0;    // stable for as long as the output exists
    Rect area;               // within the framebuffer; numbers of 0 .. 65535
    std::uint32_t flags = 0; // none defined; given back as they came

    friend bool operator==(const Screen&, const Screen&) = default;
};

struct ScreenLayout
{
    // Ours is never 0: some viewers take 0 for "no screen".
    static constexpr std::uint32_t kDefaultScreenId = 1;

    Size size; // of the framebuffer
    std::vector<Screen> screens;

    // One screen that covers everything.
    static ScreenLayout single(Size size, std::uint32_t id = kDefaultScreenId);

    friend bool operator==(const ScreenLayout&, const ScreenLayout&) = default;
};

// Whether it can be: a framebuffer with sides of 1 .. kMaxSide, and in it at least one screen, none
// empty, no two with the same id. They may overlap.
bool is_valid(const ScreenLayout& layout);

// The answer to a wish. `layout` is what to set if `status` is kOk (it may be what is there
// already), and otherwise what is there already: the body of the refusal.
struct LayoutDecision
{
    ResizeStatus status = ResizeStatus::kOk;
    ScreenLayout layout;
};

// Whether `wanted` can be, given what there is. A single screen gives only its framebuffer's size
// and keeps our id and flags, because viewers without an idea of screens send garbage there.
//   max_pixels: of the framebuffer; more is kOutOfResources. A side above kMaxSide, or 0, a screen
//   that is empty or reaches outside, two equal ids, or no screen at all are kInvalidLayout.
LayoutDecision
decide_layout(const ScreenLayout& wanted, const ScreenLayout& current, std::int64_t max_pixels);

// Throws std::out_of_range for an area that U16 cannot hold.
void write_screens(ByteWriter& out, const std::vector<Screen>& screens);
// Throws ProtocolError when the bytes end before `count` screens.
std::vector<Screen> read_screens(ByteReader& in, std::size_t count);

} // namespace covnc
