// The writer half: how an update goes out.
#include "rfb/fence.h"
#include "rfb/pseudo_rectangles.h"
#include "rfb/server_messages.h"
#include "rfb/session.h"

namespace covnc {

// A viewer that knows LastRect need not be told beforehand how many rectangles there are.
Delivery Session::delivery() const
{
    return state_.encodings.has(PseudoEncoding::kLastRect) ? Delivery::kInParts : Delivery::kWhole;
}

// The first zlib data that a connection gets needs a header, and so another head of its rectangle.
void Session::append_part(std::vector<ByteView>& pieces,
                          std::vector<Bytes>& heads,
                          const EncodedUpdate& part)
{
    ByteView body = part.body;
    if (part.first_zlib_length_at != 0 && !state_.zlib_use) {
        state_.zlib_use = state_.position.update_class.settings.encoding;
        pieces.emplace_back(heads.emplace_back(part.first_head()));
        body = body.subspan(part.first_zlib_length_at + sizeof(std::uint32_t));
    }
    pieces.push_back(body);
}

Task<> Session::send_update(CachedUpdate update)
{
    return update.is_complete() ? send_whole(std::move(update))
                                : send_while_encoded(std::move(update));
}

// One FramebufferUpdate (more, where rectangles are too many for one): what is new besides pixels,
// then the units. No await before the bytes are put together, so they all speak of the same moment.
Task<> Session::send_whole(CachedUpdate update)
{
    note_lossy(update);
    Bytes news;
    const std::uint32_t news_count = append_news(news);
    std::vector<const EncodedUpdate*> parts;
    std::vector<std::uint32_t> rectangles;
    for (const UnitPointer& unit : update.units) {
        for (const std::optional<EncodedUpdate>& part : unit->parts) {
            parts.push_back(&*part);
            rectangles.push_back(part->rectangle_count);
        }
        state_.position.zlib_place = unit->info.after(state_.position.zlib_place);
    }
    const std::vector<UpdateMessage> messages = update_messages(news_count, rectangles);
    // What is this connection's own. Pieces point into it: all of it is reserved.
    std::vector<Bytes> heads;
    heads.reserve(messages.size() + 1);
    std::vector<ByteView> pieces;
    auto part = parts.begin();
    for (const UpdateMessage& message : messages) {
        Bytes& head = heads.emplace_back();
        append_update_head(head, message.rectangles);
        head.insert(head.end(), news.begin(), news.end());
        news.clear();
        pieces.emplace_back(head);
        for (std::size_t i = 0; i < message.parts; ++i) {
            append_part(pieces, heads, **part++);
        }
    }
    std::uint64_t size = 0;
    for (const ByteView& piece : pieces) {
        size += piece.size();
    }
    Bytes fence_before;
    Bytes fence_behind;
    if (uses_fences()) {
        append_round_trip_fence(fence_before);
        append_flow_fence(fence_behind, size, display_.now());
    } else {
        pace_.sent(size, display_.now());
    }
    pieces.insert(pieces.begin(), ByteView(fence_before));
    pieces.emplace_back(fence_behind);
    writing_ = true;
    co_await stream().write_all(pieces);
    writing_ = false;
}

// The last unit is still being encoded: each part goes out as soon as it is there, and LastRect
// behind them.
Task<> Session::send_while_encoded(CachedUpdate update)
{
    const TimePoint started = display_.now();
    state_.position.zlib_place = {}; // large units keep no history
    std::uint64_t size = 0;
    Bytes head;
    if (uses_fences()) {
        append_round_trip_fence(head);
    }
    append_update_head(head, kUntilLastRect);
    std::uint32_t rectangles = append_news(head);
    for (const UnitPointer& unit : update.units) {
        for (std::size_t i = 0; i < unit->parts.size(); ++i) {
            co_await unit->wait_for(i);
            const EncodedUpdate& part = *unit->parts[i];
            rectangles += part.rectangle_count;
            if (rectangles >= kUntilLastRect) {
                append_last_rect(head);
                append_update_head(head, kUntilLastRect);
                rectangles = part.rectangle_count;
            }
            const std::uint64_t sent = co_await send_part(std::move(head), part, size == 0);
            head.clear();
            size += sent;
        }
    }
    append_last_rect(head);
    note_lossy(update);
    if (uses_fences()) {
        append_flow_fence(head, size, started);
    }
    writing_ = true;
    co_await stream().write_all(ByteView(head));
    writing_ = false;
}

// Returns the number of bytes.
Task<std::uint64_t> Session::send_part(Bytes head, const EncodedUpdate& part, bool is_first)
{
    std::vector<Bytes> heads;
    heads.reserve(1);
    std::vector<ByteView> pieces{ByteView(head)};
    append_part(pieces, heads, part);
    std::uint64_t size = 0;
    for (const ByteView& piece : pieces) {
        size += piece.size();
    }
    if (is_first) {
        pace_.sent(size, display_.now());
    } else {
        pace_.sent_more(size);
    }
    writing_ = true; // not while it waits for the encoder: then it takes nothing for our sake
    co_await stream().write_all(pieces);
    writing_ = false;
    co_return size;
}

// Shows the link's delay without an update's own time, now and then.
void Session::append_round_trip_fence(Bytes& out)
{
    if (flow_.wants_round_trip(display_.now())) {
        append_fence(out, flow_.sent(0, display_.now()));
    }
}

// Behind an update of so many bytes that began at that time: the answer tells how the viewer keeps
// up.
void Session::append_flow_fence(Bytes& out, std::uint64_t update_bytes, TimePoint began)
{
    if (flow_.wants_fence(update_bytes, display_.now())) {
        append_fence(out, flow_.sent(update_bytes, began));
    } else {
        flow_.sent_without_fence(update_bytes);
    }
}

void Session::append_fence(Bytes& out, std::uint32_t number)
{
    Fence fence{Fence::kRequest | Fence::kBlockBefore, {}};
    ByteWriter(fence.payload).u32(number);
    fence.write(out);
}

} // namespace covnc
