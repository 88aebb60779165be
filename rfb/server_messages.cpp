#include "rfb/server_messages.h"

namespace covnc {

namespace {

void write_type(ByteWriter& writer, ServerMessageType type)
{
    writer.u8(static_cast<std::uint8_t>(type));
}

} // namespace

void append_update_head(Bytes& out, std::uint32_t rectangle_count)
{
    if (rectangle_count > kMaxRectangles) {
        throw std::length_error("an update holds at most 65535 rectangles");
    }
    ByteWriter writer(out);
    write_type(writer, ServerMessageType::kFramebufferUpdate);
    writer.padding(1);
    writer.u16(static_cast<std::uint16_t>(rectangle_count));
}

std::vector<UpdateMessage> update_messages(std::uint32_t news, std::span<const std::uint32_t> parts)
{
    std::vector<UpdateMessage> messages{{0, news}};
    for (const std::uint32_t rectangles : parts) {
        if (rectangles >= kMaxRectangles) {
            throw std::length_error(std::to_string(rectangles) + " rectangles in a part");
        }
        if (messages.back().rectangles + rectangles >= kMaxRectangles) {
            messages.emplace_back();
        }
        ++messages.back().parts;
        messages.back().rectangles += rectangles;
    }
    return messages;
}

std::uint32_t parse_update_head(ByteView head)
{
    ByteReader in(head, "FramebufferUpdate");
    in.skip(1);
    const std::uint32_t count = in.u16();
    in.expect_end();
    return count;
}

void append_colour_map(Bytes& out, std::uint16_t first, std::span<const ColourMapEntry> entries)
{
    if (entries.size() > 0xffffU || first + entries.size() > 0x10000U) {
        throw std::length_error("a colour map ends at entry 65535");
    }
    ByteWriter writer(out);
    write_type(writer, ServerMessageType::kSetColourMapEntries);
    writer.padding(1);
    writer.u16(first);
    writer.u16(static_cast<std::uint16_t>(entries.size()));
    for (const ColourMapEntry& entry : entries) {
        writer.u16(entry.red);
        writer.u16(entry.green);
        writer.u16(entry.blue);
    }
}

std::size_t ColourMap::tail_length(ByteView head)
{
    ByteReader in(head, "SetColourMapEntries");
    in.skip(3);
    return in.u16() * kEntrySize;
}

ColourMap ColourMap::parse(ByteView body)
{
    ByteReader in(body, "SetColourMapEntries");
    in.skip(1);
    ColourMap map;
    map.first = in.u16();
    const std::size_t count = in.u16();
    for (std::size_t i = 0; i < count; ++i) {
        ColourMapEntry entry;
        entry.red = in.u16();
        entry.green = in.u16();
        entry.blue = in.u16();
        map.entries.push_back(entry);
    }
    in.expect_end();
    return map;
}

void append_bell(Bytes& out)
{
    ByteWriter writer(out);
    write_type(writer, ServerMessageType::kBell);
}

void append_end_of_continuous_updates(Bytes& out)
{
    ByteWriter writer(out);
    write_type(writer, ServerMessageType::kEndOfContinuousUpdates);
}

void append_xvp(Bytes& out, XvpCode code)
{
    ByteWriter writer(out);
    write_type(writer, ServerMessageType::kXvp);
    writer.padding(1);
    writer.u8(kXvpVersion);
    writer.u8(static_cast<std::uint8_t>(code));
}

} // namespace covnc
