// Encode once, deliver to many: encoded updates, shared by every viewer that can use them.
//
// The cache owns its jobs: a viewer that leaves takes nothing along, whoever asks for what is being
// encoded waits for it, and a job that fails tells every waiter and leaves no trace. Nothing is
// queued per viewer: one that is slow asks later, for the version that is newest then. What to
// encode is planned when a worker is free for it, so that no version grows old in a queue.
// Loop thread only; encoding itself runs on the worker pool, on copies of the pixels.
#pragma once

#include "coroutine/semaphore.h"
#include "coroutine/task_scope.h"
#include "coroutine/worker_pool.h"
#include "encodings/encode.h"
#include "rfb/framebuffer.h"
#include "rfb/memory_budget.h"
#include "rfb/snapshot.h"
#include "rfb/update_plan.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace covnc {

// Viewers that can be sent the same bytes.
struct UpdateClass
{
    PixelFormat format;
    EncodeSettings settings;
    bool copy_rect = false;

    friend bool operator==(const UpdateClass&, const UpdateClass&) = default;
};

// One encoded update, or one that is being encoded: its parts come in any order, and do not change
// once they are there. Whoever sends it holds it.
struct EncodedUnit
{
    // To be sent in this order; workers make them beside each other.
    std::vector<std::optional<EncodedUpdate>> parts;
    std::vector<CopyRect> copies; // in it, in front of the pixels
    Region pixels;                // sent anew
    UnitInfo info;                // all of it once info.is_done
    MemoryBudget::Share share;
    std::exception_ptr error; // why the rest of it will not come
    mutable Event progress;

    // Suspends until the part is there. Throws what the encoder threw, Cancelled.
    Task<> wait_for(std::size_t part) const;
};
using UnitPointer = std::shared_ptr<const EncodedUnit>;

// To be sent in this order, as one FramebufferUpdate; afterwards the viewer has `version`. Only the
// last unit may be one that is still being encoded.
struct CachedUpdate
{
    // Declared so that this is no aggregate: g++ 12 destroys those twice in co_await expressions.
    CachedUpdate() = default;

    std::vector<UnitPointer> units;
    std::uint64_t version = 0;
    Region region; // of region(): which pixels are in it

    bool is_complete() const { return units.empty() || units.back()->info.is_done; }
};

// When an answer of the cache comes.
enum class Delivery : std::uint8_t {
    kWhole,   // once all of it is encoded
    kInParts, // where it is large, as soon as workers are at it
};

struct CacheSettings
{
    // Declared so that this is no aggregate: g++ 12 destroys those twice in co_await expressions.
    CacheSettings() = default;

    // Encoded updates and copies of pixels, sessions' share included.
    std::size_t bytes = 64UL << 20U;
    // Above this many pixels an update is large: speed counts more than size, several workers
    // encode it, and no history is kept.
    std::int64_t large_update = std::int64_t{512} * 1024;
};

// Where a viewer is; the cache looks at it when it plans for others of the class.
struct ViewerPosition
{
    UpdateClass update_class;
    std::uint64_t version = 0; // 0: has nothing
    ZlibPlace zlib_place;
};

class UpdateCache
{
public:
    struct Statistics
    {
        std::uint64_t encodings = 0;     // jobs that ended well
        std::uint64_t encoded_bytes = 0; // what they made
        std::uint64_t encoded_pixels = 0;
        std::uint64_t hurried = 0;        // jobs that others waited for, so that they made haste
        std::uint64_t updates = 0;        // answers of next() and region()
        std::uint64_t updates_bytes = 0;  // bytes in them
        std::uint64_t chains = 0;         // answers of more than one unit
        std::uint64_t waits_for_room = 0; // times a plan waited for memory
    };

    // All must live longer. jobs: the scope that the encoding jobs run in.
    UpdateCache(const Framebuffer& framebuffer,
                WorkerPool& pool,
                TaskScope& jobs,
                const CacheSettings& settings);
    ~UpdateCache();
    UpdateCache(const UpdateCache&) = delete;
    UpdateCache& operator=(const UpdateCache&) = delete;

    // Called when memory is short and nobody gives any back: close viewers that make no progress.
    void on_pressure(std::function<void()> function) { on_pressure_ = std::move(function); }

    void add_viewer(const ViewerPosition& position) { viewers_.push_back(&position); }
    void remove_viewer(const ViewerPosition& position);
    bool has_viewers() const { return !viewers_.empty(); }
    // Whether some viewer could be sent moves.
    bool takes_moves() const;

    // What brings a viewer of this class from version `base` (0: nothing) to the newest version at
    // the time of planning, which is above base. Suspends while it is encoded, but for `kInParts`.
    // Throws what the encoder threw, Cancelled.
    // place: the viewer's own; the answer is for viewers at that place only.
    Task<CachedUpdate> next(UpdateClass update_class,
                            std::uint64_t base,
                            ZlibPlace place,
                            Delivery delivery = Delivery::kWhole);
    // The pixels of `region` as they are now, for viewers who ask for a part or are sent a part.
    // Black outside of the framebuffer. Shared with whoever wants the same region of the same
    // version. useful: what the viewer lacks; a part that is made for another one comes instead if
    // it is about as large and mostly useful. Empty: only `region` will do.
    Task<CachedUpdate> region(UpdateClass update_class, Region region, Region useful = {});

    // The framebuffer has a new version (or size): forgets what nobody can use any more.
    void committed();

    // What a pixel of this class's updates has cost of late, encoded.
    double bytes_per_pixel(const UpdateClass& update_class);

    const Statistics& statistics() const { return statistics_; }
    // Deflate streams that are kept to go on with.
    std::size_t windows() const;
    const MemoryBudget& budget() const { return budget_; }

private:
    struct Entry;
    struct Encoded;
    struct Part;
    struct ClassUnits;
    using EntryPointer = std::shared_ptr<Entry>;

    ClassUnits& units_of(const UpdateClass& update_class);
    UnitChoice plan(const ClassUnits& units, std::uint64_t base, ZlibPlace place) const;
    Effort effort_for(const UpdateClass& update_class, const Region& region) const;
    void choose_window(ClassUnits& units, Entry& entry);
    void drop_windows();
    bool all_are_at(const ClassUnits& units, std::uint64_t base, ZlibPlace place) const;
    std::vector<std::uint64_t> live_bases(const UpdateClass& update_class) const;
    EntryPointer
    find_part(const ClassUnits& units, const Region& region, const Region& useful) const;
    bool has_room(std::int64_t area) const;
    Task<> wait_for_room();
    Task<CachedUpdate> collect(std::vector<EntryPointer> entries, Delivery delivery);
    EntryPointer start(const UpdateClass& update_class, const NewUnit& unit, Semaphore::Slot slot);
    EntryPointer start_region(const UpdateClass& update_class, Region region, Semaphore::Slot slot);
    void spawn(const UpdateClass& update_class, const EntryPointer& entry, Semaphore::Slot slot);
    std::shared_ptr<const Snapshot> snapshot(const Region& region);
    Task<> encode(UpdateClass update_class,
                  EntryPointer entry,
                  std::shared_ptr<const Snapshot> snapshot,
                  Semaphore::Slot slot);
    Task<> encode_whole(UpdateClass update_class,
                        EntryPointer entry,
                        std::shared_ptr<const Snapshot> snapshot);
    Task<> encode_parts(UpdateClass update_class,
                        EntryPointer entry,
                        std::shared_ptr<const Snapshot> snapshot);
    Task<> encode_part(Part part, EncodedUnit& unit, std::size_t which);
    void finished(const UpdateClass& update_class, Entry& entry);
    void failed(const UpdateClass& update_class, Entry& entry, std::exception_ptr error);
    void forget_unused_classes();
    void forget_old_units(ClassUnits& units) const;
    void drop_stock();

    const Framebuffer& framebuffer_;
    WorkerPool& pool_;
    TaskScope& jobs_;
    std::int64_t large_update_;
    MemoryBudget budget_;
    Semaphore slots_;
    std::function<void()> on_pressure_;
    std::vector<const ViewerPosition*> viewers_;
    std::vector<std::unique_ptr<ClassUnits>> classes_;
    // Copies of pixels of the newest version that jobs still hold: shared by all pixel formats.
    struct KnownSnapshot
    {
        Region region;
        std::weak_ptr<const Snapshot> snapshot;
    };
    std::vector<KnownSnapshot> snapshots_;
    std::uint64_t zlib_streams_ = 0; // so many were begun
    Statistics statistics_;
};

} // namespace covnc
