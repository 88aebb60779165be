// What a session knows of its viewer: written by the reader half, used by the writer half.
#pragma once

#include "encodings/region.h"
#include "rfb/audio.h"
#include "rfb/client_framing.h"
#include "rfb/encoding_set.h"
#include "rfb/fence.h"
#include "rfb/screen_layout.h"
#include "rfb/update_cache.h"

#include <cstdint>
#include <deque>
#include <optional>

namespace covnc {

// One ExtendedDesktopSize rectangle that the viewer has coming.
struct LayoutReply
{
    ResizeReason reason = ResizeReason::kServer;
    ResizeStatus status = ResizeStatus::kOk;
};

// Messages of the extended clipboard that the viewer has coming.
struct ClipboardDue
{
    bool capabilities = false;
    bool notify = false;
    bool request = false;
    bool provide = false;
};

// What a viewer hears of what the machine plays.
struct ListeningState
{
    AudioFormat format;
    std::shared_ptr<AudioFeed> feed; // null: it does not listen, or its format is one too many
    std::uint64_t next_piece = 0;    // of the feed
    bool begins_anew = false;        // feed has changed: what it heard so far has ended
    bool has_begun = false;          // it was told the begin of
    std::uint64_t stream_told = 0;   // this stream, and not its end
};

struct ViewerState
{
    PixelFormat format;
    EncodingSet encodings;
    ClientExtensions extensions;
    // Counts what makes a planned update wrong: another pixel format, other encodings.
    std::uint64_t generation = 0;

    Size size; // of the viewer's framebuffer
    // The version of every pixel the viewer has, but for those it is owed besides.
    ViewerPosition position;
    Region owed;
    // Of what it has, the pixels that are not quite right: they went out as JPEG.
    Region lossy;

    Point next_cut; // where the next part of a large update begins

    bool request_pending = false; // one FramebufferUpdate may be sent
    Region requested;             // with pixels only from here

    bool continuous = false; // updates may be sent without a request
    Rect continuous_area;    // as sent; may reach outside

    std::deque<Fence> fence_replies;
    bool fence_due = false;      // the announcement of fences
    bool continuous_due = false; // EndOfContinuousUpdates

    std::deque<LayoutReply> layout_replies;
    bool colour_map_due = false;
    bool xvp_failure_due = false;
    bool extended_keys_due = false;
    bool extended_buttons_due = false;
    bool audio_due = false; // the announcement of audio
    // ZRLE or Zlib: the one that the viewer's zlib stream has had its header for. The other must
    // not be used any more: some viewers have one stream for both, some have two.
    std::optional<Encoding> zlib_use;

    ClipboardDue clipboard_due;
    ListeningState listening;

    // How often the display's latest values had been set when the viewer was told.
    std::uint64_t size_version_told = 0;
    std::uint64_t layout_told = 0;
    std::uint64_t cursor_told = 0;
    std::uint64_t leds_told = 0;
    std::uint64_t name_told = 0;
    std::uint64_t pointer_mode_told = 0;
    std::uint64_t clipboard_told = 0;
    std::uint64_t pointer_position_told = 0;
    std::uint64_t bells_told = 0;

    bool may_update() const { return request_pending || continuous; }
    // Where the viewer wants pixels from.
    Region wanted() const
    {
        return continuous ? requested | Region(continuous_area.intersected(Rect::of(size)))
                          : requested;
    }
    bool can_resize() const
    {
        return encodings.has(PseudoEncoding::kExtendedDesktopSize) ||
               encodings.has(PseudoEncoding::kDesktopSize);
    }
    // Tells the viewer of a size that it did not ask for. Once is enough for any number of changes:
    // it is told the layout at the time of writing.
    void announce_layout(ResizeReason reason)
    {
        std::erase_if(layout_replies, [](const LayoutReply& reply) {
            return reply.reason != ResizeReason::kThisViewer;
        });
        layout_replies.push_back({reason, ResizeStatus::kOk});
    }
    // What this connection must not be sent any more, see zlib_use.
    std::optional<Encoding> forbidden() const
    {
        if (!zlib_use) {
            return std::nullopt;
        }
        return *zlib_use == Encoding::kZrle ? Encoding::kZlib : Encoding::kZrle;
    }
    // Everything, from scratch.
    void owe_everything(std::uint64_t version)
    {
        position.version = version;
        owed.clear();
        lossy.clear();
    }
};

} // namespace covnc
