// What a display looks like, in two surfaces, and when each part of it last changed.
//
// A source draws into the back surface; commit() compares what it touched, cell by cell, with the
// front one, copies what differs and counts the version up. The front changes only there, so a
// version is one exact picture. A viewer is the version it has; what it needs is every cell that
// changed later. Loop thread only.
#pragma once

#include "encodings/encode.h"
#include "encodings/geometry.h"
#include "encodings/pixel_view.h"
#include "encodings/region.h"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace covnc {

// Whether a commit looks for moves that its source did not tell. Costs time that is only worth it
// where some viewer takes them.
enum class MoveSearch : std::uint8_t {
    kNone,
    kScrolling,
};

class Framebuffer
{
public:
    // Pixels along each side of a cell. Measured: 64 sends up to 2.4 times the bytes, 16 makes too
    // many rectangles.
    static constexpr std::int32_t kCell = 32;

    // Black, at version 1. The size must not be empty.
    explicit Framebuffer(Size size);

    Size size() const { return size_; }
    // Writable by the source between commits.
    WritablePixelView back();
    PixelView front() const;

    // Counts commits that changed something, and resizes. Never 0: that is "has nothing".
    std::uint64_t version() const { return version_; }
    // The version at which the size last changed: everything is owed to whoever has an older one.
    std::uint64_t size_version() const { return size_version_; }

    // Both surfaces black, of the new size, everything changed. Views become invalid.
    void resize(Size size);

    // Takes over what differs inside `damage`. moves: rectangles whose pixels were moved since the
    // last commit, in order, sources as the picture was then; `damage` covers their destinations
    // too. search: where none are told, looks for some. True where something changed.
    bool commit(const Region& damage,
                std::span<const CopyRect> moves = {},
                MoveSearch search = MoveSearch::kNone);

    // The cells that changed after `version`, as pixels; all of it for a version before
    // size_version().
    Region changed_since(std::uint64_t version) const;
    // Those of them that do not change all the time: what a person waits for beside a film.
    Region calm_since(std::uint64_t version) const;
    // Number of pixels of changed_since(). Remembered until the next commit.
    std::int64_t area_since(std::uint64_t version) const;
    // The highest version, not above `version`, at which a cell that is still as it was then
    // changed; 0 for none. Equal results have equal changed_since(), so they can share an encoding.
    std::uint64_t canonical(std::uint64_t version) const;

    // How a viewer at exactly version() - 1 gets to version() by moving pixels it has.
    struct Moves
    {
        std::vector<CopyRect> copies; // in order; empty: there is no such way
        Region after;                 // what differs once they are done, not only whole cells
    };
    const Moves& latest_moves() const { return moves_; }

private:
    struct Since
    {
        std::int64_t area = 0;
        std::uint64_t canonical = 0;
    };

    // A cell: when it changed last, and how often of late.
    struct Cell
    {
        std::uint64_t version = 0;
        std::uint8_t activity = 0; // one more with each change, one less with every two versions
    };

    Rect cell_rect(std::int32_t column, std::int32_t row) const;
    void cell_changed(std::int32_t column, std::int32_t row, std::uint64_t version);
    template <typename Predicate>
    Region cells_where(Predicate is_wanted) const;
    bool differs(const Rect& cell) const;
    Rect difference(const Rect& cell) const;
    void take_over(const Rect& rect);
    template <typename Function>
    void for_each_cell(const Region& region, Function function) const;
    std::vector<Rect> differing_cells(const Region& region) const;
    std::vector<CopyRect> possible(std::span<const CopyRect> moves) const;
    void take_over_after(std::vector<CopyRect> copies, const Region& changed);
    const Since& since(std::uint64_t version) const;

    Size size_;
    std::int32_t columns_ = 0;
    std::int32_t rows_ = 0;
    std::uint64_t version_ = 0;
    std::uint64_t size_version_ = 0;
    std::vector<std::uint32_t> back_;
    std::vector<std::uint32_t> front_;
    std::vector<Cell> cells_;
    Moves moves_;
    mutable std::map<std::uint64_t, Since> since_; // since the last commit
};

} // namespace covnc
