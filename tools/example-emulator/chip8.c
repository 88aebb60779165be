/* An emulator to start from: a CHIP-8, with its screen in shared memory for covncd.
 *
 *     covncd --source shm:/tmp/chip8.sock &
 *     covnc-chip8 /tmp/chip8.sock [PROGRAM]
 *
 * Without a program it runs a small game of its own: keep the ball in the air with the arrow keys.
 * The machine has 64x32 pixels, 16 keys (1234 QWER ASDF ZXCV of a keyboard) and a 60 Hz clock.
 * What has to do with covnc is at the end.
 */
#include "covnc_display.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WIDTH = 64,
    HEIGHT = 32,
    MEMORY = 4096,
    START = 0x200,
    KEYS = 16,
    INSTRUCTIONS_PER_TICK = 12,
    TICK_NANOSECONDS = 1000000000 / 60
};

/* --- the machine ---------------------------------------------------------------------------- */

static const uint16_t game[] = {
    0x6020, /* the ball: x = 32 */
    0x6108, /* y = 8 */
    0x6201, /* to the right */
    0x6301, /* and down */
    0x641C, /* the paddle: x = 28 */
    0x651E, /* its y = 30 */
    /* loop: 0x20C */
    0xA264, /* ball */
    0xD012, /* draw the ball */
    0xA266, /* pad */
    0xD451, /* and the paddle */
    0x6601,
    0xF615, /* one tick */
    /* wait: 0x218 */
    0xF707,
    0x3700,
    0x1218, /* wait */
    0xD451, /* take the paddle away */
    0xA264, /* ball */
    0xD012, /* and the ball */
    0x8024, /* move */
    0x8134,
    0x403E, /* at the right wall */
    0x62FF, /* to the left */
    0x4000, /* at the left wall */
    0x6201, /* to the right */
    0x4100, /* at the top */
    0x6301, /* down */
    0x311C, /* at the paddle's height? */
    0x1246, /* keys */
    0x8800,
    0x8845, /* how far from the paddle's left end */
    0x6907,
    0x8985, /* up to 7? */
    0x63FF, /* then up */
    0x3F01,
    0x6301, /* missed: on it falls */
    /* keys: 0x246 */
    0x411E, /* it fell out */
    0x6108, /* from above again */
    0x6A04,
    0xEA9E, /* key 4: to the left */
    0x1256, /* right */
    0x4400,
    0x1256, /* right */
    0x74FE,
    /* right: 0x256 */
    0x6A06,
    0xEA9E, /* key 6: to the right */
    0x120C, /* loop */
    0x4438,
    0x120C, /* loop */
    0x7402,
    0x120C, /* loop */
    /* ball: 0x264 */
    0xC0C0,
    /* pad: 0x266 */
    0xFF00,
};

static const uint8_t digits[] = {
    0xF0, 0x90, 0x90, 0x90, 0xF0, 0x20, 0x60, 0x20, 0x20, 0x70, 0xF0, 0x10, 0xF0, 0x80, 0xF0, 0xF0,
    0x10, 0xF0, 0x10, 0xF0, 0x90, 0x90, 0xF0, 0x10, 0x10, 0xF0, 0x80, 0xF0, 0x10, 0xF0, 0xF0, 0x80,
    0xF0, 0x90, 0xF0, 0xF0, 0x10, 0x20, 0x40, 0x40, 0xF0, 0x90, 0xF0, 0x90, 0xF0, 0xF0, 0x90, 0xF0,
    0x10, 0xF0, 0xF0, 0x90, 0xF0, 0x90, 0x90, 0xE0, 0x90, 0xE0, 0x90, 0xE0, 0xF0, 0x80, 0x80, 0x80,
    0xF0, 0xE0, 0x90, 0x90, 0x90, 0xE0, 0xF0, 0x80, 0xF0, 0x80, 0xF0, 0xF0, 0x80, 0xF0, 0x80, 0x80};

typedef struct {
    uint8_t memory[MEMORY];
    uint8_t v[16];
    uint16_t i, pc;
    uint16_t stack[16];
    unsigned depth;
    uint8_t delay;
    uint8_t keys[KEYS];
    uint8_t screen[HEIGHT][WIDTH];
    uint8_t touched[HEIGHT]; /* rows that were drawn since the last frame */
} machine;

static void reset(machine *m)
{
    size_t n;
    memset(m, 0, sizeof *m);
    memcpy(m->memory, digits, sizeof digits);
    for (n = 0; n < sizeof game / sizeof game[0]; ++n) {
        m->memory[START + 2 * n] = (uint8_t)(game[n] >> 8);
        m->memory[START + 2 * n + 1] = (uint8_t)game[n];
    }
    m->pc = START;
}

static void draw_sprite(machine *m, unsigned x, unsigned y, unsigned rows)
{
    unsigned row, column;
    x %= WIDTH;
    y %= HEIGHT;
    m->v[15] = 0;
    for (row = 0; row < rows && y + row < HEIGHT; ++row) {
        const uint8_t bits = m->memory[(m->i + row) % MEMORY];
        m->touched[y + row] = 1;
        for (column = 0; column < 8 && x + column < WIDTH; ++column) {
            uint8_t *const pixel = &m->screen[y + row][x + column];
            const uint8_t bit = (bits >> (7 - column)) & 1;
            m->v[15] |= *pixel & bit;
            *pixel ^= bit;
        }
    }
}

static void calculate(machine *m, unsigned x, unsigned y, unsigned what)
{
    const unsigned a = m->v[x], b = m->v[y];
    switch (what) {
    case 0: m->v[x] = (uint8_t)b; break;
    case 1: m->v[x] = (uint8_t)(a | b); break;
    case 2: m->v[x] = (uint8_t)(a & b); break;
    case 3: m->v[x] = (uint8_t)(a ^ b); break;
    case 4: m->v[x] = (uint8_t)(a + b), m->v[15] = a + b > 255; break;
    case 5: m->v[x] = (uint8_t)(a - b), m->v[15] = a >= b; break;
    case 6: m->v[x] = (uint8_t)(a >> 1), m->v[15] = a & 1; break;
    case 7: m->v[x] = (uint8_t)(b - a), m->v[15] = b >= a; break;
    case 14: m->v[x] = (uint8_t)(a << 1), m->v[15] = (uint8_t)(a >> 7); break;
    default: break;
    }
}

static int pressed_key(const machine *m)
{
    int key;
    for (key = 0; key < KEYS; ++key) {
        if (m->keys[key]) {
            return key;
        }
    }
    return -1;
}

static void miscellaneous(machine *m, unsigned x, unsigned what)
{
    unsigned n;
    switch (what) {
    case 0x07: m->v[x] = m->delay; break;
    case 0x0A: /* waits for a key */
        if (pressed_key(m) < 0) {
            m->pc = (uint16_t)(m->pc - 2);
        } else {
            m->v[x] = (uint8_t)pressed_key(m);
        }
        break;
    case 0x15: m->delay = m->v[x]; break;
    case 0x1E: m->i = (uint16_t)(m->i + m->v[x]); break;
    case 0x29: m->i = (uint16_t)(m->v[x] % KEYS * 5); break;
    case 0x33:
        m->memory[m->i % MEMORY] = m->v[x] / 100;
        m->memory[(m->i + 1) % MEMORY] = m->v[x] / 10 % 10;
        m->memory[(m->i + 2) % MEMORY] = m->v[x] % 10;
        break;
    case 0x55:
        for (n = 0; n <= x; ++n) {
            m->memory[m->i++ % MEMORY] = m->v[n];
        }
        break;
    case 0x65:
        for (n = 0; n <= x; ++n) {
            m->v[n] = m->memory[m->i++ % MEMORY];
        }
        break;
    default: break;
    }
}

static void skip_if(machine *m, int condition)
{
    m->pc = (uint16_t)(m->pc + (condition ? 2 : 0));
}

static void step(machine *m)
{
    const unsigned code = (unsigned)m->memory[m->pc % MEMORY] << 8 | m->memory[(m->pc + 1) % MEMORY];
    const unsigned x = code >> 8 & 15, y = code >> 4 & 15;
    const uint16_t address = code & 0xFFF;
    const uint8_t byte = code & 0xFF;
    m->pc = (uint16_t)(m->pc + 2);
    switch (code >> 12) {
    case 0x0:
        if (code == 0x00E0) {
            memset(m->screen, 0, sizeof m->screen);
            memset(m->touched, 1, sizeof m->touched);
        } else if (code == 0x00EE) {
            m->pc = m->stack[--m->depth % 16];
        }
        break;
    case 0x1: m->pc = address; break;
    case 0x2: m->stack[m->depth++ % 16] = m->pc, m->pc = address; break;
    case 0x3: skip_if(m, m->v[x] == byte); break;
    case 0x4: skip_if(m, m->v[x] != byte); break;
    case 0x5: skip_if(m, m->v[x] == m->v[y]); break;
    case 0x6: m->v[x] = byte; break;
    case 0x7: m->v[x] = (uint8_t)(m->v[x] + byte); break;
    case 0x8: calculate(m, x, y, code & 15); break;
    case 0x9: skip_if(m, m->v[x] != m->v[y]); break;
    case 0xA: m->i = address; break;
    case 0xB: m->pc = (uint16_t)(address + m->v[0]); break;
    case 0xC: m->v[x] = (uint8_t)rand() & byte; break;
    case 0xD: draw_sprite(m, m->v[x], m->v[y], code & 15); break;
    case 0xE: skip_if(m, m->keys[m->v[x] % KEYS] == (byte == 0x9E)); break;
    default: miscellaneous(m, x, byte); break;
    }
}

static int load(machine *m, const char *path)
{
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        return -1;
    }
    memset(m->memory + START, 0, MEMORY - START);
    if (fread(m->memory + START, 1, MEMORY - START, file) == 0) {
        errno = EINVAL;
    }
    return fclose(file);
}

/* --- its screen and keys, through covnc ------------------------------------------------------- */

static const uint32_t dark = 0x101820, bright = 0x80FFB0;

/* A pixel of the machine is a square; what is left of the window stays dark. */
static void show(covnc_display *display, machine *m)
{
    const unsigned window_width = covnc_display_width(display);
    const unsigned window_height = covnc_display_height(display);
    const unsigned across = window_width / WIDTH, down = window_height / HEIGHT;
    const unsigned side = across < down ? across : down;
    const unsigned left = (window_width - side * WIDTH) / 2;
    const unsigned top = (window_height - side * HEIGHT) / 2;
    unsigned row, x, y;
    int drawn = 0;
    if (!covnc_display_is_taken(display)) {
        return; /* the daemon still copies: next time */
    }
    for (row = 0; row < HEIGHT; ++row) {
        if (!m->touched[row]) {
            continue;
        }
        for (y = top + row * side; y < top + (row + 1) * side; ++y) {
            uint32_t *const line = covnc_display_pixels(display) + (size_t)y * window_width;
            for (x = 0; x < side * WIDTH; ++x) {
                line[left + x] = m->screen[row][x / side] ? bright : dark;
            }
        }
        covnc_display_damage(display, (int)left, (int)(top + row * side), (int)(side * WIDTH),
                             (int)side);
        m->touched[row] = 0;
        drawn = 1;
    }
    if (drawn) {
        covnc_display_frame(display);
    }
}

static int resize(covnc_display *display, machine *m, unsigned width, unsigned height)
{
    size_t pixel;
    if (covnc_display_resize(display, width < WIDTH ? WIDTH : width,
                             height < HEIGHT ? HEIGHT : height) != 0) {
        return -1;
    }
    for (pixel = 0; pixel < (size_t)covnc_display_width(display) * covnc_display_height(display);
         ++pixel) {
        covnc_display_pixels(display)[pixel] = dark;
    }
    memset(m->touched, 1, sizeof m->touched);
    return 0;
}

static int key_of(uint32_t keysym)
{
    static const char letters[] = "x123qweasdzc4rfv"; /* in the order of the machine's keys */
    const char *found;
    if (keysym == 0xFF51 || keysym == 0xFF53) { /* Left, Right */
        return keysym == 0xFF51 ? 4 : 6;
    }
    if (keysym >= 'A' && keysym <= 'Z') {
        keysym += 'a' - 'A';
    }
    found = keysym > 0 && keysym < 128 ? strchr(letters, (int)keysym) : NULL;
    return found == NULL ? -1 : (int)(found - letters);
}

/* Why there is no daemon, once. */
static void report_error(const covnc_display *display)
{
    static char last[128];
    if (strncmp(last, covnc_display_error(display), sizeof last - 1) != 0) {
        snprintf(last, sizeof last, "%s", covnc_display_error(display));
        if (last[0] != '\0') {
            printf("no covncd: %s\n", last);
        }
    }
}

static void take_events(covnc_display *display, machine *m)
{
    covnc_display_event event;
    while (covnc_display_next_event(display, &event)) {
        if (event.type == COVNC_DISPLAY_EVENT_KEY && key_of(event.keysym) >= 0) {
            m->keys[key_of(event.keysym)] = event.down != 0;
        } else if (event.type == COVNC_DISPLAY_EVENT_RESIZE) {
            resize(display, m, event.width, event.height);
        } else if (event.type == COVNC_DISPLAY_EVENT_CONNECTED) {
            printf("connected to covncd\n");
        } else if (event.type == COVNC_DISPLAY_EVENT_DISCONNECTED) {
            memset(m->keys, 0, sizeof m->keys);
        }
    }
    report_error(display);
    fflush(stdout);
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int main(int argc, char **argv)
{
    static machine m;
    covnc_display *display;
    int64_t next_tick = now();
    reset(&m);
    if (argc < 2 || argc > 3 || (argc == 3 && load(&m, argv[2]) != 0)) {
        fprintf(stderr, "usage: covnc-chip8 SOCKET [PROGRAM]\n");
        return 2;
    }
    display = covnc_display_open(argv[1], "CHIP-8", COVNC_DISPLAY_RESIZABLE);
    if (display == NULL || resize(display, &m, 10 * WIDTH, 10 * HEIGHT) != 0) {
        perror("covnc-chip8");
        return 1;
    }
    for (;;) {
        struct pollfd waiting = {covnc_display_fd(display), POLLIN, 0};
        const int64_t left = next_tick - now();
        if (left > 0) {
            poll(&waiting, 1, (int)(left / 1000000) + 1);
            take_events(display, &m);
        } else {
            int count;
            next_tick += left < -TICK_NANOSECONDS * 10LL ? -left : TICK_NANOSECONDS;
            for (count = 0; count < INSTRUCTIONS_PER_TICK; ++count) {
                step(&m);
            }
            m.delay -= m.delay > 0;
            take_events(display, &m);
            show(display, &m);
        }
    }
}
