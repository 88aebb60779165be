// When a display goes quiet, every viewer's pixels equal its front surface (with the pointer drawn
// in where the viewer has none), whatever happened before: random schedules of drawing, moving,
// resizing, requests, changes of format and encodings, stalls, disconnects and encoding jobs that
// end in any order. Virtual time, so a schedule is its seed. COVNC_PROPERTY_SCHEDULES: how many;
// COVNC_PROPERTY_SEED: one alone.
#include "coroutine/combinators.h"
#include "rfb/session.h"
#include "tests/rfb/property_viewer.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <list>

using namespace covnc;
using namespace covnc::test;

namespace {

// Jobs end after a random time, so in any order.
class RandomPool final : public WorkerPool
{
public:
    RandomPool(EventLoop& loop, TaskScope& scope, Random& random)
        : loop_(loop),
          scope_(scope),
          random_(random)
    {}
    std::size_t workers() const override { return 3; }

private:
    void submit(std::shared_ptr<Job> job) override { scope_.spawn(run_later(std::move(job))); }
    Task<> run_later(std::shared_ptr<Job> job)
    {
        co_await loop_.sleep_for(milliseconds(pick(random_, 0, 40)));
        job->execute();
        job->complete();
    }

    EventLoop& loop_;
    TaskScope& scope_;
    Random& random_;
};

// The machine's side: a viewer's wish for another size is granted at once.
class GrantingSink final : public InputSink
{
public:
    explicit GrantingSink(Display& display) : display_(display) { display_.set_input_sink(this); }
    ~GrantingSink() override { display_.set_input_sink(nullptr); }
    GrantingSink(const GrantingSink&) = delete;
    GrantingSink& operator=(const GrantingSink&) = delete;
    void key(const KeyInput& /*input*/) override {}
    void pointer(const PointerInput& /*input*/) override {}
    ResizeStatus request_size(Size size) override
    {
        display_.resize(size);
        return ResizeStatus::kOk;
    }

private:
    Display& display_;
};

// One viewer with its session at the other end.
struct Connection
{
    Connection(EventLoop& loop,
               Display& display,
               const AccessPolicy& policy,
               const std::vector<Wishes>& wishes,
               Random& random)
    {
        const auto step = [](std::uint32_t seed, int most) {
            return [source = std::make_shared<Random>(seed), most]() -> std::size_t {
                return static_cast<std::size_t>(pick(*source, 1, most));
            };
        };
        MemoryPipeScript up;
        MemoryPipeScript down;
        const bool is_prompt = chance(random, 40);
        if (!is_prompt) {
            up.step = step(static_cast<std::uint32_t>(random()), chance(random, 50) ? 7 : 4096);
        }
        down.step = step(static_cast<std::uint32_t>(random()), chance(random, 30) ? 200 : 65536);
        down.capacity = static_cast<std::size_t>(chance(random, 50) ? 1500 : 200000);
        auto ends = make_memory_streams(up, down);
        viewer = std::make_unique<PropertyViewer>(
            loop, std::move(ends.first), wishes, is_prompt, static_cast<std::uint32_t>(random()));
        session = std::make_unique<Session>(std::move(ends.second), display, policy);
    }

    std::unique_ptr<PropertyViewer> viewer;
    std::unique_ptr<Session> session;
    bool is_alive = true;
    std::string failure;
};

Task<> serve(Connection& connection)
{
    try {
        co_await connection.session->greet();
        co_await connection.session->serve();
    } catch (const std::exception& error) {
        connection.failure += std::string("session: ") + error.what() + "; ";
    }
    connection.session.reset();
}

Task<> look(Connection& connection)
{
    try {
        co_await connection.viewer->run();
    } catch (const std::exception& error) {
        connection.failure += std::string("viewer: ") + error.what() + "; ";
    }
}

Task<> surprise(Connection& connection, bool colours)
{
    try {
        if (colours) {
            co_await connection.viewer->exchange_colours();
        } else {
            co_await connection.viewer->ask_anew();
        }
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): look() tells
    }
}

Task<> exchange_pointer(Connection& connection)
{
    try {
        co_await connection.viewer->exchange_pointer();
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): look() tells
    }
}

Task<> settle(Connection& connection)
{
    try {
        co_await connection.viewer->settle();
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): look() tells
    }
}

struct Pointer
{
    Cursor cursor;
    Point position;
};

// Soft shapes over a larger part, as JPEG is for.
void draw_photograph(Display& display, const Rect& at, std::uint32_t number)
{
    const Rect rect =
        Rect{at.x / 2, at.y / 2, at.width * 2, at.height * 2}.intersected(Rect::of(display.size()));
    const WritablePixelView back = display.back();
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        for (std::int32_t x = rect.x; x < rect.right(); ++x) {
            const auto light = static_cast<std::uint32_t>(x + 2 * y) + number % 64;
            const std::uint32_t grain =
                (static_cast<std::uint32_t>(x * 7919 + y * 104729) ^ number) % 5;
            back.at(x, y) = ((light + grain) & 0xffU) << 16U | ((light / 2 + 40) & 0xffU) << 8U |
                            ((light / 3 + grain) & 0xffU);
        }
    }
    display.frame(rect);
}

// What is in `rect` goes up or down, and nobody says so; noise or one colour follows behind it.
void scroll(Display& display, const Rect& rect, Random& random)
{
    const WritablePixelView back = display.back();
    const std::int32_t rows = pick(random, 1, std::max(1, rect.height / 2));
    const bool up = chance(random, 50);
    const bool noise = chance(random, 70);
    for (std::int32_t i = 0; i < rect.height; ++i) {
        const std::int32_t y = up ? rect.y + i : rect.bottom() - 1 - i;
        const std::int32_t from = up ? y + rows : y - rows;
        const bool is_there = i + rows < rect.height;
        for (std::int32_t x = rect.x; x < rect.right(); ++x) {
            const std::uint32_t fresh = noise ? static_cast<std::uint32_t>(random()) : 0x404040;
            back.at(x, y) = is_there ? back.at(x, from) : fresh;
        }
    }
    display.frame(rect);
}

// The whole screen, or most of it, or two parts of it in one frame or two.
void scroll_some(Display& display, Random& random)
{
    const Size size = display.size();
    const auto part = [&] {
        return Rect{pick(random, 0, size.width / 4),
                    pick(random, 0, size.height / 4),
                    pick(random, 1, size.width),
                    pick(random, 1, size.height)}
            .intersected(Rect::of(size));
    };
    scroll(display, chance(random, 50) ? Rect::of(size) : part(), random);
    if (chance(random, 30)) {
        scroll(display, part(), random);
    }
}

// Another shape, or another place, or none.
void change_pointer(Display& display, Pointer& pointer, Random& random)
{
    if (chance(random, 70)) {
        pointer.position = {pick(random, 0, 200), pick(random, 0, 180)};
        display.set_pointer_position(pointer.position);
        return;
    }
    pointer.cursor = Cursor();
    if (chance(random, 80)) {
        pointer.cursor.size = {pick(random, 1, 40), pick(random, 1, 40)};
        pointer.cursor.hotspot = {pick(random, 0, pointer.cursor.size.width - 1),
                                  pick(random, 0, pointer.cursor.size.height - 1)};
        for (std::int64_t i = 0; i < pointer.cursor.size.area(); ++i) {
            const std::uint32_t alpha = chance(random, 60) ? 255U * (random() % 2U) : random();
            pointer.cursor.pixels.push_back(alpha << 24U | (random() & 0xffffffU));
        }
    }
    display.set_cursor(pointer.cursor);
}

void draw(Display& display, Random& random)
{
    if (chance(random, 20)) {
        scroll_some(display, random);
        return;
    }
    const WritablePixelView back = display.back();
    const Size size = display.size();
    const Rect rect = Rect{pick(random, 0, size.width - 1),
                           pick(random, 0, size.height - 1),
                           pick(random, 1, 70),
                           pick(random, 1, 70)}
                          .intersected(Rect::of(size));
    if (chance(random, 35)) {
        // A move: true, or only said to be where something else happened.
        const Point source{pick(random, 0, size.width - rect.width),
                           pick(random, 0, size.height - rect.height)};
        if (chance(random, 75)) {
            std::vector<std::uint32_t> pixels;
            for (std::int32_t y = 0; y < rect.height; ++y) {
                pixels.insert(pixels.end(),
                              back.row(source.y + y) + source.x,
                              back.row(source.y + y) + source.x + rect.width);
            }
            for (std::int32_t y = 0; y < rect.height; ++y) {
                std::copy_n(pixels.begin() + std::ptrdiff_t{y} * rect.width,
                            rect.width,
                            back.row(rect.y + y) + rect.x);
            }
        } else {
            back.at(rect.x, rect.y) = static_cast<std::uint32_t>(random());
        }
        const std::vector<CopyRect> moves{{rect, source}};
        display.frame(rect, moves);
        return;
    }
    if (chance(random, 30)) {
        draw_photograph(display, rect, static_cast<std::uint32_t>(random()));
        return;
    }
    const bool noise = chance(random, 40);
    const auto colour = static_cast<std::uint32_t>(random());
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        for (std::int32_t x = rect.x; x < rect.right(); ++x) {
            back.at(x, y) = noise ? static_cast<std::uint32_t>(random()) : colour;
        }
    }
    display.frame(rect);
}

// What a viewer without a pointer of its own must see.
std::vector<std::uint32_t> with_pointer(const PixelView& display, const Pointer& pointer)
{
    std::vector<std::uint32_t> pixels;
    for (std::int32_t y = 0; y < display.size().height; ++y) {
        pixels.insert(pixels.end(), display.row(y), display.row(y) + display.size().width);
    }
    const Cursor& cursor = pointer.cursor;
    for (std::int32_t row = 0; row < cursor.size.height; ++row) {
        for (std::int32_t column = 0; column < cursor.size.width; ++column) {
            const std::int32_t x = pointer.position.x - cursor.hotspot.x + column;
            const std::int32_t y = pointer.position.y - cursor.hotspot.y + row;
            if (x < 0 || y < 0 || x >= display.size().width || y >= display.size().height) {
                continue;
            }
            const std::uint32_t over =
                cursor.pixels[static_cast<std::size_t>(row * cursor.size.width + column)];
            std::uint32_t& pixel = pixels[static_cast<std::size_t>(y * display.size().width + x)];
            std::uint32_t mixed = 0;
            for (const unsigned shift : {0U, 8U, 16U}) {
                const double share = (over >> 24U) / 255.0;
                const double top = (over >> shift) & 0xffU;
                const double bottom = (pixel >> shift) & 0xffU;
                mixed |= static_cast<std::uint32_t>(std::lround(top * share + bottom * (1 - share)))
                         << shift;
            }
            pixel = mixed;
        }
    }
    return pixels;
}

struct Schedule
{
    explicit Schedule(std::uint32_t seed) : random(seed)
    {
        // Few, so that viewers share; each viewer changes between them.
        const int kinds = chance(random, 60) ? 1 : pick(random, 2, 3);
        for (int i = 0; i < kinds; ++i) {
            wishes.emplace_back(random);
        }
    }

    Random random;
    int longest_pause_ms = pick(random, 1, 60);
    bool has_pointer = chance(random, 40);
    Pointer pointer;
    std::vector<Wishes> wishes;
    std::list<Connection> connections;
    AccessPolicy policy;
};

void connect(Schedule& schedule, EventLoop& loop, Display& display, TaskScope& scope)
{
    Connection& added = schedule.connections.emplace_back(
        loop, display, schedule.policy, schedule.wishes, schedule.random);
    scope.spawn(serve(added));
    scope.spawn(look(added));
}

void act(Schedule& schedule, EventLoop& loop, Display& display, TaskScope& scope)
{
    Random& random = schedule.random;
    const int what = pick(random, 1, 100);
    if (what <= 6 && schedule.connections.size() < 8) {
        connect(schedule, loop, display, scope);
    } else if (what <= 7) {
        display.resize({pick(random, 1, 160), pick(random, 1, 120)});
    } else if (schedule.has_pointer && what <= 28 && what % 3 == 0) {
        change_pointer(display, schedule.pointer, random);
    } else if (what <= 28 && !schedule.connections.empty()) {
        const int index = pick(random, 0, static_cast<int>(schedule.connections.size()) - 1);
        Connection& connection = *std::next(schedule.connections.begin(), index);
        if (chance(random, 20)) {
            scope.spawn(exchange_pointer(connection));
        } else if (chance(random, 50)) {
            scope.spawn(surprise(connection, chance(random, 50)));
        } else if (chance(random, 25)) {
            connection.viewer->disconnect();
            connection.is_alive = false;
        } else {
            connection.viewer->set_stalled(chance(random, 50));
        }
    } else {
        draw(display, random);
    }
}

// What schedules are there for must happen in some of them.
std::uint64_t early_updates = 0;

Task<> run_schedule(EventLoop& loop, Schedule& schedule, std::string& failure)
{
    const TaskContext context = co_await current_context();
    TaskScope scope(context);
    RandomPool pool(loop, scope, schedule.random);
    DisplaySettings settings;
    settings.size = {pick(schedule.random, 1, 160), pick(schedule.random, 1, 120)};
    if (chance(schedule.random, 40)) { // where it is worth it to look for moves
        settings.size = {pick(schedule.random, 160, 200), pick(schedule.random, 130, 180)};
    }
    settings.cache.bytes = static_cast<std::size_t>(chance(schedule.random, 30) ? 60000 : 4000000);
    if (chance(schedule.random, 40)) { // parts that go out while others are encoded
        settings.cache.large_update = pick(schedule.random, 1, 8000);
    }
    Display display(context, pool, settings);
    const GrantingSink sink(display);
    scope.spawn(display.run());
    for (int i = pick(schedule.random, 0, 4); i > 0; --i) {
        connect(schedule, loop, display, scope);
    }
    const int steps = pick(schedule.random, 20, 160);
    for (int i = 0; i < steps; ++i) {
        act(schedule, loop, display, scope);
        co_await loop.sleep_for(milliseconds(pick(schedule.random, 0, schedule.longest_pause_ms)));
    }
    for (Connection& connection : schedule.connections) {
        scope.spawn(settle(connection));
    }
    co_await loop.sleep_for(std::chrono::seconds(20));
    const std::vector<std::uint32_t> drawn = with_pointer(display.back(), schedule.pointer);
    for (const Connection& connection : schedule.connections) {
        early_updates += connection.viewer->early_updates();
        if (!connection.is_alive) {
            continue;
        }
        // Closed for taking nothing while memory was short: that is allowed.
        if (connection.failure.find("memory is short") == std::string::npos) {
            failure += connection.failure;
            if (connection.failure.empty()) {
                const bool plain = connection.viewer->shows_pointer();
                failure += connection.viewer->compare(
                    plain ? PixelView(display.back())
                          : PixelView(drawn.data(), display.size(), display.size().width));
            }
        }
    }
    co_await scope.cancel_and_join();
    for (Connection& connection : schedule.connections) {
        connection.session.reset(); // before the display goes
    }
}

std::string outcome(std::uint32_t seed)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    Schedule schedule(seed);
    std::string failure;
    loop.run(run_schedule(loop, schedule, failure));
    return failure;
}

std::uint32_t number_from(const char* variable, std::uint32_t otherwise)
{
    const char* const text = std::getenv(variable);
    return text != nullptr ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10))
                           : otherwise;
}

} // namespace

TEST_CASE("when the display goes quiet, every viewer's pixels equal the front surface",
          "[property]")
{
    const std::uint32_t only = number_from("COVNC_PROPERTY_SEED", 0);
    const std::uint32_t count = number_from("COVNC_PROPERTY_SCHEDULES", 1000);
    const std::uint32_t first = only != 0 ? only : 1;
    const std::uint32_t last = only != 0 ? only : count;
    for (std::uint32_t seed = first; seed <= last; ++seed) {
        const std::string failure = outcome(seed);
        INFO("COVNC_PROPERTY_SEED=" << seed);
        REQUIRE(failure == "");
    }
    CHECK((only != 0 || early_updates > count));
}
