#include "rfb/framebuffer.h"

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

bool Framebuffer::take_over(const Rect& cell)
{
    const auto bytes = static_cast<std::size_t>(cell.width) * sizeof(std::uint32_t);
    const std::size_t first =
        static_cast<std::size_t>(cell.y) * static_cast<std::size_t>(size_.width) +
        static_cast<std::size_t>(cell.x);
    bool differs = false;
    for (std::int32_t y = 0; y < cell.height; ++y) {
        const std::size_t at =
            first + static_cast<std::size_t>(y) * static_cast<std::size_t>(size_.width);
        if (std::memcmp(&back_[at], &front_[at], bytes) != 0) {
            std::memcpy(&front_[at], &back_[at], bytes);
            differs = true;
        }
    }
    return differs;
}

Region Framebuffer::apply_moves(std::span<const CopyRect> moves)
{
    Region moved;
    for (const CopyRect& move : moves) {
        const Rect source{
            move.source.x, move.source.y, move.destination.width, move.destination.height};
        const Rect screen = Rect::of(size_);
        if (move.destination.is_empty() || !screen.contains(move.destination) ||
            !screen.contains(source)) {
            continue; // a source's mistake costs only the saving: what differs is sent as pixels
        }
        move_pixels({front_.data(), size_, size_.width}, move);
        moved |= move.destination;
        moves_.copies.push_back(move);
    }
    return moved;
}

bool Framebuffer::commit(const Region& damage, std::span<const CopyRect> moves)
{
    const std::uint64_t next = version_ + 1;
    const Region touched = damage & Region(Rect::of(size_));
    moves_ = {};
    const Region moved = apply_moves(moves);
    const Region affected = touched | moved;
    bool changed = false;
    std::vector<Rect> after;
    const Rect bounds = affected.bounds();
    for (std::int32_t row = bounds.y / kCell; row * kCell < bounds.bottom(); ++row) {
        for (std::int32_t column = bounds.x / kCell; column * kCell < bounds.right(); ++column) {
            const Rect cell = cell_rect(column, row);
            if (!affected.intersects(cell)) {
                continue;
            }
            const bool differs = take_over(cell);
            if (differs) {
                after.push_back(cell);
            }
            if (differs || moved.intersects(cell)) {
                cell_changed(column, row, next);
                changed = true;
            }
        }
    }
    if (!changed) {
        return false;
    }
    version_ = next;
    moves_.after = Region(after);
    since_.clear();
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
