/* covnc_display: an emulator's screen in shared memory, for covncd --source shm:PATH.
 *
 * Draw into covnc_display_pixels(), say what you touched with covnc_display_damage(), end the
 * picture with covnc_display_frame(), and take keys, pointer and wishes for a size from
 * covnc_display_next_event(). Nothing here waits: while the daemon is away or slow, damage is kept
 * and goes out later, and a daemon that is started again is found again.
 *
 * No dependencies beyond Linux and the C library; C99 and C++. A display belongs to one thread.
 * What goes over the socket is in docs/shm-protocol.md. MIT licence.
 */
#ifndef COVNC_DISPLAY_H
#define COVNC_DISPLAY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct covnc_display covnc_display;

enum {
    COVNC_DISPLAY_RESIZABLE = 1 /* viewers may ask for another size: COVNC_DISPLAY_EVENT_RESIZE */
};

/* Makes a display and looks for the daemon, which need not be there yet.
 *   path:  the socket of covncd --source shm:PATH
 *   name:  UTF-8, shown as the viewers' title; up to 255 bytes are used
 *   flags: of the enumeration above, or 0
 * Returns NULL with errno set where memory or descriptors are short or the path is too long. */
covnc_display* covnc_display_open(const char* path, const char* name, unsigned flags);
/* The memory goes too. display: may be NULL. */
void covnc_display_close(covnc_display* display);

/* Gives the screen this size in pixels (1 to 16384 each), black. To be called before anything is
 * drawn, and whenever the size changes. Returns 0, or -1 with errno set; the old one stays then. */
int covnc_display_resize(covnc_display* display, unsigned width, unsigned height);

/* The screen: a pixel is 0x00RRGGBB, a row starts covnc_display_stride() bytes behind the one
 * before it. Valid until the next resize or close; NULL before the first resize. */
uint32_t* covnc_display_pixels(covnc_display* display);
size_t covnc_display_stride(const covnc_display* display);
unsigned covnc_display_width(const covnc_display* display);
unsigned covnc_display_height(const covnc_display* display);

/* These pixels were drawn (the part outside of the screen is ignored). */
void covnc_display_damage(covnc_display* display, int x, int y, int width, int height);
/* The picture is whole: what was damaged may be shown. The daemon copies it soon, as often as it
 * shows something new (60 times a second). Whoever wants no picture half of the old and half of the
 * new draws no more until covnc_display_is_taken(). */
void covnc_display_frame(covnc_display* display);
/* Whether the daemon has copied every frame, or is not there. */
int covnc_display_is_taken(const covnc_display* display);

/* The machine's pointer: 0xAARRGGBB with straight alpha, width * height of them without padding, up
 * to 256x256; 0x0 hides it. The hot spot is the pixel that points. Returns 0, or -1 with errno
 * set. */
int covnc_display_cursor(covnc_display* display,
                         unsigned width,
                         unsigned height,
                         unsigned hot_x,
                         unsigned hot_y,
                         const uint32_t* pixels);

enum { COVNC_DISPLAY_SCROLL_LOCK = 1, COVNC_DISPLAY_NUM_LOCK = 2, COVNC_DISPLAY_CAPS_LOCK = 4 };
/* The lamps of the machine's keyboard. */
void covnc_display_leds(covnc_display* display, unsigned leds);
/* Whether the machine's pointer takes positions (a tablet, as at first) or only motion (a mouse).
 */
void covnc_display_pointer_mode(covnc_display* display, int absolute);
/* The machine rings a bell, now: while the daemon is away, or is one that knows no bells, nobody
 * hears it. Viewers hear at most one for each picture that they could be shown. */
void covnc_display_bell(covnc_display* display);

enum covnc_display_event_type {
    COVNC_DISPLAY_EVENT_CONNECTED = 1,    /* the daemon is there */
    COVNC_DISPLAY_EVENT_DISCONNECTED = 2, /* it went, with all viewers: let go of every key and
                                             button; covnc_display_error() says why */
    COVNC_DISPLAY_EVENT_KEY = 3,
    COVNC_DISPLAY_EVENT_POINTER = 4,
    COVNC_DISPLAY_EVENT_RESIZE = 5, /* a viewer wishes width x height */
    COVNC_DISPLAY_EVENT_VIEWERS = 6 /* so many look on; with 0 there is no need to draw */
};

enum {
    COVNC_DISPLAY_BUTTON_LEFT = 1,
    COVNC_DISPLAY_BUTTON_MIDDLE = 2,
    COVNC_DISPLAY_BUTTON_RIGHT = 4,
    COVNC_DISPLAY_WHEEL_UP = 8,
    COVNC_DISPLAY_WHEEL_DOWN = 16,
    COVNC_DISPLAY_WHEEL_LEFT = 32,
    COVNC_DISPLAY_WHEEL_RIGHT = 64,
    COVNC_DISPLAY_BUTTON_BACK = 128,
    COVNC_DISPLAY_BUTTON_FORWARD = 256
};

typedef struct covnc_display_event
{
    enum covnc_display_event_type type;
    /* KEY */
    uint32_t keysym;  /* of X11; 0: not known */
    int32_t scancode; /* XT set 1, the prefix 0xe0 as bit 7; -1: not known */
    int down;         /* may come again while it is down */
    /* POINTER */
    int32_t x, y;               /* pixels, inside of the screen; in absolute mode */
    int32_t motion_x, motion_y; /* pixels since the last event; in relative mode */
    uint32_t buttons;           /* those that are down */
    /* RESIZE */
    uint32_t width, height;
    /* VIEWERS */
    uint32_t viewers;
} covnc_display_event;

/* Does what there is to do and takes the next event: 1, or 0 where there is none. Call it until it
 * returns 0, whenever the descriptor is readable or once a frame. */
int covnc_display_next_event(covnc_display* display, covnc_display_event* event);
/* Readable where covnc_display_next_event() has something to do. The same one for the display's
 * life; only to be polled. */
int covnc_display_fd(const covnc_display* display);
/* Why the daemon is not there, in its own words where it ended the connection; "" where it is.
 * Valid until the next call. */
const char* covnc_display_error(const covnc_display* display);

#ifdef __cplusplus
}
#endif

#endif
