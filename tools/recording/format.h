// The file format of recorded screens, "CVS1": docs/recordings.md. Numbers that reader and writer
// share.
#pragma once

#include "encodings/geometry.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace covnc {

// A recording that is not one, or cannot be read or written. The text begins with the file's name,
// and the frame's number where one is at fault.
class RecordingError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

namespace recording {

inline constexpr char kMagic[] = {'C', 'V', 'S', '1'};
inline constexpr std::size_t kHeadSize = 12;
inline constexpr std::size_t kFramesOffset = 8; // of the number of frames, in the file
inline constexpr std::size_t kLeastFrameSize = 8;
inline constexpr std::size_t kRectSize = 8;
inline constexpr std::size_t kOperationHeadSize = 21;
inline constexpr std::size_t kMostColours = 256;

// Limits of ours, against files that are made to hurt.
inline constexpr std::int64_t kMostPixels = std::int64_t{64} << 20U; // of a screen
inline constexpr std::size_t kMostBytes = std::size_t{1} << 30U;     // of a file
inline constexpr std::int64_t kMostTouches = 8; // of a pixel by one frame's operations, on average

// How an operation's bytes turn into pixels.
enum class Kind : std::uint8_t {
    kLiteral = 0,  // R, G, B
    kDelta = 1,    // XOR with the previous frame, displaced
    kGradient = 2, // difference from a prediction by the neighbours
    kPalette = 3,  // colours, then an index each
};

// The prediction of LOCO-I (the median of left, up and left + up - corner), channel by channel.
std::uint32_t predict(std::uint32_t left, std::uint32_t up, std::uint32_t corner);

} // namespace recording

} // namespace covnc
