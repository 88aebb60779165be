// What the server of the libvncclient tests shows: a picture for each frame number, with moving
// shapes, scrolling text and noise. Pure; any thread.
#pragma once

#include "encodings/encode.h"
#include "encodings/pixel_view.h"
#include "encodings/region.h"

#include <cstdint>
#include <vector>

namespace covnc::test {

// The smallest side lengths a scene makes sense for.
inline constexpr Size kSmallestScene{160, 120};

// Frame `frame` of the scene, the whole of it. The top left corner spells the frame number, so that
// whoever has the picture can draw the same one and compare.
void paint_scene(WritablePixelView surface, std::uint32_t frame);

// Row 0, pixel 8 i + 4 of a scene is white where bit i of its frame number is set, else black.
inline constexpr std::int32_t kFrameBits = 16;
inline constexpr std::int32_t kFrameBitSide = 8;

// How frame `frame` differs from the one before.
struct SceneChange
{
    Region damage;
    std::vector<CopyRect> moves;
};
SceneChange scene_change(Size size, std::uint32_t frame);

} // namespace covnc::test
