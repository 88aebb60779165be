// The cache's jobs: what they are given, and what becomes of what they made.
#include "coroutine/combinators.h"
#include "coroutine/stream.h"
#include "rfb/update_cache_entry.h"
#include "rfb/update_parts.h"

#include <algorithm>

namespace covnc {

namespace {

// Deflate streams that are kept to go on with, of all classes. One has a quarter of a megabyte.
constexpr std::size_t kMostWindows = 8;

} // namespace

// What a job returns.
struct UpdateCache::Encoded
{
    // g++ 12 destroys aggregates twice in co_await expressions.
    Encoded(EncodedUpdate the_update, std::unique_ptr<DeflateUnit> the_window)
        : update(std::move(the_update)),
          window(std::move(the_window))
    {}

    EncodedUpdate update;
    std::unique_ptr<DeflateUnit> window;
};

// What a job encodes of a large update.
struct UpdateCache::Part
{
    Part(const UpdateClass& whose, Effort the_effort, std::shared_ptr<const Snapshot> pixels)
        : update_class(whose),
          effort(the_effort),
          snapshot(std::move(pixels))
    {}

    UpdateClass update_class;
    Effort effort;
    std::shared_ptr<const Snapshot> snapshot; // holds the pixels of rects
    std::vector<SourceRect> rects;
    std::vector<CopyRect> copies;
};

UpdateCache::EntryPointer
UpdateCache::start(const UpdateClass& update_class, const NewUnit& unit, Semaphore::Slot slot)
{
    const auto entry = std::make_shared<Entry>();
    entry->info.base = unit.base;
    entry->info.has_moves = unit.with_moves;
    if (unit.with_moves) {
        entry->copies = framebuffer_.latest_moves().copies;
        entry->region = framebuffer_.latest_moves().after;
    } else {
        entry->region = framebuffer_.changed_since(unit.base);
    }
    entry->effort = effort_for(update_class, entry->region);
    if (unit.base != 0) {
        choose_window(units_of(update_class), *entry);
    }
    spawn(update_class, entry, std::move(slot));
    return entry;
}

UpdateCache::EntryPointer
UpdateCache::start_region(const UpdateClass& update_class, Region region, Semaphore::Slot slot)
{
    const auto entry = std::make_shared<Entry>();
    entry->region = std::move(region);
    entry->is_region = true;
    entry->effort = effort_for(update_class, entry->region);
    spawn(update_class, entry, std::move(slot));
    return entry;
}

// Small is what takes effort, unless somebody waits for it: because it is large, or because more
// kinds of viewers want something encoded than there are workers.
Effort UpdateCache::effort_for(const UpdateClass& update_class, const Region& region) const
{
    if (region.area() > large_update_) {
        return Effort::kFast;
    }
    return slots_.is_waited_for() ? Effort::kFast : update_class.settings.most_effort;
}

// Small updates lose a fifth to a half of their compression without what went before. So a unit
// goes on in the stream of the last one where all who could use it got that one last; whoever
// joins, or was sent something else, makes the next unit begin a stream, in which all meet again.
void UpdateCache::choose_window(ClassUnits& units, Entry& entry)
{
    const Encoding encoding = units.update_class.settings.encoding;
    const bool compresses = (encoding == Encoding::kZrle || encoding == Encoding::kZlib) &&
                            entry.effort == Effort::kNormal;
    if (!compresses) {
        return;
    }
    if (units.window && all_are_at(units, entry.info.base, units.window_at)) {
        entry.info.needs = units.window_at;
        entry.info.gives = {units.window_at.stream, units.window_at.units + 1};
        entry.window = std::move(units.window);
        return;
    }
    entry.info.gives = {++zlib_streams_, 1};
}

// Viewers can make classes as they like: the windows of those that were used longest ago go.
void UpdateCache::drop_windows()
{
    while (windows() > kMostWindows) {
        ClassUnits* oldest = nullptr;
        for (const auto& units : classes_) {
            if (units->window && (oldest == nullptr || units->last_used < oldest->last_used)) {
                oldest = units.get();
            }
        }
        oldest->window.reset();
    }
}

std::size_t UpdateCache::windows() const
{
    return static_cast<std::size_t>(
        std::count_if(classes_.begin(), classes_.end(), [](const auto& units) {
            return units->window != nullptr;
        }));
}

// Whether all viewers of the class that a unit from `base` would serve are at that place.
bool UpdateCache::all_are_at(const ClassUnits& units, std::uint64_t base, ZlibPlace place) const
{
    return std::all_of(viewers_.begin(), viewers_.end(), [&](const ViewerPosition* viewer) {
        const bool is_served = viewer->update_class == units.update_class &&
                               viewer->version >= base && viewer->version < framebuffer_.version();
        return !is_served || viewer->zlib_place == place;
    });
}

void UpdateCache::spawn(const UpdateClass& update_class,
                        const EntryPointer& entry,
                        Semaphore::Slot slot)
{
    entry->info.target = framebuffer_.version();
    if (!entry->window) {
        entry->window = std::make_unique<DeflateUnit>(entry->effort);
    }
    statistics_.hurried += slots_.is_waited_for() ? 1U : 0U;
    entry->unit = std::make_shared<EncodedUnit>();
    entry->unit->copies = entry->copies;
    entry->unit->pixels = entry->region;
    units_of(update_class).entries.push_back(entry);
    jobs_.spawn(encode(update_class, entry, snapshot(entry->region), std::move(slot)));
}

std::shared_ptr<const Snapshot> UpdateCache::snapshot(const Region& region)
{
    for (const KnownSnapshot& known : snapshots_) {
        if (known.region == region) {
            if (auto snapshot = known.snapshot.lock()) {
                return snapshot;
            }
        }
    }
    auto made = std::make_shared<const Snapshot>(framebuffer_.front(), region, budget_);
    snapshots_.push_back({region, made});
    return made;
}

Task<> UpdateCache::encode(UpdateClass update_class,
                           EntryPointer entry,
                           std::shared_ptr<const Snapshot> snapshot,
                           Semaphore::Slot slot)
{
    // A local: parameters live as long as the frame, and the slot is wanted at the end of the job.
    const Semaphore::Slot held(std::move(slot));
    try {
        if (entry->effort == Effort::kFast) {
            co_await encode_parts(update_class, entry, std::move(snapshot));
        } else {
            co_await encode_whole(update_class, entry, std::move(snapshot));
        }
        finished(update_class, *entry);
    } catch (const Cancelled&) {
        failed(
            update_class, *entry, std::make_exception_ptr(Disconnected("the display is closing")));
    } catch (...) {
        failed(update_class, *entry, std::current_exception());
    }
    entry->done.set();
    entry->unit->progress.set();
}

Task<> UpdateCache::encode_whole(UpdateClass update_class,
                                 EntryPointer entry,
                                 std::shared_ptr<const Snapshot> snapshot)
{
    entry->unit->parts.resize(1);
    // The job has all that it touches, because it may be left behind.
    auto job = [update_class,
                effort = entry->effort,
                pixels = std::move(snapshot),
                copies = entry->copies,
                window = std::move(entry->window)]() mutable {
        EncodedUpdate update = encode_update(
            copies, pixels->rects(), update_class.format, update_class.settings, effort, *window);
        return Encoded(std::move(update), std::move(window));
    };
    Encoded encoded = co_await pool_.run(std::move(job));
    entry->window = std::move(encoded.window);
    entry->unit->parts.front() = std::move(encoded.update);
}

// Large updates by several workers, each part with a window of its own. How many there are is known
// before this first suspends.
Task<> UpdateCache::encode_parts(UpdateClass update_class,
                                 EntryPointer entry,
                                 std::shared_ptr<const Snapshot> snapshot)
{
    auto cut = cut_for_workers(snapshot->rects(), std::max(large_update_ / 2, std::int64_t{1}));
    entry->window.reset();
    entry->unit->parts.resize(cut.size());
    TaskScope scope(co_await current_context());
    for (std::size_t i = 0; i < cut.size(); ++i) {
        Part part(update_class, entry->effort, snapshot);
        part.rects = std::move(cut[i]);
        if (i == 0) {
            part.copies = entry->copies;
        }
        scope.spawn(encode_part(std::move(part), *entry->unit, i));
    }
    co_await scope.join();
}

Task<> UpdateCache::encode_part(Part part, EncodedUnit& unit, std::size_t which)
{
    auto job = [part = std::move(part)] {
        return encode_update(part.copies,
                             part.rects,
                             part.update_class.format,
                             part.update_class.settings,
                             part.effort);
    };
    EncodedUpdate made = co_await pool_.run(std::move(job));
    unit.parts[which] = std::move(made);
    unit.progress.set();
}

void UpdateCache::finished(const UpdateClass& update_class, Entry& entry)
{
    std::size_t bytes = 0;
    for (const std::optional<EncodedUpdate>& part : entry.unit->parts) {
        bytes += part->body.size();
        entry.info.has_zlib = entry.info.has_zlib || part->first_zlib_length_at != 0;
    }
    const std::int64_t area = std::max(entry.region.area(), std::int64_t{1});
    ClassUnits& units = units_of(update_class);
    const ZlibPlace window_at = entry.info.after(entry.info.needs);
    if (window_at.stream != 0) {
        units.window = std::move(entry.window);
        units.window_at = window_at;
        drop_windows();
    }
    entry.window.reset();
    entry.unit->share = budget_.take(bytes);
    entry.info.bytes = bytes;
    entry.info.is_done = true;
    entry.unit->info = entry.info;
    statistics_.updates_bytes += entry.early_takers * bytes;
    ++statistics_.encodings;
    statistics_.encoded_bytes += bytes;
    statistics_.encoded_pixels += static_cast<std::uint64_t>(area);
    if (entry.info.has_moves) {
        return; // what moves leave tells little of pixels in general
    }
    units.bytes_per_pixel +=
        (static_cast<double>(bytes) / static_cast<double>(area) - units.bytes_per_pixel) / 4;
}

// Whoever waits hears of it, nobody else finds it.
void UpdateCache::failed(const UpdateClass& update_class, Entry& entry, std::exception_ptr error)
{
    entry.unit->error = std::move(error);
    std::erase_if(units_of(update_class).entries,
                  [&](const EntryPointer& candidate) { return candidate.get() == &entry; });
}

} // namespace covnc
