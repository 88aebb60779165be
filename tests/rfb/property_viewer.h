// The viewer of the property test: parses strictly, asks, changes its mind and dawdles as its seed
// has it.
#pragma once

#include "coroutine/event_loop.h"
#include "coroutine/memory_stream.h"
#include "coroutine/mutex.h"
#include "rfb/client_handshake.h"
#include "rfb/client_messages.h"
#include "rfb/fence.h"
#include "rfb/framebuffer.h"
#include "rfb/pseudo_rectangles.h"
#include "rfb/rectangle_reader.h"
#include "tests/support/decoder.h"

#include <memory>
#include <optional>
#include <random>
#include <string>

namespace covnc::test {

using Random = std::mt19937;

inline int pick(Random& random, int low, int high)
{
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
}
inline bool chance(Random& random, int percent)
{
    return pick(random, 1, 100) <= percent;
}
inline Duration milliseconds(int count)
{
    return std::chrono::milliseconds(count);
}

inline const std::vector<PixelFormat>& formats()
{
    static const std::vector<PixelFormat> all = [] {
        std::vector<PixelFormat> list(6);
        list[1].big_endian = true;
        list[2].red_shift = 0;
        list[2].blue_shift = 16;
        list[3] = {16, 16, false, true, 31, 63, 31, 11, 5, 0};
        list[4] = {16, 15, true, true, 31, 31, 31, 10, 5, 0};
        list[5] = {8, 8, false, true, 7, 7, 3, 0, 3, 6};
        return list;
    }();
    return all;
}

// What a viewer asks for at one time; those with equal wishes share encodings.
struct Wishes
{
    explicit Wishes(Random& random)
        : format(formats()[static_cast<std::size_t>(pick(random, 0, 5))]),
          copy_rect(chance(random, 60))
    {
        const std::vector<std::int32_t> exact{0, 2, 4, 5, 6, 7, 15, 16, 16, 16, -260};
        encodings.push_back(
            exact[static_cast<std::size_t>(pick(random, 0, static_cast<int>(exact.size()) - 1))]);
        if (chance(random, 30)) { // photographs in Tight
            encodings.push_back(7);
        }
        if (chance(random, 40)) { // photographs as JPEG
            const std::vector<std::int32_t> carriers{7, -260, 21};
            encodings.push_back(carriers[static_cast<std::size_t>(pick(random, 0, 2))]);
            encodings.push_back(-32 + pick(random, 0, 9));
        }
    }

    PixelFormat format;
    std::vector<std::int32_t> encodings;
    bool copy_rect;
};

// A viewer that parses strictly and asks as it likes.
class PropertyViewer
{
public:
    // wishes: among which it changes its mind. is_prompt: whatever it writes at once is read at
    // once, so that the session does nothing in between.
    PropertyViewer(EventLoop& loop,
                   std::unique_ptr<MemoryStream> stream,
                   std::vector<Wishes> wishes,
                   bool is_prompt,
                   std::uint32_t seed)
        : loop_(loop),
          stream_(std::move(stream)),
          channel_(*stream_),
          rectangles_(channel_.reader(), true),
          all_wishes_(std::move(wishes)),
          random_(seed),
          resizes_(chance(random_, 80)),
          old_resize_(chance(random_, 30)),
          asks_for_parts_(chance(random_, 20)),
          asks_anew_(!asks_for_parts_ && chance(random_, 40)),
          dawdles_(chance(random_, 50)),
          wants_fences_(chance(random_, 50)),
          wants_continuous_(wants_fences_ && !asks_for_parts_ && !asks_anew_ &&
                            chance(random_, 60)),
          is_prompt_(is_prompt)
    {}

    Task<> run()
    {
        co_await greet();
        co_await change_wishes();
        co_await request(false);
        for (;;) {
            co_await read_message();
        }
    }

    // At any time, also while an update is on its way: exchanges colours, where pixels keep their
    // size so that updates of either kind can be parsed. The acknowledgement of the mouse buttons
    // leads the first update that was put together afterwards, and from there on pixels must be of
    // the new format.
    Task<> exchange_colours()
    {
        const bool can = decoder_ != nullptr && is_prompt_ && !settling_ && !next_format_ &&
                         !writing_.is_locked() && format_.bits_per_pixel == 32;
        if (!can) {
            co_return;
        }
        const Mutex::Guard turn = co_await writing_.lock();
        next_format_ = formats()[static_cast<std::size_t>(pick(random_, 0, 2))];
        Bytes out;
        write_encodings(out, false);
        SetPixelFormat{*next_format_}.write(out);
        write_encodings(out, true);
        co_await stream_->write_all(ByteView(out));
    }

    // At any time, also while an update is on its way: forgets its pixels and asks for all of them.
    // For those who do not change their wishes: nobody can tell how many updates will answer.
    Task<> ask_anew()
    {
        if (decoder_ == nullptr || settling_ || !asks_anew_ || writing_.is_locked()) {
            co_return;
        }
        const Mutex::Guard turn = co_await writing_.lock();
        decoder_->resize(decoder_->size());
        asked_ = Rect::of(decoder_->size());
        Bytes out;
        FramebufferUpdateRequest{false, asked_}.write(out);
        co_await stream_->write_all(ByteView(out));
    }

    // At any time: can show a pointer itself from now on, or no longer.
    Task<> exchange_pointer()
    {
        if (decoder_ == nullptr || settling_ || writing_.is_locked()) {
            co_return;
        }
        const Mutex::Guard turn = co_await writing_.lock();
        shows_pointer_ = !shows_pointer_;
        Bytes out;
        write_encodings(out, next_format_.has_value());
        co_await stream_->write_all(ByteView(out));
    }
    // Whether the picture comes without it.
    bool shows_pointer() const { return shows_pointer_; }

    // From now on asks for everything; a part it asked for before may never be answered.
    Task<> settle()
    {
        settling_ = true;
        set_stalled(false);
        if (decoder_ != nullptr && asked_ != Rect::of(decoder_->size())) {
            co_await request(true);
        }
    }
    void disconnect() { stream_->shutdown_write(); }
    void set_stalled(bool stalled) { stream_->in().set_stalled(stalled); }
    bool is_greeted() const { return decoder_ != nullptr; }
    std::uint64_t updates() const { return updates_; }
    // Those that began before they were encoded.
    std::uint64_t early_updates() const { return early_updates_; }

    // Nothing where all is as it should be.
    std::string compare(const PixelView& display) const
    {
        for (std::int32_t y = 0; y < decoder_->size().height; ++y) {
            for (std::int32_t x = 0; x < decoder_->size().width; ++x) {
                const bool inside = x < display.size().width && y < display.size().height;
                const std::uint32_t rgb = inside ? display.at(x, y) : 0;
                if (decoder_->pixel(x, y) != expected_pixel(format_, rgb)) {
                    return "pixel " + std::to_string(x) + "," + std::to_string(y) + " of " +
                           std::to_string(decoder_->size().width) + "x" +
                           std::to_string(decoder_->size().height) + " display " +
                           std::to_string(display.size().width) + "x" +
                           std::to_string(display.size().height) +
                           (resizes_ ? " resizes" : " fixed") + " bpp " +
                           std::to_string(format_.bits_per_pixel) + " got " +
                           std::to_string(decoder_->pixel(x, y)) + " want " +
                           std::to_string(expected_pixel(format_, rgb)) + " updates " +
                           std::to_string(updates_) + " changes " + std::to_string(changes_);
                }
            }
        }
        const bool same_size = decoder_->size() == display.size();
        return resizes_ && !same_size ? "has another size" : "";
    }

private:
    Task<> greet()
    {
        const ClientIdentity identity;
        const ServerGreeting greeting = co_await client_handshake(channel_, identity);
        decoder_ = std::make_unique<UpdateDecoder>(format_, greeting.size);
    }

    // Only between an update and the next request: then both sides know what holds from when on.
    Task<> change_wishes()
    {
        const Mutex::Guard turn = co_await writing_.lock();
        Bytes out;
        ++changes_;
        const Wishes& chosen = all_wishes_[static_cast<std::size_t>(
            pick(random_, 0, static_cast<int>(all_wishes_.size()) - 1))];
        encodings_ = chosen.encodings;
        copy_rect_ = chosen.copy_rect;
        if (!next_format_) {
            format_ = chosen.format;
            decoder_->set_format(format_);
            SetPixelFormat{format_}.write(out);
        }
        write_encodings(out, next_format_.has_value());
        co_await stream_->write_all(ByteView(out));
    }

    void write_encodings(Bytes& out, bool buttons) const
    {
        std::vector<std::int32_t> encodings = encodings_;
        if (copy_rect_) {
            encodings.push_back(1);
        }
        if (resizes_) {
            encodings.push_back(old_resize_ ? -223 : -308);
        }
        if (buttons) {
            encodings.push_back(kButtons);
        }
        if (shows_pointer_) {
            encodings.push_back(kXCursor);
        }
        if (knows_last_rect_) {
            encodings.push_back(kLastRect);
        }
        if (wants_fences_) {
            encodings.push_back(-312);
        }
        if (wants_continuous_) {
            encodings.push_back(-313);
        }
        write_set_encodings(out, encodings);
    }

    Task<> request(bool incremental)
    {
        const Mutex::Guard turn = co_await writing_.lock();
        Rect area = Rect::of(decoder_->size());
        if (asks_for_parts_ && !settling_ && incremental && chance(random_, 80)) {
            area = {pick(random_, 0, area.width - 1), pick(random_, 0, area.height - 1), 40, 50};
        }
        asked_ = incremental ? area : Rect::of(decoder_->size());
        Bytes out;
        FramebufferUpdateRequest{incremental, area}.write(out);
        if (!settling_ && chance(random_, 1) && resizes_ && !old_resize_ && knows_layout_) {
            SetDesktopSize{ScreenLayout::single({pick(random_, 1, 160), pick(random_, 1, 120)})}
                .write(out);
        }
        co_await stream_->write_all(ByteView(out));
    }

    Task<> read_message()
    {
        const std::uint8_t type = co_await channel_.reader().read_byte();
        if (type == 1) {
            Bytes head(5);
            co_await channel_.reader().read_exact(head);
            const std::uint64_t entries = std::uint64_t{head[3]} << 8U | head[4];
            co_await channel_.reader().skip(6U * entries);
            co_return;
        }
        if (type == 150 && wants_continuous_) { // EndOfContinuousUpdates: the server can
            co_await enable_continuous_updates();
            co_return;
        }
        if (type == Fence::kType && wants_fences_) {
            co_await answer_fence();
            co_return;
        }
        if (type != 0) {
            throw std::runtime_error("unexpected message " + std::to_string(type));
        }
        co_await read_update();
    }

    // The whole screen; to be said again for each size.
    Task<> enable_continuous_updates()
    {
        const Mutex::Guard turn = co_await writing_.lock();
        continuous_ = true;
        asked_ = Rect::of(decoder_->size());
        Bytes out;
        EnableContinuousUpdates{true, asked_}.write(out);
        co_await stream_->write_all(ByteView(out));
    }

    Task<> answer_fence()
    {
        Bytes body(Fence::kHeadSize);
        co_await channel_.reader().read_exact(body);
        body.resize(body.size() + Fence::payload_length(body));
        co_await channel_.reader().read_exact(std::span(body).subspan(Fence::kHeadSize));
        const Mutex::Guard turn = co_await writing_.lock();
        Bytes out;
        Fence::parse(body).reply().write(out);
        co_await stream_->write_all(ByteView(out));
    }

    Task<> read_update()
    {
        ++updates_;
        Bytes head(3);
        co_await channel_.reader().read_exact(head);
        const int count = head[1] << 8 | head[2];
        if (count == 65535 && !knows_last_rect_) {
            throw std::runtime_error("an update without a count");
        }
        bool resized = false;
        was_last_ = false;
        for (int i = 0; i < count && !was_last_; ++i) {
            const bool was_size = co_await read_rectangle();
            resized = resized || was_size;
        }
        if (was_last_ != (count == 65535)) {
            throw std::runtime_error("LastRect where there is a count, or none at all");
        }
        early_updates_ += was_last_ ? 1U : 0U;
        if (!settling_ && chance(random_, dawdles_ ? 60 : 5)) {
            co_await loop_.sleep_for(milliseconds(pick(random_, 1, 300)));
        }
        bool refresh = resized || (!settling_ && chance(random_, 3));
        if (continuous_ && resized) {
            co_await enable_continuous_updates();
        }
        if (continuous_ && !refresh) {
            co_return;
        }
        if (!settling_ && !asks_anew_ && !wants_continuous_ && chance(random_, 4)) {
            co_await change_wishes();
            refresh = true;
        }
        co_await request(!refresh);
    }

    // True where it was a new size.
    Task<bool> read_rectangle()
    {
        bytes_.resize(RectangleHead::kSize);
        co_await channel_.reader().read_exact(bytes_);
        const RectangleHead head = RectangleHead::parse(bytes_);
        if (head.encoding == -223 || head.encoding == -308) {
            if (head.encoding == -308) {
                knows_layout_ = true;
                Bytes screens(4);
                co_await channel_.reader().read_exact(screens);
                co_await channel_.reader().skip(screens[0] * 16U);
            }
            // The same size again is no reason to ask for everything: that would never end.
            const bool is_new = head.area.size() != decoder_->size();
            if (is_new) {
                decoder_->resize(head.area.size());
            }
            co_return is_new;
        }
        if (head.encoding == kLastRect) {
            was_last_ = true;
            co_return false;
        }
        if (head.encoding == kButtons) {
            if (next_format_) {
                format_ = *std::exchange(next_format_, std::nullopt);
                decoder_->set_format(format_);
            }
            co_return false;
        }
        if (head.encoding == kXCursor) {
            const std::uint64_t row = (static_cast<std::uint64_t>(head.area.width) + 7) / 8;
            const std::uint64_t mask = row * static_cast<std::uint64_t>(head.area.height);
            const std::uint64_t length = mask == 0 ? 0 : 6 + 2 * mask;
            co_await channel_.reader().skip(length);
            co_return false;
        }
        if (!asked_.contains(head.area)) {
            throw std::runtime_error("pixels that were not asked for");
        }
        rectangles_.set_format(format_);
        co_await rectangles_.read(head);
        bytes_.insert(bytes_.end(), rectangles_.data().begin(), rectangles_.data().end());
        decoder_->decode_rectangles(1, bytes_);
        co_return false;
    }

    static constexpr std::int32_t kButtons = -316; // ExtendedMouseButtons
    static constexpr std::int32_t kXCursor = -240;
    static constexpr std::int32_t kLastRect = -224;

    EventLoop& loop_;
    std::unique_ptr<MemoryStream> stream_;
    Channel channel_;
    RectangleReader rectangles_; // where a rectangle ends; what it holds is decoder_'s
    Mutex writing_;
    std::vector<Wishes> all_wishes_;
    Random random_;
    bool resizes_;
    bool old_resize_;
    bool asks_for_parts_;
    bool asks_anew_;
    bool dawdles_;
    bool wants_fences_;
    bool wants_continuous_;
    bool continuous_ = false; // updates come without being asked for
    bool is_prompt_;
    bool shows_pointer_ = chance(random_, 40);
    bool knows_last_rect_ = chance(random_, 60);
    bool was_last_ = false; // LastRect came
    std::vector<std::int32_t> encodings_;
    bool copy_rect_ = false;
    std::optional<PixelFormat> next_format_; // asked for, and not yet confirmed
    bool knows_layout_ = false;
    bool settling_ = false;
    PixelFormat format_;
    std::unique_ptr<UpdateDecoder> decoder_;
    Rect asked_;
    Bytes bytes_;
    std::uint64_t updates_ = 0;
    std::uint64_t early_updates_ = 0;
    int changes_ = 0;
};

} // namespace covnc::test
