#include "src/sources/qemu/listener.h"

#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <string_view>

namespace covnc {

namespace {

constexpr const char* kListener = "org.qemu.Display1.Listener";
constexpr const char* kMap = "org.qemu.Display1.Listener.Unix.Map";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

std::span<const std::uint8_t> read_bytes(sd_bus_message* message)
{
    const void* data = nullptr;
    std::size_t size = 0;
    check_message(sd_bus_message_read_array(message, 'y', &data, &size), "cannot read pixels");
    return {static_cast<const std::uint8_t*>(data), size};
}

// Unsigned numbers of the wire as a size; what does not fit becomes empty, which nobody accepts.
Size size_of(std::uint32_t width, std::uint32_t height)
{
    const auto most = static_cast<std::uint32_t>(kMaxSide);
    if (width > most || height > most) {
        return {};
    }
    return {static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)};
}

bool is_text(const char* text, std::string_view expected)
{
    return text != nullptr && text == expected;
}

} // namespace

QemuListener::QemuListener(EventLoop& loop,
                           FileDescriptor socket,
                           QemuScreen screen,
                           std::function<void()> ask_size)
    : connection_(loop, open_peer(std::move(socket))),
      screen_(std::move(screen)),
      ask_size_(std::move(ask_size))
{}

Task<> QemuListener::run()
{
    co_await connection_.become_ready();
    for (;;) {
        DbusMessage message = connection_.try_next();
        while (message) {
            handle(std::move(message));
            message = connection_.try_next();
        }
        screen_.flush();
        co_await connection_.wait();
    }
}

void QemuListener::handle(DbusMessage message)
{
    sd_bus_message* const raw = message.get();
    try {
        dispatch(message);
    } catch (const BadPicture& error) {
        drop(raw, error.what());
    } catch (const DbusBadMessage& error) {
        drop(raw, error.what());
    }
}

void QemuListener::dispatch(DbusMessage& message)
{
    sd_bus_message* const raw = message.get();
    if (sd_bus_message_is_method_call(raw, kProperties, nullptr) > 0) {
        answer_properties(raw);
        return;
    }
    const bool is_listener = sd_bus_message_is_method_call(raw, kListener, nullptr) > 0;
    const bool is_map = sd_bus_message_is_method_call(raw, kMap, nullptr) > 0;
    const char* const member = sd_bus_message_get_member(raw);
    if (is_listener && is_text(member, "Update")) {
        update_or_wait(message);
    } else if (is_listener && is_text(member, "Scanout")) {
        scanout(raw);
    } else if (is_listener && is_text(member, "CursorDefine")) {
        define_cursor(raw);
    } else if (is_listener && is_text(member, "MouseSet")) {
        require_signature(raw, "iii");
        std::int32_t x = 0;
        std::int32_t y = 0;
        std::int32_t on = 0;
        read(raw, "iii", &x, &y, &on);
        if (on != 0) {
            screen_.move_cursor({x, y});
        }
        screen_.show_cursor(on != 0);
    } else if (is_listener && is_text(member, "Disable")) {
        shared_.reset();
        connection_.accept(raw);
    } else if (is_listener && is_text(member, "ScanoutDMABUF")) {
        scanout_dmabuf(raw);
    } else if (is_map && is_text(member, "ScanoutMap")) {
        scanout_map(raw);
    } else if (is_map && is_text(member, "UpdateMap")) {
        update_map(raw);
    } else {
        connection_.refuse(raw, "no such method here");
    }
}

void QemuListener::answer_properties(sd_bus_message* call)
{
    if (!is_text(sd_bus_message_get_member(call), "GetAll")) {
        connection_.refuse(call, "only GetAll is answered");
        return;
    }
    const char* interface = nullptr;
    read(call, "s", &interface);
    DbusMessage reply = DbusConnection::make_answer(call);
    const bool about_listener = is_text(interface, kListener);
    if (about_listener) {
        append(reply, "a{sv}", 1, "Interfaces", "as", 1, kMap);
    } else {
        append(reply, "a{sv}", 0);
    }
    connection_.send_one_way(std::move(reply));
    if (about_listener) {
        attached_.set();
    }
}

void QemuListener::drop(sd_bus_message* message, const char* why)
{
    if (dropped_++ == 0) {
        spdlog::warn("qemu: the machine sent a picture that cannot be: {} (said once)", why);
    }
    if (message != nullptr) {
        connection_.refuse(message, why);
    }
}

void QemuListener::scanout(sd_bus_message* message)
{
    require_signature(message, "uuuuay");
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint32_t stride = 0;
    std::uint32_t format = 0;
    read(message, "uuuu", &width, &height, &stride, &format);
    screen_.scanout(PixelBlock(size_of(width, height), stride, format, read_bytes(message)));
    shared_.reset();
    forget_waiting();
    check_console_size();
}

// False where it reaches outside.
bool QemuListener::update(sd_bus_message* message)
{
    require_signature(message, "iiiiuuay");
    std::int32_t x = 0;
    std::int32_t y = 0;
    std::int32_t width = 0;
    std::int32_t height = 0;
    std::uint32_t stride = 0;
    std::uint32_t format = 0;
    read(message, "iiiiuu", &x, &y, &width, &height, &stride, &format);
    const PixelBlock block(Size{width, height}, stride, format, read_bytes(message));
    return screen_.update({x, y}, block);
}

void QemuListener::update_or_wait(DbusMessage& message)
{
    const bool fits = update(message.get());
    if (fits) {
        return;
    }
    // A part of a picture whose size we have not heard of: it is drawn when we have.
    check_message(sd_bus_message_rewind(message.get(), 1), "cannot read a message again");
    check_message(sd_bus_message_skip(message.get(), "iiiiuu"), "cannot read a message again");
    const std::size_t bytes = read_bytes(message.get()).size();
    check_message(sd_bus_message_rewind(message.get(), 1), "cannot read a message again");
    Waiting waiting;
    waiting.message = std::move(message);
    waiting.bytes = bytes;
    waiting_.push_back(std::move(waiting));
    waiting_bytes_ += bytes;
    while (waiting_.size() > kMaxWaiting || waiting_bytes_ > kMaxWaitingBytes) {
        waiting_bytes_ -= waiting_.front().bytes;
        waiting_.pop_front();
        ++dropped_;
    }
    ask_size_();
}

void QemuListener::console_size(Size size)
{
    console_size_ = size;
    try {
        screen_.resize(size);
    } catch (const BadPicture& error) {
        drop(nullptr, error.what());
        return;
    }
    if (shared_ && shared_->size() != size) {
        shared_.reset();
    }
    std::deque<Waiting> waiting = std::move(waiting_);
    forget_waiting();
    for (Waiting& entry : waiting) {
        const bool fits = update(entry.message.get()); // was checked when it came
        dropped_ += fits ? 0U : 1U;
    }
    screen_.flush();
}

// A picture of another size than the console's: one of the two is old news.
void QemuListener::check_console_size()
{
    if (screen_.size() != console_size_) {
        ask_size_();
    }
}

void QemuListener::forget_waiting()
{
    waiting_.clear();
    waiting_bytes_ = 0;
}

void QemuListener::scanout_map(sd_bus_message* message)
{
    require_signature(message, "huuuuu");
    int borrowed = -1;
    std::uint32_t offset = 0;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint32_t stride = 0;
    std::uint32_t format = 0;
    read(message, "huuuuu", &borrowed, &offset, &width, &height, &stride, &format);
    SharedSurface surface(FileDescriptor(fcntl(borrowed, F_DUPFD_CLOEXEC, 0)),
                          offset,
                          size_of(width, height),
                          stride,
                          format);
    connection_.accept(message); // QEMU waits for it: before the work
    screen_.replace(surface.size());
    shared_.emplace(std::move(surface));
    forget_waiting();
    const Rect all = Rect::of(shared_->size());
    shared_->copy(all, screen_.back());
    screen_.touched(all);
    check_console_size();
}

void QemuListener::update_map(sd_bus_message* message)
{
    require_signature(message, "iiii");
    Rect area;
    read(message, "iiii", &area.x, &area.y, &area.width, &area.height);
    connection_.accept(message);
    const Rect all = Rect::of(screen_.size());
    if (!shared_ || shared_->size() != screen_.size() || area.is_empty() || area.x < 0 ||
        area.y < 0 || area.width > all.width - area.x || area.height > all.height - area.y) {
        throw BadPicture("an update lies outside of the shared picture");
    }
    shared_->copy(area, screen_.back());
    screen_.touched(area);
}

void QemuListener::define_cursor(sd_bus_message* message)
{
    require_signature(message, "iiiiay");
    Size size;
    Point hotspot;
    read(message, "iiii", &size.width, &size.height, &hotspot.x, &hotspot.y);
    screen_.define_cursor(size, hotspot, read_bytes(message));
}

void QemuListener::scanout_dmabuf(sd_bus_message* message)
{
    connection_.refuse(message, "pictures in a GPU's memory are not taken");
    if (!dmabuf_refused_) {
        dmabuf_refused_ = true;
        spdlog::warn("qemu: the machine draws in a GPU's memory, which cannot be shown; run it "
                     "without gl=on");
    }
}

} // namespace covnc
