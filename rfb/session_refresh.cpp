// The writer half: what went out as JPEG, and goes out exactly once it is quiet.
#include "rfb/session.h"
#include "rfb/update_cut.h"

#include <algorithm>

namespace covnc {

namespace {

// A refresh of lossy pixels has at most so many.
constexpr std::int64_t kRefreshArea = std::int64_t{256} * 1024;

UpdateClass exact(UpdateClass update_class)
{
    update_class.settings.lossy.reset();
    update_class.settings.jpeg_quality = 0;
    update_class.settings.subsampling = Subsampling::kNone;
    return update_class;
}

} // namespace

// What the viewer has as JPEG only, and may have exactly by now. Not what changed since the version
// it is at: that comes anyway, and the next move may need it as it is.
Region Session::refresh_due() const
{
    if (state_.lossy.is_empty()) {
        return {};
    }
    // Outside of the display, where a viewer of another size has padding, all is quiet.
    Region due = state_.lossy & state_.wanted();
    due -= picture().restless_pixels();
    due -= needed_pixels();
    std::int64_t most = kRefreshArea;
    if (const std::optional<double> bytes = most_bytes()) {
        const double area = *bytes / picture().cache().bytes_per_pixel(exact(update_class()));
        most = std::min(most, static_cast<std::int64_t>(area));
    }
    Point from_the_top;
    return due.area() <= most ? due : cut_region(due, due, most, from_the_top);
}

// False like write_pixels().
Task<bool> Session::write_refresh(Region part)
{
    const std::uint64_t generation = state_.generation;
    const std::uint64_t size_version = picture().framebuffer().size_version();
    CachedUpdate update =
        co_await picture().cache().region(exact(update_class()), std::move(part), Region());
    if (state_.generation != generation || picture().framebuffer().size_version() != size_version) {
        co_return false;
    }
    // What changed meanwhile is newer than the rest of the viewer's picture now.
    state_.owed |= update.region & needed_pixels();
    co_await send_update(std::move(update));
    co_return true;
}

// Which of the viewer's pixels will not be quite right after this update.
void Session::note_lossy(const CachedUpdate& update)
{
    for (const UnitPointer& unit : update.units) {
        for (const CopyRect& copy : unit->copies) {
            const Rect& to = copy.destination;
            Region moved = state_.lossy & copy.source_rect();
            moved.translate(to.x - copy.source.x, to.y - copy.source.y);
            state_.lossy -= to;
            state_.lossy |= moved;
        }
        state_.lossy -= unit->pixels;
        for (const std::optional<EncodedUpdate>& part : unit->parts) {
            state_.lossy |= Region(part->lossy);
        }
    }
    if (!state_.lossy.is_empty()) {
        display_.lossy_pixels_sent();
    }
}

} // namespace covnc
