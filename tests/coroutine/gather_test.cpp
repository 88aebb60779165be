#include "coroutine/gather.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <random>
#include <vector>

using namespace covnc;

TEST_CASE("advancing by any steps passes over every byte once", "[gather]")
{
    const unsigned seed = GENERATE(range(1U, 20U));
    std::mt19937 random(seed);
    std::vector<std::vector<std::uint8_t>> buffers;
    std::vector<std::uint8_t> all;
    for (int i = 0; i < 20; ++i) {
        std::vector<std::uint8_t> buffer(random() % 6);
        for (std::uint8_t& byte : buffer) {
            byte = static_cast<std::uint8_t>(random());
            all.push_back(byte);
        }
        buffers.push_back(buffer);
    }
    const std::vector<ByteView> views(buffers.begin(), buffers.end());
    GatherCursor cursor(views);
    std::vector<std::uint8_t> out;
    std::array<iovec, 3> vectors{};
    while (!cursor.is_done()) {
        const std::size_t count = cursor.fill(vectors);
        REQUIRE(count > 0);
        CHECK(cursor.front().data() == vectors[0].iov_base);
        std::vector<std::uint8_t> next;
        for (std::size_t i = 0; i < count; ++i) {
            REQUIRE(vectors[i].iov_len > 0);
            const auto* const bytes = static_cast<const std::uint8_t*>(vectors[i].iov_base);
            next.insert(next.end(), bytes, bytes + vectors[i].iov_len);
        }
        const std::size_t taken = 1 + random() % next.size();
        out.insert(out.end(), next.begin(), next.begin() + static_cast<std::ptrdiff_t>(taken));
        cursor.advance(taken);
    }
    CHECK(out == all);
}

TEST_CASE("nothing, and pieces of nothing, are done at once", "[gather]")
{
    CHECK(GatherCursor({}).is_done());
    const std::vector<ByteView> empty(3);
    CHECK(GatherCursor(empty).is_done());
}
