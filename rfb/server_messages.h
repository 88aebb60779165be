// What a server sends after the handshake, but for fences and cut texts (fence.h, cut_text.h) and
// the rectangles of an update (pseudo_rectangles.h, encodings/). See rfbproto.rst, "Server to
// Client Messages". append_ functions write whole messages; parse functions are for the viewer's
// side, get what follows the type byte and throw ProtocolError for less and for more. Pure.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_format.h"
#include "rfb/constants.h"
#include "rfb/wire.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace covnc {

// FramebufferUpdate's first 4 bytes; exactly rectangle_count rectangles must follow. Throws
// std::length_error above kMaxRectangles.
void append_update_head(Bytes& out, std::uint32_t rectangle_count);
// A count that says: LastRect ends the update, after fewer rectangles than this.
inline constexpr std::uint32_t kUntilLastRect = kMaxRectangles;
// Parts of an update, each of so many rectangles, go out in this order behind `news` rectangles of
// other kinds: how many rectangles each message gets that carries them. One message, but for those
// whose number would not fit into its U16 (and 65535 means something else to some viewers); a part
// is never divided. Throws std::length_error for a part that is too large.
struct UpdateMessage
{
    std::size_t parts = 0;
    std::uint32_t rectangles = 0;
};
std::vector<UpdateMessage> update_messages(std::uint32_t news,
                                           std::span<const std::uint32_t> parts);
inline constexpr std::size_t kUpdateHeadSize = 3; // after the type
// 65535 may mean "until LastRect".
std::uint32_t parse_update_head(ByteView head);

// Throws std::length_error if the entries would go beyond number 65535.
void append_colour_map(Bytes& out, std::uint16_t first, std::span<const ColourMapEntry> entries);

struct ColourMap
{
    static constexpr std::size_t kHeadSize = 5; // after the type: padding, first, count
    static constexpr std::size_t kEntrySize = 6;

    std::uint16_t first = 0;
    std::vector<ColourMapEntry> entries;

    // Bytes that follow the head.
    static std::size_t tail_length(ByteView head);
    static ColourMap parse(ByteView body);
};

void append_bell(Bytes& out);

// The announcement of ContinuousUpdates, and the reply to switching them off.
void append_end_of_continuous_updates(Bytes& out);

// kInit announces xvp, kFail refuses a request.
void append_xvp(Bytes& out, XvpCode code);

} // namespace covnc
