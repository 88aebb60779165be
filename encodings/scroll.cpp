// Segments of `now` that are found in one place only of the same column of `before` vote for a
// distance. For the distances with most votes, the rectangle where that move gains most is looked
// for: a segment that changed and would be right counts for it, one that was right and would not be
// any more against it.
#include "encodings/scroll.h"

#include "encodings/segment_grid.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <numeric>
#include <optional>
#include <utility>

namespace covnc {

namespace {

constexpr std::int32_t kLeastRows = 16;
constexpr std::int64_t kLeastArea = 20 * 1024;
constexpr std::int32_t kBlock = 16;         // rows that are looked at together at first
constexpr std::int32_t kMostBlocks = 128;   // higher pictures have higher blocks
constexpr std::size_t kVotingColumns = 16;  // of all that changed
constexpr std::int32_t kVotesOfColumn = 64; // segments of it that are looked up
constexpr std::int32_t kLeastVotes = 3;
constexpr std::size_t kCandidates = 4;
constexpr std::int64_t kLeastGain = std::int64_t{64} * SegmentGrid::kTellingWeight;
constexpr std::int64_t kNever = -1'000'000'000;

// Where a segment's hash is in one column of `before`: a hash table that knows rows by hashes that
// occur once.
class ColumnIndex
{
public:
    explicit ColumnIndex(std::int32_t rows)
        : slots_(std::bit_ceil(static_cast<std::size_t>(rows) * 2)),
          shift_(64 - std::countr_zero(slots_.size()))
    {}

    void clear() { std::fill(slots_.begin(), slots_.end(), Slot{}); }
    void add(SegmentHash hash, std::int32_t row)
    {
        Slot& slot = find(hash);
        slot.row = slot.hash == hash ? kSeveral : row;
        slot.hash = hash;
    }
    // The row; negative where there is none, or several.
    std::int32_t row_of(SegmentHash hash) { return find(hash).row; }

private:
    static constexpr std::int32_t kNone = -1;
    static constexpr std::int32_t kSeveral = -2;
    struct Slot
    {
        SegmentHash hash = 0; // never that of a telling segment
        std::int32_t row = kNone;
    };

    // Its slot, or the free one where it would be.
    Slot& find(SegmentHash hash)
    {
        std::size_t at = static_cast<std::size_t>(hash >> shift_);
        while (slots_[at].hash != 0 && slots_[at].hash != hash) {
            at = (at + 1) & (slots_.size() - 1);
        }
        return slots_[at];
    }

    std::vector<Slot> slots_;
    int shift_;
};

// Some of those that changed, evenly; fewer where little of them changed, so that looking for moves
// costs little beside encoding what changed.
std::vector<std::int32_t> voting_columns(const SegmentGrid& grid, const Region& changed)
{
    std::vector<std::int32_t> all;
    for (std::int32_t column = 0; column < grid.columns(); ++column) {
        if (changed.intersects(grid.column_rect(column))) {
            all.push_back(column);
        }
    }
    const std::int64_t affordable = changed.area() / (2 * grid.column_rect(0).area());
    const auto count = static_cast<std::size_t>(
        std::clamp(affordable, std::int64_t{1}, static_cast<std::int64_t>(kVotingColumns)));
    if (all.size() <= count) {
        return all;
    }
    std::vector<std::int32_t> some;
    for (std::size_t i = 0; i < count; ++i) {
        some.push_back(all[(2 * i + 1) * all.size() / (2 * count)]);
    }
    return some;
}

// Adds one to votes[dy + rows - 1] for each segment of the column that came from dy further down.
void vote(const SegmentGrid& grid,
          std::int32_t column,
          ColumnIndex& index,
          std::vector<std::int32_t>& votes)
{
    std::vector<std::int32_t> voters;
    for (std::int32_t y = 0; y < grid.rows(); ++y) {
        if (is_telling(grid.now(column, y)) && !grid.is_same(column, y)) {
            voters.push_back(y);
        }
    }
    const auto count = static_cast<std::int32_t>(voters.size());
    if (count < kLeastRows / 2) {
        return;
    }
    index.clear();
    for (std::int32_t y = 0; y < grid.rows(); ++y) {
        if (is_telling(grid.before(column, y))) {
            index.add(grid.before(column, y), y);
        }
    }
    const std::int32_t asked = std::min(count, kVotesOfColumn);
    for (std::int32_t i = 0; i < asked; ++i) {
        const std::int32_t y = voters[static_cast<std::size_t>(std::int64_t{i} * count / asked)];
        const std::int32_t from = index.row_of(grid.now(column, y));
        if (from >= 0) {
            ++votes[static_cast<std::size_t>(from - y + grid.rows() - 1)];
        }
    }
}

// The distances with most votes, first the one with most.
std::vector<std::int32_t> candidates(const SegmentGrid& grid,
                                     const std::vector<std::int32_t>& columns)
{
    std::vector<std::int32_t> votes(static_cast<std::size_t>(grid.rows()) * 2 - 1);
    ColumnIndex index(grid.rows());
    for (const std::int32_t column : columns) {
        vote(grid, column, index, votes);
    }
    std::vector<std::int32_t> distances;
    for (std::size_t i = 0; i < votes.size(); ++i) {
        if (votes[i] >= kLeastVotes) {
            distances.push_back(static_cast<std::int32_t>(i) - grid.rows() + 1);
        }
    }
    const auto votes_of = [&](std::int32_t dy) {
        return votes[static_cast<std::size_t>(dy + grid.rows() - 1)];
    };
    // By votes, then by distance, so that equal pictures give equal moves.
    std::sort(distances.begin(), distances.end(), [&](std::int32_t a, std::int32_t b) {
        return votes_of(a) != votes_of(b) ? votes_of(a) > votes_of(b) : a < b;
    });
    distances.resize(std::min(distances.size(), kCandidates));
    return distances;
}

// The part of a row of numbers with the greatest sum.
struct Span
{
    std::int64_t sum = 0;
    std::int32_t begin = 0;
    std::int32_t end = 0;
};

Span best_span(const std::vector<std::int64_t>& numbers)
{
    Span best;
    std::int64_t sum = 0;
    std::int32_t begin = 0;
    const auto count = static_cast<std::int32_t>(numbers.size());
    for (std::int32_t i = 0; i < count; ++i) {
        if (sum <= 0) {
            sum = 0;
            begin = i;
        }
        sum += numbers[static_cast<std::size_t>(i)];
        if (sum > best.sum) {
            best = {sum, begin, i + 1};
        }
    }
    return best;
}

std::int64_t sum_of_positive(const std::vector<std::int64_t>& numbers)
{
    return std::accumulate(
        numbers.begin(), numbers.end(), std::int64_t{0}, [](std::int64_t sum, std::int64_t number) {
            return sum + std::max<std::int64_t>(number, 0);
        });
}

// Columns and rows that come from dy further down.
struct Move
{
    std::int64_t gain = 0;
    std::int32_t dy = 0;
    std::int32_t first_column = 0;
    std::int32_t last_column = 0;
    std::int32_t top = 0;
    std::int32_t bottom = 0; // not in it

    bool covers(std::int32_t column, std::int32_t y) const
    {
        return column >= first_column && column <= last_column && y >= top && y < bottom;
    }
};

class MoveSearch
{
public:
    explicit MoveSearch(const SegmentGrid& grid)
        : grid_(grid),
          block_(step_for(grid.rows(), kBlock, kMostBlocks)),
          blocks_((grid.rows() + block_ - 1) / block_)
    {}

    // The move by one of the distances that gains most, beside those that were found before.
    std::optional<Move> next(const std::vector<std::int32_t>& distances)
    {
        Move best;
        best.gain = kLeastGain;
        for (const std::int32_t dy : distances) {
            const Move move = best_move(dy, best.gain);
            if (move.gain > best.gain) {
                best = move;
            }
        }
        if (best.gain == kLeastGain) {
            return std::nullopt;
        }
        found_.push_back(best);
        return best;
    }

private:
    std::int64_t score(std::int32_t column, std::int32_t y, std::int32_t dy) const
    {
        for (const Move& move : found_) {
            if (move.covers(column, y)) {
                return kNever;
            }
        }
        return grid_.score(column, y, dy);
    }

    // Of each block of rows, column by column.
    std::vector<std::int64_t> block_scores(std::int32_t dy) const
    {
        std::vector<std::int64_t> scores(static_cast<std::size_t>(grid_.columns()) *
                                         static_cast<std::size_t>(blocks_));
        const std::int32_t top = std::max(0, -dy);
        const std::int32_t bottom = grid_.rows() - std::max(0, dy);
        for (std::int32_t y = top; y < bottom; ++y) {
            for (std::int32_t column = 0; column < grid_.columns(); ++column) {
                scores[static_cast<std::size_t>(column) * static_cast<std::size_t>(blocks_) +
                       static_cast<std::size_t>(y / block_)] += score(column, y, dy);
            }
        }
        return scores;
    }

    // The rectangle with the greatest sum, in whole blocks; then its rows exactly.
    // Where none gains more than `least`, that is its gain.
    Move best_move(std::int32_t dy, std::int64_t least) const
    {
        const std::vector<std::int64_t> scores = block_scores(dy);
        Move best;
        best.gain = least;
        if (sum_of_positive(scores) <= least) {
            return best;
        }
        for (std::int32_t first = 0; first < grid_.columns(); ++first) {
            std::vector<std::int64_t> sums(static_cast<std::size_t>(blocks_));
            for (std::int32_t last = first; last < grid_.columns(); ++last) {
                const std::size_t column =
                    static_cast<std::size_t>(last) * static_cast<std::size_t>(blocks_);
                for (std::size_t i = 0; i < sums.size(); ++i) {
                    sums[i] += scores[column + i];
                }
                const Span span = best_span(sums);
                const bool is_narrower = last - first < best.last_column - best.first_column;
                if (span.sum > best.gain || (span.sum == best.gain && is_narrower)) {
                    best = {span.sum, dy, first, last, 0, 0};
                }
            }
        }
        if (best.gain == least) {
            return best;
        }
        std::vector<std::int64_t> sums(static_cast<std::size_t>(grid_.rows()));
        const std::int32_t bottom = grid_.rows() - std::max(0, dy);
        for (std::int32_t y = std::max(0, -dy); y < bottom; ++y) {
            for (std::int32_t column = best.first_column; column <= best.last_column; ++column) {
                sums[static_cast<std::size_t>(y)] += score(column, y, dy);
            }
        }
        const Span span = best_span(sums);
        best.gain = span.sum;
        best.top = span.begin;
        best.bottom = span.end;
        return best;
    }

    const SegmentGrid& grid_;
    std::int32_t block_;
    std::int32_t blocks_;
    std::vector<Move> found_;
};

CopyRect to_copy(const SegmentGrid& grid, const Rect& area, const Move& move)
{
    const Rect first = grid.column_rect(move.first_column);
    const Rect last = grid.column_rect(move.last_column);
    const std::int32_t y = area.y + move.top;
    return {{first.x, y, last.right() - first.x, move.bottom - move.top}, {first.x, y + move.dy}};
}

// How far to the left (step -1) or right of the copy its pixels move as well: segments hold a
// border somewhere. At most a segment.
std::int32_t
widening(PixelView before, PixelView now, const CopyRect& copy, std::int32_t step, const Rect& area)
{
    const Rect& to = copy.destination;
    const std::int32_t dy = copy.source.y - to.y;
    std::int32_t x = step < 0 ? to.x - 1 : to.right();
    std::int64_t sum = 0;
    std::int64_t best_sum = 0;
    std::int32_t best = 0;
    for (std::int32_t i = 1; i < SegmentGrid::kSegment && x >= area.x && x < area.right();
         ++i, x += step) {
        for (std::int32_t y = to.y; y < to.bottom(); ++y) {
            const std::uint32_t wanted = now.at(x, y);
            const bool would_be_right = before.at(x, y + dy) == wanted;
            const bool is_right = before.at(x, y) == wanted;
            sum += static_cast<int>(would_be_right) - static_cast<int>(is_right);
        }
        if (sum > best_sum) {
            best_sum = sum;
            best = i;
        }
    }
    return best;
}

bool overlap(const Rect& left, const Rect& right)
{
    return !left.intersected(right).is_empty();
}

void widen(PixelView before,
           PixelView now,
           const Rect& area,
           std::vector<CopyRect>& copies,
           std::size_t which)
{
    CopyRect wider = copies[which];
    const std::int32_t left = widening(before, now, wider, -1, area);
    const std::int32_t right = widening(before, now, wider, 1, area);
    wider.destination.x -= left;
    wider.source.x -= left;
    wider.destination.width += left + right;
    for (std::size_t i = 0; i < copies.size(); ++i) {
        if (i != which && overlap(copies[i].destination, wider.destination)) {
            return;
        }
    }
    copies[which] = wider;
}

// Puts each copy in front of those that overwrite what it reads. Where they need each other, the
// last one found goes: it gains least.
std::vector<CopyRect> in_order(std::vector<CopyRect> copies)
{
    std::vector<CopyRect> ordered;
    while (!copies.empty()) {
        const auto is_free = [&](const CopyRect& copy) {
            return std::none_of(copies.begin(), copies.end(), [&](const CopyRect& other) {
                return other != copy && overlap(copy.destination, other.source_rect());
            });
        };
        const auto next = std::find_if(copies.begin(), copies.end(), is_free);
        if (next == copies.end()) {
            copies.pop_back();
        } else {
            ordered.push_back(*next);
            copies.erase(next);
        }
    }
    return ordered;
}

} // namespace

std::vector<CopyRect> find_moves(PixelView before, PixelView now, const Region& where)
{
    assert(before.size() == now.size());
    const Region changed = where & Region(Rect::of(now.size()));
    const Rect area = changed.bounds();
    if (area.height < kLeastRows || changed.area() < kLeastArea) {
        return {};
    }
    SegmentGrid grid(before, now, area);
    const std::vector<std::int32_t> voters = voting_columns(grid, changed);
    grid.hash(voters);
    const std::vector<std::int32_t> distances = candidates(grid, voters);
    if (distances.empty()) {
        return {};
    }
    std::vector<std::int32_t> all;
    for (std::int32_t column = 0; column < grid.columns(); ++column) {
        all.push_back(column);
    }
    grid.hash(all);
    MoveSearch search(grid);
    std::vector<CopyRect> copies;
    while (copies.size() < kMostMoves) {
        const std::optional<Move> move = search.next(distances);
        if (!move) {
            break;
        }
        copies.push_back(to_copy(grid, area, *move));
    }
    for (std::size_t i = 0; i < copies.size(); ++i) {
        widen(before, now, area, copies, i);
    }
    return in_order(std::move(copies));
}

} // namespace covnc
