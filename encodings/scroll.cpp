// Each row is cut into segments, so that there are columns of them, and each segment is hashed.
// Segments of `now` that are found in one place only of the same column of `before` vote for a
// distance. For the distances with most votes, the rectangle where that move gains most is looked
// for: a segment that changed and would be right counts for it, one that was right and would not be
// any more against it.
#include "encodings/scroll.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <optional>
#include <utility>

namespace covnc {

namespace {

constexpr std::int32_t kLeastRows = 16;
constexpr std::int64_t kLeastArea = 20 * 1024;
constexpr std::int32_t kSegment = 32;       // pixels, in pictures that are not very wide
constexpr std::int32_t kMostColumns = 64;   // wider pictures have longer segments
constexpr std::int32_t kBlock = 16;         // rows that are looked at together at first
constexpr std::int32_t kMostBlocks = 128;   // higher pictures have higher blocks
constexpr std::size_t kVotingColumns = 16;  // of all that changed
constexpr std::int32_t kVotesOfColumn = 64; // segments of it that are looked up
constexpr std::int32_t kLeastVotes = 3;
constexpr std::size_t kCandidates = 4;
// Segments of one colour cost next to nothing as pixels.
constexpr std::int32_t kTellingWeight = 8;
constexpr std::int32_t kUniformWeight = 1;
constexpr std::int64_t kLeastGain = std::int64_t{64} * kTellingWeight;
constexpr std::int64_t kNever = -1'000'000'000;

// The hash of a segment. The lowest bit says that its pixels are not all the same.
using Hash = std::uint64_t;

bool is_telling(Hash hash)
{
    return (hash & 1U) != 0;
}

// Odd numbers without a pattern (splitmix64), one for each pair of pixels of a segment.
constexpr std::array<std::uint64_t, kSegment / 2> make_keys()
{
    std::array<std::uint64_t, kSegment / 2> keys{};
    std::uint64_t state = 0;
    for (std::uint64_t& key : keys) {
        state += 0x9e3779b97f4a7c15ULL;
        key = (state ^ (state >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        key = (key ^ (key >> 27U)) * 0x94d049bb133111ebULL;
        key = (key ^ (key >> 31U)) | 1U;
    }
    return keys;
}
constexpr std::array kKeys = make_keys();

std::uint64_t pair_at(const std::uint32_t* pixels)
{
    std::uint64_t pair = 0;
    std::memcpy(&pair, pixels, sizeof(pair));
    return pair;
}

std::uint64_t mixed(std::uint64_t value)
{
    value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93ULL;
    return value ^ (value >> 32U);
}

// Sums of products, which do not wait for each other.
Hash hash_of(const std::uint32_t* pixels, std::int32_t count)
{
    const std::uint64_t first = pixels[0] | std::uint64_t{pixels[0]} << 32U;
    std::uint64_t sum = 0;
    std::uint64_t differences = 0;
    std::int32_t at = 0;
    for (; at + kSegment <= count; at += kSegment) {
        sum = mixed(sum);
        for (std::size_t i = 0; i < kKeys.size(); ++i) {
            const std::uint64_t pair = pair_at(pixels + at + 2 * i);
            sum += pair * kKeys[i];
            differences |= pair ^ first;
        }
    }
    for (; at < count; ++at) {
        sum = mixed(sum ^ pixels[at]);
        differences |= pixels[at] ^ pixels[0];
    }
    return (mixed(sum) & ~Hash{1}) | (differences != 0 ? 1U : 0U);
}

// A power of two times `unit`, so that `most` of them cover `length`.
std::int32_t step_for(std::int32_t length, std::int32_t unit, std::int32_t most)
{
    std::int32_t step = unit;
    while ((length + step - 1) / step > most) {
        step *= 2;
    }
    return step;
}

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
    void add(Hash hash, std::int32_t row)
    {
        Slot& slot = find(hash);
        slot.row = slot.hash == hash ? kSeveral : row;
        slot.hash = hash;
    }
    // The row; negative where there is none, or several.
    std::int32_t row_of(Hash hash) { return find(hash).row; }

private:
    static constexpr std::int32_t kNone = -1;
    static constexpr std::int32_t kSeveral = -2;
    struct Slot
    {
        Hash hash = 0; // never that of a telling segment
        std::int32_t row = kNone;
    };

    // Its slot, or the free one where it would be.
    Slot& find(Hash hash)
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

// Hashes of the segments inside of `area`.
class Grid
{
public:
    Grid(PixelView before, PixelView now, const Rect& area)
        : area_(area),
          step_(step_for(area.width, kSegment, kMostColumns)),
          columns_((area.width + step_ - 1) / step_),
          before_view_(before.part(area)),
          now_view_(now.part(area)),
          before_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(area.height)),
          now_(before_.size()),
          is_hashed_(static_cast<std::size_t>(columns_))
    {}

    std::int32_t columns() const { return columns_; }
    std::int32_t rows() const { return area_.height; }
    // Of a column, in the whole picture.
    Rect column_rect(std::int32_t column) const
    {
        return Rect{area_.x + column * step_, area_.y, step_, area_.height}.intersected(area_);
    }
    // Columns are hashed when they are needed.
    void hash(const std::vector<std::int32_t>& columns)
    {
        std::vector<std::int32_t> fresh;
        for (const std::int32_t column : columns) {
            if (!is_hashed_[static_cast<std::size_t>(column)]) {
                is_hashed_[static_cast<std::size_t>(column)] = true;
                fresh.push_back(column);
            }
        }
        for (std::int32_t y = 0; y < rows(); ++y) {
            for (const std::int32_t column : fresh) {
                const std::int32_t x = column * step_;
                const std::int32_t width = std::min(step_, area_.width - x);
                before_[index(column, y)] = hash_of(before_view_.row(y) + x, width);
                now_[index(column, y)] = hash_of(now_view_.row(y) + x, width);
            }
        }
    }
    Hash before(std::int32_t column, std::int32_t y) const { return before_[index(column, y)]; }
    Hash now(std::int32_t column, std::int32_t y) const { return now_[index(column, y)]; }
    bool is_same(std::int32_t column, std::int32_t y) const
    {
        return before(column, y) == now(column, y);
    }
    // Rows from dy further down would come to row y: what that gains here.
    std::int32_t score(std::int32_t column, std::int32_t y, std::int32_t dy) const
    {
        const Hash wanted = now(column, y);
        const int would_be_right = before(column, y + dy) == wanted ? 1 : 0;
        const int is_right = before(column, y) == wanted ? 1 : 0;
        return (would_be_right - is_right) * (is_telling(wanted) ? kTellingWeight : kUniformWeight);
    }

private:
    std::size_t index(std::int32_t column, std::int32_t y) const
    {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) +
               static_cast<std::size_t>(column);
    }

    Rect area_;
    std::int32_t step_;
    std::int32_t columns_;
    PixelView before_view_;
    PixelView now_view_;
    std::vector<Hash> before_;
    std::vector<Hash> now_;
    std::vector<bool> is_hashed_;
};

// Some of those that changed, evenly; fewer where little of them changed, so that looking for moves
// costs little beside encoding what changed.
std::vector<std::int32_t> voting_columns(const Grid& grid, const Region& changed)
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
void vote(const Grid& grid,
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
std::vector<std::int32_t> candidates(const Grid& grid, const std::vector<std::int32_t>& columns)
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
    std::stable_sort(distances.begin(), distances.end(), [&](std::int32_t a, std::int32_t b) {
        return votes_of(a) > votes_of(b);
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
    explicit MoveSearch(const Grid& grid)
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

    const Grid& grid_;
    std::int32_t block_;
    std::int32_t blocks_;
    std::vector<Move> found_;
};

CopyRect to_copy(const Grid& grid, const Rect& area, const Move& move)
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
    for (std::int32_t i = 1; i < kSegment && x >= area.x && x < area.right(); ++i, x += step) {
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

Rect source_of(const CopyRect& copy)
{
    return {copy.source.x, copy.source.y, copy.destination.width, copy.destination.height};
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
                return other != copy && overlap(copy.destination, source_of(other));
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
    Grid grid(before, now, area);
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
