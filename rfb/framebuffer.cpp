#include "rfb/framebuffer.h"

#include "encodings/scroll.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace covnc {

namespace {

constexpr std::uint64_t kMostActivity = 16;
constexpr std::uint8_t kBusy = 4;

std::size_t pixel_count(Size size)
{
    return static_cast<std::size_t>(size.area());
}

// memmove row by row, in the direction that overlapping rows want.
void move_pixels(WritablePixelView surface, const CopyRect& move)
{
    const Rect& to = move.destination;
    const auto bytes = static_cast<std::size_t>(to.width) * sizeof(std::uint32_t);
    const bool upwards = to.y <= move.source.y;
    for (std::int32_t i = 0; i < to.height; ++i) {
        const std::int32_t row = upwards ? i : to.height - 1 - i;
        std::memmove(surface.row(to.y + row) + to.x,
                     surface.row(move.source.y + row) + move.source.x,
                     bytes);
    }
}

Rect united(const Rect& left, const Rect& right)
{
    const std::int32_t x = std::min(left.x, right.x);
    const std::int32_t y = std::min(left.y, right.y);
    return {x,
            y,
            std::max(left.right(), right.right()) - x,
            std::max(left.bottom(), right.bottom()) - y};
}

// Puts rectangles together where that adds little: each costs some bytes, and compresses alone. In
// the order of cells; each is tried with the latest.
std::vector<Rect> joined(const std::vector<Rect>& pieces)
{
    constexpr std::ptrdiff_t kLatest = 16;
    constexpr std::int64_t kTrifle = std::int64_t{Framebuffer::kCell} * Framebuffer::kCell;
    std::vector<Rect> rects;
    for (const Rect& piece : pieces) {
        const auto latest = std::min(std::ssize(rects), kLatest);
        const auto found = std::find_if(rects.rbegin(), rects.rbegin() + latest, [&](Rect& rect) {
            const std::int64_t apart = rect.area() + piece.area();
            const std::int64_t added = united(rect, piece).area() - apart;
            return added <= std::max(apart / 4, kTrifle);
        });
        if (found != rects.rbegin() + latest) {
            *found = united(*found, piece);
        } else {
            rects.push_back(piece);
        }
    }
    return rects;
}

} // namespace

Framebuffer::Framebuffer(Size size)
{
    resize(size);
}

WritablePixelView Framebuffer::back()
{
    return {back_.data(), size_, size_.width};
}

PixelView Framebuffer::front() const
{
    return {front_.data(), size_, size_.width};
}

void Framebuffer::resize(Size size)
{
    assert(!size.is_empty());
    size_ = size;
    columns_ = (size.width + kCell - 1) / kCell;
    rows_ = (size.height + kCell - 1) / kCell;
    back_.assign(pixel_count(size), 0);
    front_.assign(pixel_count(size), 0);
    back_.shrink_to_fit();
    front_.shrink_to_fit();
    size_version_ = ++version_;
    cells_.assign(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_),
                  Cell{version_, 0});
    moves_ = {};
    since_.clear();
}

Rect Framebuffer::cell_rect(std::int32_t column, std::int32_t row) const
{
    return Rect{column * kCell, row * kCell, kCell, kCell}.intersected(Rect::of(size_));
}

void Framebuffer::cell_changed(std::int32_t column, std::int32_t row, std::uint64_t version)
{
    Cell& cell = cells_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                        static_cast<std::size_t>(column)];
    const std::uint64_t rest = (version - cell.version) / 2;
    const std::uint64_t activity = cell.activity > rest ? cell.activity - rest : 0;
    cell.activity = static_cast<std::uint8_t>(std::min(activity + 1, kMostActivity));
    cell.version = version;
}

bool Framebuffer::differs(const Rect& cell) const
{
    const auto bytes = static_cast<std::size_t>(cell.width) * sizeof(std::uint32_t);
    const PixelView back(back_.data(), size_, size_.width);
    for (std::int32_t y = cell.y; y < cell.bottom(); ++y) {
        if (std::memcmp(back.row(y) + cell.x, front().row(y) + cell.x, bytes) != 0) {
            return true;
        }
    }
    return false;
}

// The smallest rectangle around the pixels that differ.
Rect Framebuffer::difference(const Rect& cell) const
{
    const auto bytes = static_cast<std::size_t>(cell.width) * sizeof(std::uint32_t);
    const PixelView back(back_.data(), size_, size_.width);
    std::int32_t left = cell.right();
    std::int32_t right = cell.x;
    std::int32_t top = cell.bottom();
    std::int32_t bottom = cell.y;
    for (std::int32_t y = cell.y; y < cell.bottom(); ++y) {
        const std::uint32_t* const now = back.row(y);
        const std::uint32_t* const before = front().row(y);
        if (std::memcmp(now + cell.x, before + cell.x, bytes) == 0) {
            continue;
        }
        std::int32_t first = cell.x;
        while (now[first] == before[first]) {
            ++first;
        }
        std::int32_t last = cell.right() - 1;
        while (now[last] == before[last]) {
            --last;
        }
        left = std::min(left, first);
        right = std::max(right, last + 1);
        top = std::min(top, y);
        bottom = y + 1;
    }
    return {left, top, right - left, bottom - top};
}

void Framebuffer::take_over(const Rect& rect)
{
    const WritablePixelView front(front_.data(), size_, size_.width);
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        std::copy_n(back().row(y) + rect.x, rect.width, front.row(y) + rect.x);
    }
}

// Calls function(cell) for each cell that region touches.
template <typename Function>
void Framebuffer::for_each_cell(const Region& region, Function function) const
{
    const Rect bounds = region.bounds();
    for (std::int32_t row = bounds.y / kCell; row * kCell < bounds.bottom(); ++row) {
        for (std::int32_t column = bounds.x / kCell; column * kCell < bounds.right(); ++column) {
            const Rect cell = cell_rect(column, row);
            if (region.intersects(cell)) {
                function(cell);
            }
        }
    }
}

// Of those that `region` touches.
std::vector<Rect> Framebuffer::differing_cells(const Region& region) const
{
    std::vector<Rect> cells;
    for_each_cell(region, [&](const Rect& cell) {
        if (differs(cell)) {
            cells.push_back(cell);
        }
    });
    return cells;
}

// A source's mistakes cost only the saving: what differs is sent as pixels.
std::vector<CopyRect> Framebuffer::possible(std::span<const CopyRect> moves) const
{
    std::vector<CopyRect> copies;
    const Rect screen = Rect::of(size_);
    for (const CopyRect& move : moves) {
        if (!move.destination.is_empty() && screen.contains(move.destination) &&
            screen.contains(move.source_rect())) {
            copies.push_back(move);
        }
    }
    return copies;
}

// As a viewer does that has the version before: first the copies, then what they leave.
void Framebuffer::take_over_after(std::vector<CopyRect> copies, const Region& changed)
{
    std::vector<Rect> after;
    Region affected = changed;
    for (const CopyRect& copy : copies) {
        move_pixels({front_.data(), size_, size_.width}, copy);
        affected |= copy.destination;
    }
    for_each_cell(affected, [&](const Rect& cell) {
        const Rect rest = difference(cell);
        if (!rest.is_empty()) {
            take_over(rest);
            after.push_back(rest);
        }
    });
    moves_.copies = std::move(copies);
    moves_.after = Region(joined(joined(after))); // again: what has grown may join more
}

bool Framebuffer::commit(const Region& damage, std::span<const CopyRect> moves, MoveSearch search)
{
    moves_ = {};
    std::vector<CopyRect> copies = possible(moves);
    Region touched = damage & Region(Rect::of(size_));
    for (const CopyRect& copy : copies) {
        touched |= copy.destination;
    }
    std::vector<Rect> cells = differing_cells(touched);
    if (cells.empty()) {
        return false;
    }
    if (copies.empty() && search == MoveSearch::kScrolling) {
        copies = find_moves(front(), back(), Region(cells));
        Region passed;
        for (const CopyRect& copy : copies) {
            passed |= copy.destination;
        }
        // There a source may be drawing what it has not told yet.
        const std::vector<Rect> more = differing_cells(passed - Region(cells));
        cells.insert(cells.end(), more.begin(), more.end());
    }
    ++version_;
    since_.clear();
    for (const Rect& cell : cells) {
        cell_changed(cell.x / kCell, cell.y / kCell, version_);
    }
    if (!copies.empty()) {
        take_over_after(std::move(copies), Region(cells));
        return true;
    }
    for (const Rect& cell : cells) {
        take_over(cell);
    }
    return true;
}

template <typename Predicate>
Region Framebuffer::cells_where(Predicate is_wanted) const
{
    std::vector<Rect> runs;
    auto cell = cells_.begin();
    for (std::int32_t row = 0; row < rows_; ++row) {
        std::int32_t run_start = -1;
        for (std::int32_t column = 0; column <= columns_; ++column) {
            const bool wanted = column < columns_ && is_wanted(*cell++);
            if (wanted && run_start < 0) {
                run_start = column;
            } else if (!wanted && run_start >= 0) {
                const Rect run{run_start * kCell, row * kCell, (column - run_start) * kCell, kCell};
                runs.push_back(run.intersected(Rect::of(size_)));
                run_start = -1;
            }
        }
    }
    return Region(runs);
}

Region Framebuffer::changed_since(std::uint64_t version) const
{
    if (version < size_version_) {
        return Rect::of(size_);
    }
    return cells_where([version](const Cell& cell) { return cell.version > version; });
}

Region Framebuffer::calm_since(std::uint64_t version) const
{
    return cells_where(
        [version](const Cell& cell) { return cell.version > version && cell.activity < kBusy; });
}

const Framebuffer::Since& Framebuffer::since(std::uint64_t version) const
{
    const auto [found, is_new] = since_.try_emplace(version);
    if (is_new) {
        found->second.area = changed_since(version).area();
        for (const Cell& cell : cells_) {
            if (cell.version <= version) {
                found->second.canonical = std::max(found->second.canonical, cell.version);
            }
        }
    }
    return found->second;
}

std::int64_t Framebuffer::area_since(std::uint64_t version) const
{
    return since(version).area;
}

std::uint64_t Framebuffer::canonical(std::uint64_t version) const
{
    return version < size_version_ ? 0 : since(version).canonical;
}

} // namespace covnc
