/* See covnc_display.h, and docs/shm-protocol.md for the messages. */
#define _GNU_SOURCE
#include "covnc_display.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

/* --- the protocol ------------------------------------------------------------------------- */

enum {
    MAGIC = 0x434e5643, /* "CVNC" */
    VERSION = 1,
    /* ours */
    HELLO = 1,
    SURFACE = 2,
    DAMAGE = 3,
    FRAME = 4,
    CURSOR = 5,
    LEDS = 6,
    POINTER_MODE = 7,
    BELL = 8,
    /* the daemon's */
    WELCOME = 101,
    FRAME_TAKEN = 102,
    KEY = 103,
    POINTER = 104,
    RESIZE = 105,
    VIEWERS = 106,
    BYE = 107,
    TAKES_BELL = 1, /* in WELCOME; older ones do not */

    MOST_NAME = 255,
    MOST_SIDE = 16384,
    MOST_CURSOR_SIDE = 256,
    MOST_RECTANGLES = 64, /* more become one */
    MOST_FRAMES_UNDER_WAY = 2,
    MOST_MESSAGE = 1024,
    MOST_AT_ONCE = 256, /* messages without an event that one call takes */
    RETRY_SECONDS = 1
};

typedef struct {
    int32_t x, y, width, height;
} rectangle;

struct covnc_display {
    struct sockaddr_un address;
    char name[MOST_NAME + 1];
    unsigned flags;

    int epoll; /* what callers poll: the socket, or the timer while there is none */
    int timer;
    int socket; /* -1: not connected */
    int is_welcome;
    int announced; /* the CONNECTED event was given */
    int wants_write;
    int has_bye;     /* the daemon said itself why it ends the connection */
    char error[128]; /* of the last connection; empty once there is another */

    int memory;
    uint32_t *pixels;
    size_t bytes;
    unsigned width, height;

    rectangle damage[MOST_RECTANGLES];
    unsigned damage_count;
    int frame_due;   /* the damage so far is a frame that was not sent */
    int was_framed;  /* since the last resize: there is a picture */
    uint32_t sent;   /* frames */
    uint32_t taken;  /* of them */
    int surface_due; /* the daemon does not know it */
    int cursor_due;
    int leds_due;
    int mode_due;
    int takes_bell; /* the daemon */
    int bell_due;

    int cursor_memory; /* -1: hidden or never set */
    uint32_t cursor[4];
    int has_cursor;
    uint32_t leds;
    uint32_t absolute;
};

/* --- sending -------------------------------------------------------------------------------- */

static void watch(covnc_display *d, int operation, int fd, uint32_t events)
{
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(d->epoll, operation, fd, &event);
}

static void watch_writable(covnc_display *d, int on)
{
    if (d->wants_write != on && d->socket >= 0) {
        d->wants_write = on;
        watch(d, EPOLL_CTL_MOD, d->socket, on ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
}

static void retry_later(covnc_display *d)
{
    struct itimerspec time;
    memset(&time, 0, sizeof time);
    time.it_value.tv_sec = RETRY_SECONDS;
    timerfd_settime(d->timer, 0, &time, NULL);
}

/* The text of a Bye, without what a terminal would take for a command. */
static void note_bye(covnc_display *d, const uint32_t *words, size_t length)
{
    const char *const text = (const char *)(words + 1);
    size_t from, to = 0;
    for (from = 0; from < length - sizeof words[0] && to + 1 < sizeof d->error; ++from) {
        if ((unsigned char)text[from] >= ' ' && text[from] != 127) {
            d->error[to++] = text[from];
        }
    }
    d->error[to] = '\0';
    d->has_bye = to > 0;
}

/* Where sending failed, the reason may wait unread; and a reset comes before it. */
static void look_for_bye(covnc_display *d)
{
    uint32_t words[MOST_MESSAGE / 4];
    int i;
    for (i = 0; i < MOST_AT_ONCE && !d->has_bye; ++i) {
        const ssize_t length = recv(d->socket, words, sizeof words, MSG_DONTWAIT);
        if (length >= (ssize_t)sizeof words[0] && words[0] == BYE) {
            note_bye(d, words, (size_t)length);
        } else if (length == 0 || (length < 0 && errno != ECONNRESET)) {
            return;
        }
    }
}

static void disconnect(covnc_display *d, const char *why)
{
    if (d->socket < 0) {
        return;
    }
    look_for_bye(d);
    if (!d->has_bye) {
        snprintf(d->error, sizeof d->error, "%s", why);
    }
    watch(d, EPOLL_CTL_DEL, d->socket, 0);
    close(d->socket);
    d->socket = -1;
    d->is_welcome = 0;
    d->wants_write = 0;
    d->sent = 0;
    d->taken = 0;
    retry_later(d);
}

/* 1: sent; 0: there is no room now, or no daemon any more. fd: goes along; -1: none. */
static int send_message(covnc_display *d, const void *bytes, size_t length, int fd)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec vector;
    struct msghdr header;
    memset(&header, 0, sizeof header);
    vector.iov_base = (void *)(uintptr_t)bytes; /* only read */
    vector.iov_len = length;
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    if (fd >= 0) {
        memset(&control, 0, sizeof control);
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    }
    if (sendmsg(d->socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) {
        return 1;
    }
    if (errno != EAGAIN && errno != EINTR) {
        disconnect(d, strerror(errno));
    }
    return 0;
}

static int send_surface(covnc_display *d)
{
    const uint32_t message[4] = {SURFACE, d->width, d->height, (uint32_t)(d->width * 4)};
    return send_message(d, message, sizeof message, d->memory);
}

static int send_cursor(covnc_display *d)
{
    uint32_t message[5] = {CURSOR, 0, 0, 0, 0};
    memcpy(message + 1, d->cursor, sizeof d->cursor);
    return send_message(d, message, sizeof message, d->cursor_memory);
}

static int send_value(covnc_display *d, uint32_t type, uint32_t value)
{
    const uint32_t message[2] = {type, value};
    return send_message(d, message, sizeof message, -1);
}

static int send_bell(covnc_display *d)
{
    const uint32_t message = BELL;
    return send_message(d, &message, sizeof message, -1);
}

static int send_damage(covnc_display *d)
{
    uint32_t message[1 + 4 * MOST_RECTANGLES];
    const size_t bytes = d->damage_count * sizeof(rectangle);
    message[0] = DAMAGE;
    memcpy(message + 1, d->damage, bytes);
    return send_message(d, message, sizeof message[0] + bytes, -1);
}

static int flush_frame(covnc_display *d)
{
    if (d->sent - d->taken >= MOST_FRAMES_UNDER_WAY) {
        return 1; /* FRAME_TAKEN brings us back */
    }
    if (d->damage_count > 0) {
        if (!send_damage(d)) {
            return 0;
        }
        d->damage_count = 0;
    }
    if (!send_value(d, FRAME, d->sent + 1)) {
        return 0;
    }
    d->sent += 1;
    d->frame_due = 0;
    return 1;
}

/* Sends what is due, as far as there is room. */
static void flush(covnc_display *d)
{
    int is_done = 1;
    if (!d->is_welcome) {
        return;
    }
    if (d->surface_due && d->pixels != NULL && (is_done = send_surface(d)) != 0) {
        d->surface_due = 0;
    }
    if (is_done && d->cursor_due && d->has_cursor && (is_done = send_cursor(d)) != 0) {
        d->cursor_due = 0;
    }
    if (is_done && d->leds_due && (is_done = send_value(d, LEDS, d->leds)) != 0) {
        d->leds_due = 0;
    }
    if (is_done && d->mode_due && (is_done = send_value(d, POINTER_MODE, d->absolute)) != 0) {
        d->mode_due = 0;
    }
    if (is_done && d->bell_due && (is_done = send_bell(d)) != 0) {
        d->bell_due = 0;
    }
    if (is_done && d->frame_due) {
        is_done = flush_frame(d);
    }
    watch_writable(d, !is_done);
}

/* --- connecting ----------------------------------------------------------------------------- */

static int send_hello(covnc_display *d)
{
    uint32_t message[4 + (MOST_NAME + 1) / 4];
    const size_t length = strlen(d->name);
    message[0] = HELLO;
    message[1] = MAGIC;
    message[2] = VERSION;
    message[3] = d->flags;
    memcpy(message + 4, d->name, length);
    return send_message(d, message, 4 * sizeof message[0] + length, -1);
}

static void connect_now(covnc_display *d)
{
    uint64_t expirations;
    ssize_t ignored = read(d->timer, &expirations, sizeof expirations);
    (void)ignored;
    d->has_bye = 0;
    d->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (d->socket < 0) {
        snprintf(d->error, sizeof d->error, "%s", strerror(errno));
        retry_later(d);
        return;
    }
    if (connect(d->socket, (const struct sockaddr *)&d->address, sizeof d->address) != 0) {
        disconnect(d, strerror(errno));
        return;
    }
    watch(d, EPOLL_CTL_ADD, d->socket, EPOLLIN);
    if (!send_hello(d)) {
        disconnect(d, "the daemon takes no messages");
    }
}

/* The daemon is there and knows nothing yet. */
static void start_anew(covnc_display *d)
{
    d->is_welcome = 1;
    d->error[0] = '\0';
    d->surface_due = 1;
    d->cursor_due = 1;
    d->leds_due = 1;
    d->mode_due = 1;
    d->bell_due = 0;
    d->damage_count = 0;
    covnc_display_damage(d, 0, 0, (int)d->width, (int)d->height);
    d->frame_due = d->was_framed;
    flush(d);
}

static int timer_is_up(const covnc_display *d)
{
    struct itimerspec time;
    return timerfd_gettime(d->timer, &time) == 0 && time.it_value.tv_sec == 0 &&
           time.it_value.tv_nsec == 0;
}

/* --- receiving ------------------------------------------------------------------------------ */

static int32_t clamp(int64_t value, int64_t most)
{
    return (int32_t)(value < 0 ? 0 : value > most ? most : value);
}

static int handle_welcome(covnc_display *d, const uint32_t *words, size_t count,
                          covnc_display_event *event)
{
    if (count < 2 || words[1] != VERSION) {
        disconnect(d, "the daemon speaks another version of the protocol");
        return 0;
    }
    d->takes_bell = count >= 3 && (words[2] & TAKES_BELL) != 0;
    start_anew(d);
    d->announced = 1;
    event->type = COVNC_DISPLAY_EVENT_CONNECTED;
    return 1;
}

static int handle_pointer(const covnc_display *d, const uint32_t *words, covnc_display_event *event)
{
    event->type = COVNC_DISPLAY_EVENT_POINTER;
    /* It may be on its way while the screen becomes smaller. */
    event->x = clamp((int32_t)words[1], d->width > 0 ? d->width - 1 : 0);
    event->y = clamp((int32_t)words[2], d->height > 0 ? d->height - 1 : 0);
    event->motion_x = (int32_t)words[3];
    event->motion_y = (int32_t)words[4];
    event->buttons = words[5];
    return 1;
}

static int handle_resize(const uint32_t *words, covnc_display_event *event)
{
    event->type = COVNC_DISPLAY_EVENT_RESIZE;
    event->width = words[1];
    event->height = words[2];
    return words[1] >= 1 && words[1] <= MOST_SIDE && words[2] >= 1 && words[2] <= MOST_SIDE;
}

/* Only frames that were sent can have been taken. */
static void handle_frame_taken(covnc_display *d, uint32_t number)
{
    if (number - d->taken <= d->sent - d->taken) {
        d->taken = number;
        flush(d);
    }
}

/* Whether it makes an event. What is unknown, too short or too early is ignored. */
static int handle(covnc_display *d, const uint32_t *words, size_t length, covnc_display_event *event)
{
    const size_t count = length / sizeof words[0];
    const uint32_t type = words[0];
    if (type == BYE) {
        note_bye(d, words, length);
        return 0;
    }
    if (!d->is_welcome) {
        return type == WELCOME && handle_welcome(d, words, count, event);
    }
    if (type == FRAME_TAKEN && count >= 2) {
        handle_frame_taken(d, words[1]);
    } else if (type == KEY && count >= 4) {
        event->type = COVNC_DISPLAY_EVENT_KEY;
        event->keysym = words[1];
        event->scancode = words[2] <= 0xFF ? (int32_t)words[2] : -1;
        event->down = words[3] != 0;
        return 1;
    } else if (type == POINTER && count >= 6) {
        return handle_pointer(d, words, event);
    } else if (type == RESIZE && count >= 3) {
        return handle_resize(words, event);
    } else if (type == VIEWERS && count >= 2) {
        event->type = COVNC_DISPLAY_EVENT_VIEWERS;
        event->viewers = words[1];
        return 1;
    }
    return 0;
}

/* 1: there is an event; 0: there may be more messages; -1: there are none now. */
static int receive(covnc_display *d, covnc_display_event *event)
{
    uint32_t words[MOST_MESSAGE / 4];
    const ssize_t length = recv(d->socket, words, sizeof words, MSG_DONTWAIT);
    if (length < 0 && errno == EAGAIN) {
        flush(d);
        return -1;
    }
    if (length >= (ssize_t)sizeof words[0]) {
        memset(event, 0, sizeof *event);
        return handle(d, words, (size_t)length, event);
    }
    disconnect(d, length < 0 ? strerror(errno) : "the daemon has ended");
    return -1;
}

int covnc_display_next_event(covnc_display *d, covnc_display_event *event)
{
    int i;
    memset(event, 0, sizeof *event);
    if (d->socket < 0 && !d->announced && timer_is_up(d)) {
        connect_now(d);
    }
    for (i = 0; i < MOST_AT_ONCE && d->socket >= 0; ++i) {
        const int result = receive(d, event);
        if (result > 0) {
            return 1;
        }
        if (result < 0) {
            break;
        }
    }
    memset(event, 0, sizeof *event);
    if (d->socket < 0 && d->announced) {
        d->announced = 0;
        event->type = COVNC_DISPLAY_EVENT_DISCONNECTED;
        return 1;
    }
    return 0;
}

/* --- the display ---------------------------------------------------------------------------- */

/* As much of it as fits in whole characters. */
static void set_name(covnc_display *d, const char *name)
{
    size_t length = strlen(name);
    if (length > MOST_NAME) {
        length = MOST_NAME;
        while (length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80) {
            --length;
        }
    }
    memcpy(d->name, name, length); /* the rest is zero */
}

covnc_display *covnc_display_open(const char *path, const char *name, unsigned flags)
{
    covnc_display *d = NULL;
    if (strlen(path) >= sizeof d->address.sun_path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    d = calloc(1, sizeof *d);
    if (d == NULL) {
        return NULL;
    }
    d->address.sun_family = AF_UNIX;
    memcpy(d->address.sun_path, path, strlen(path) + 1);
    set_name(d, name == NULL ? "" : name);
    d->flags = flags;
    d->absolute = 1;
    d->socket = -1;
    d->memory = -1;
    d->cursor_memory = -1;
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (d->epoll < 0 || d->timer < 0) {
        covnc_display_close(d);
        return NULL;
    }
    watch(d, EPOLL_CTL_ADD, d->timer, EPOLLIN);
    connect_now(d);
    return d;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

void covnc_display_close(covnc_display *d)
{
    if (d == NULL) {
        return;
    }
    if (d->pixels != NULL) {
        munmap(d->pixels, d->bytes);
    }
    close_if_open(d->memory);
    close_if_open(d->cursor_memory);
    close_if_open(d->socket);
    close_if_open(d->timer);
    close_if_open(d->epoll);
    free(d);
}

/* Memory of this size that nobody can make smaller; -1 with errno set. */
static int make_memory(size_t bytes)
{
    const int fd = memfd_create("covnc-display", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && (ftruncate(fd, (off_t)bytes) != 0 ||
                    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)) {
        const int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int covnc_display_resize(covnc_display *d, unsigned width, unsigned height)
{
    const size_t bytes = (size_t)width * height * 4;
    void *pixels;
    int memory;
    if (width < 1 || height < 1 || width > MOST_SIDE || height > MOST_SIDE) {
        errno = EINVAL;
        return -1;
    }
    memory = make_memory(bytes);
    if (memory < 0) {
        return -1;
    }
    pixels = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (pixels == MAP_FAILED) {
        const int error = errno;
        close(memory);
        errno = error;
        return -1;
    }
    if (d->pixels != NULL) {
        munmap(d->pixels, d->bytes);
    }
    close_if_open(d->memory);
    d->memory = memory;
    d->pixels = pixels;
    d->bytes = bytes;
    d->width = width;
    d->height = height;
    d->damage_count = 0;
    d->frame_due = 0; /* what it showed is gone */
    d->was_framed = 0;
    d->surface_due = 1;
    flush(d);
    return 0;
}

uint32_t *covnc_display_pixels(covnc_display *d)
{
    return d->pixels;
}

size_t covnc_display_stride(const covnc_display *d)
{
    return (size_t)d->width * 4;
}

unsigned covnc_display_width(const covnc_display *d)
{
    return d->width;
}

unsigned covnc_display_height(const covnc_display *d)
{
    return d->height;
}

static void merge(rectangle *into, const rectangle *other)
{
    const int32_t right = into->x + into->width;
    const int32_t bottom = into->y + into->height;
    const int32_t other_right = other->x + other->width;
    const int32_t other_bottom = other->y + other->height;
    into->x = into->x < other->x ? into->x : other->x;
    into->y = into->y < other->y ? into->y : other->y;
    into->width = (right > other_right ? right : other_right) - into->x;
    into->height = (bottom > other_bottom ? bottom : other_bottom) - into->y;
}

void covnc_display_damage(covnc_display *d, int x, int y, int width, int height)
{
    rectangle r;
    unsigned i;
    r.x = clamp(x, d->width);
    r.y = clamp(y, d->height);
    r.width = clamp((int64_t)x + width, d->width) - r.x;
    r.height = clamp((int64_t)y + height, d->height) - r.y;
    if (r.width <= 0 || r.height <= 0) {
        return;
    }
    if (d->damage_count == MOST_RECTANGLES) {
        for (i = 1; i < d->damage_count; ++i) {
            merge(&d->damage[0], &d->damage[i]);
        }
        d->damage_count = 1;
    }
    d->damage[d->damage_count++] = r;
}

void covnc_display_frame(covnc_display *d)
{
    if (d->pixels == NULL) {
        return;
    }
    d->was_framed = 1;
    d->frame_due = 1;
    flush(d);
}

int covnc_display_is_taken(const covnc_display *d)
{
    return !d->is_welcome || (!d->frame_due && d->sent == d->taken);
}

int covnc_display_cursor(covnc_display *d, unsigned width, unsigned height, unsigned hot_x,
                         unsigned hot_y, const uint32_t *pixels)
{
    const size_t bytes = (size_t)width * height * 4;
    int memory = -1;
    if (width > MOST_CURSOR_SIDE || height > MOST_CURSOR_SIDE) {
        errno = EINVAL;
        return -1;
    }
    if (bytes > 0) {
        memory = make_memory(bytes);
        if (memory < 0) {
            return -1;
        }
        if (pwrite(memory, pixels, bytes, 0) != (ssize_t)bytes) {
            close(memory);
            errno = ENOMEM;
            return -1;
        }
    }
    close_if_open(d->cursor_memory);
    d->cursor_memory = memory;
    d->cursor[0] = bytes > 0 ? width : 0;
    d->cursor[1] = bytes > 0 ? height : 0;
    d->cursor[2] = bytes > 0 ? (hot_x < width ? hot_x : width - 1) : 0;
    d->cursor[3] = bytes > 0 ? (hot_y < height ? hot_y : height - 1) : 0;
    d->has_cursor = 1;
    d->cursor_due = 1;
    flush(d);
    return 0;
}

void covnc_display_leds(covnc_display *d, unsigned leds)
{
    d->leds = leds;
    d->leds_due = 1;
    flush(d);
}

void covnc_display_pointer_mode(covnc_display *d, int absolute)
{
    d->absolute = absolute != 0;
    d->mode_due = 1;
    flush(d);
}

void covnc_display_bell(covnc_display *d)
{
    if (d->is_welcome && d->takes_bell) {
        d->bell_due = 1;
        flush(d);
    }
}

int covnc_display_fd(const covnc_display *d)
{
    return d->epoll;
}

const char *covnc_display_error(const covnc_display *d)
{
    return d->error;
}
