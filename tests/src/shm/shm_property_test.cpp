// When it is quiet, the viewers' picture equals the emulator's memory: whatever was drawn, damaged,
// resized and framed before, in whatever order the library and the source got to work.
#include "coroutine/combinators.h"
#include "tests/src/shm/shm_world.h"

#include <algorithm>
#include <random>

using namespace covnc;
using namespace covnc::shm_test;

namespace {

constexpr unsigned kSchedules = 500;
constexpr int kSteps = 60;
unsigned seed = 0; // of the schedule that is played

class Player
{
public:
    Player(World& world, unsigned the_seed)
        : world_(world),
          random_(the_seed),
          machine_(std::make_unique<Machine>(world.path, "", COVNC_DISPLAY_RESIZABLE))
    {
        resize();
    }

    Task<> step()
    {
        const int what = pick(0, 20);
        if (what < 9) {
            draw();
        } else if (what < 13) {
            covnc_display_frame(**machine_);
        } else if (what < 15) {
            machine_->look();
        } else if (what < 16) {
            resize();
        } else if (what < 17) {
            world_.display.input().key(this, KeyInput{'a', {}, pick(0, 1) == 1}); // commits at once
        } else if (what < 18 && pick(0, 9) == 0) {
            come_back();
        } else {
            co_await world_.loop.sleep_for(std::chrono::milliseconds(pick(0, 30)));
        }
    }

    // Until nothing happens any more.
    Task<bool> settles()
    {
        covnc_display_frame(**machine_);
        for (int i = 0; i < 20; ++i) {
            machine_->look();
            co_await world_.settle();
        }
        co_return world_.shows(**machine_) && covnc_display_is_taken(**machine_) != 0;
    }

private:
    int pick(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }
    void resize()
    {
        const auto width = static_cast<unsigned>(pick(1, 90));
        REQUIRE(covnc_display_resize(**machine_, width, static_cast<unsigned>(pick(1, 70))) == 0);
    }
    void draw()
    {
        const auto screen_width = static_cast<int>(covnc_display_width(**machine_));
        const auto screen_height = static_cast<int>(covnc_display_height(**machine_));
        const int x = pick(0, screen_width - 1);
        const int y = pick(0, screen_height - 1);
        const int width = pick(1, screen_width - x);
        const int height = pick(1, pick(0, 1) == 0 ? 1 : screen_height - y);
        const auto colour = static_cast<std::uint32_t>(pick(0, 0xffffff));
        for (int row = y; row < std::min(y + height, screen_height); ++row) {
            std::fill_n(covnc_display_pixels(**machine_) + row * screen_width + x, width, colour);
        }
        covnc_display_damage(**machine_, x - pick(0, 3), y, width + 3, height + pick(0, 3));
    }
    // Another emulator, or the same one started again.
    void come_back()
    {
        machine_.reset();
        machine_ = std::make_unique<Machine>(world_.path, "", COVNC_DISPLAY_RESIZABLE);
        resize();
    }

    World& world_;
    std::mt19937 random_;
    std::unique_ptr<Machine> machine_;
};

Task<> play_schedule(World& world)
{
    co_await world.turn();
    Player player(world, seed);
    for (int i = 0; i < kSteps; ++i) {
        co_await player.step();
    }
    const bool is_equal = co_await player.settles();
    INFO("seed " << seed);
    CHECK(is_equal);
}

} // namespace

TEST_CASE("when it is quiet, viewers see the emulator's memory", "[shm][property]")
{
    for (seed = 1; seed <= kSchedules; ++seed) {
        run_story(play_schedule);
    }
}
