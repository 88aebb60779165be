/* An emulator to start from: a CHIP-8, with its screen in shared memory for covncd.
 *
 *     covncd --source shm:/tmp/chip8.sock &
 *     covnc-chip8 /tmp/chip8.sock [PROGRAM]
 *
 * Without a program it runs a small game of its own: take the wall down with ball and paddle, which
 * the arrow keys move.
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
    INSTRUCTIONS_PER_TICK = 20,
    TICK_NANOSECONDS = 1000000000 / 60,
    LIT = 8 /* how bright a pixel is that is on; it fades in as many ticks */
};

/* --- the machine ---------------------------------------------------------------------------- */

/* A ball, a paddle, and a wall to take down. Drawing flips pixels and tells in v15 whether that has
 * put one out: so the ball notices what it hits.
 *   v0, v1: where the ball is; v2, v3: where it goes; v4, v5: the paddle; v14: bricks hit */
static const uint16_t game[] = {
    /* start: 0x200 */
    0x00E0, /* a clear screen */
    0x6E00, /* no brick hit yet */
    0x6A00, /* bricks: x = 0 */
    0x6B04, /* y = 4 */
    /* wall: 0x208 */
    0xA2B2, /* i = brick */
    0xDAB1, /* a brick */
    0x7A08, /* the next one */
    0x3A40, /* at the right edge? */
    0x1208, /* go to wall */
    0x6A00,
    0x7B02, /* the next row */
    0x3B0C, /* four of them */
    0x1208, /* go to wall */
    0x641C, /* the paddle: x = 28 */
    0x651E, /* y = 30 */
    0xA2B6, /* i = paddle */
    0xD451,
    /* serve: 0x222 */
    0x6020, /* the ball: x = 32 */
    0x610E, /* y = 14 */
    0xC202, /* to the left or to the right: */
    0x72FF, /* 0 or 2, less 1 */
    0x6301, /* and down */
    0xA2B4, /* i = ball */
    0xD011,
    /* loop: 0x230 */
    0x6602, /* two ticks */
    0xF615,
    /* wait: 0x234 */
    0xF707,
    0x3700,
    0x1234, /* go to wait */
    0x8840, /* where the paddle was */
    0x6904, /* key 4: to the left, */
    0xE99E,
    0x1246, /* go to right */
    0x3400, /* unless it is there */
    0x74FE,
    /* right: 0x246 */
    0x6906, /* key 6: to the right */
    0xE99E,
    0x1250, /* go to moved */
    0x3438,
    0x7402,
    /* moved: 0x250 */
    0x9840, /* it has moved? */
    0x125A, /* go to fly */
    0xA2B6, /* i = paddle */
    0xD851, /* take it away there */
    0xD451, /* and show it here */
    /* fly: 0x25A */
    0xA2B4, /* i = ball */
    0xD011, /* take the ball away */
    0x8024, /* move it */
    0x8134,
    0x4000, /* at the left wall */
    0x6201, /* to the right */
    0x403F, /* at the right wall */
    0x62FF, /* to the left */
    0x4100, /* at the top */
    0x6301, /* down */
    0x411F, /* below the paddle */
    0x1222, /* go to serve: a new ball */
    0xD011, /* show it */
    0x3F01, /* has it hit something? */
    0x1230, /* go to loop */
    0xD011, /* leave that as it was */
    0x411E, /* at the paddle's height? */
    0x129C, /* go to bounce */
    0x6AF8, /* the brick's x: */
    0x8A02, /* a multiple of 8 */
    0xA2B2, /* i = brick */
    0xDA11, /* take it away */
    0x6900,
    0x8935, /* turn */
    0x8390,
    0x6902, /* with a short tone */
    0xF918,
    0xA2B4, /* i = ball */
    0xD011,
    0x7E01, /* one more */
    0x3E20, /* all 32? */
    0x1230, /* go to loop */
    0x1200, /* go to start: again */
    /* bounce: 0x29C */
    0x63FF, /* up */
    0x611D, /* from above the paddle */
    0x8900,
    0x8945, /* how far from its left end */
    0x6A03,
    0x8A95, /* up to 3? */
    0x62FF, /* to the left */
    0x3F01,
    0x6201, /* else to the right */
    0xD011,
    0x1230, /* go to loop */
    /* brick: 0x2B2 */
    0xFE00,
    /* ball: 0x2B4 */
    0x8000,
    /* paddle: 0x2B6 */
    0xFF00,
};

/* Sprites of 0 to F, at the start of memory. */
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
    uint8_t sound; /* a tone for so many ticks */
    uint8_t was_sounding;
    uint8_t keys[KEYS];
    uint8_t screen[HEIGHT][WIDTH];
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
    case 0x18: m->sound = m->v[x]; break;
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

/* 0, or -1 with errno set. */
static int load(machine *m, const char *path)
{
    FILE *const file = fopen(path, "rb");
    size_t length;
    if (file == NULL) {
        return -1;
    }
    memset(m->memory + START, 0, MEMORY - START);
    length = fread(m->memory + START, 1, MEMORY - START, file);
    fclose(file);
    if (length == 0) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}

/* --- its screen and keys, through covnc ------------------------------------------------------- */

typedef struct {
    covnc_display *display;
    unsigned side, left, top;     /* of a machine's pixel, and where the first one is */
    uint8_t glow[HEIGHT][WIDTH];  /* 0 .. LIT */
    uint8_t is_stale[HEIGHT];     /* rows that memory does not show as they glow */
} screen;

static uint32_t colour(unsigned glow)
{
    static const int dark[3] = {0x10, 0x18, 0x20}, bright[3] = {0x80, 0xFF, 0xB0};
    uint32_t pixel = 0;
    int i;
    for (i = 0; i < 3; ++i) {
        pixel = pixel << 8 | (uint32_t)(dark[i] + (bright[i] - dark[i]) * (int)glow / LIT);
    }
    return pixel;
}

/* A pixel lights up at once and fades slowly, as on an old tube: programs flip what they move off and
 * on, and would flicker. */
static void fade(screen *s, const machine *m)
{
    unsigned row, column;
    for (row = 0; row < HEIGHT; ++row) {
        for (column = 0; column < WIDTH; ++column) {
            uint8_t *const glow = &s->glow[row][column];
            const uint8_t next = m->screen[row][column] ? LIT : *glow > 0 ? *glow - 1 : 0;
            s->is_stale[row] |= *glow != next;
            *glow = next;
        }
    }
}

/* A pixel of the machine is a square with a thin dark line around it. */
static void draw_row(screen *s, unsigned row)
{
    const unsigned window_width = covnc_display_width(s->display);
    const unsigned gap = s->side > 4 ? 1 : 0;
    unsigned x, y;
    for (y = 0; y < s->side; ++y) {
        uint32_t *const line = covnc_display_pixels(s->display) +
                               (size_t)(s->top + row * s->side + y) * window_width + s->left;
        for (x = 0; x < s->side * WIDTH; ++x) {
            const int is_gap = y + gap >= s->side || x % s->side + gap >= s->side;
            line[x] = colour(is_gap ? 0 : s->glow[row][x / s->side]);
        }
    }
}

static void show(screen *s)
{
    unsigned row;
    int was_drawn = 0;
    if (!covnc_display_is_taken(s->display)) {
        return; /* the daemon still copies: next time */
    }
    for (row = 0; row < HEIGHT; ++row) {
        if (s->is_stale[row]) {
            draw_row(s, row);
            covnc_display_damage(s->display, (int)s->left, (int)(s->top + row * s->side),
                                 (int)(s->side * WIDTH), (int)s->side);
            s->is_stale[row] = 0;
            was_drawn = 1;
        }
    }
    if (was_drawn) {
        covnc_display_frame(s->display);
    }
}

/* What is left of the window around the machine's screen stays dark. */
static int resize(screen *s, unsigned width, unsigned height)
{
    const unsigned across = width / WIDTH, down = height / HEIGHT;
    size_t pixel;
    if (across < 1 || down < 1 || covnc_display_resize(s->display, width, height) != 0) {
        return -1;
    }
    s->side = across < down ? across : down;
    s->left = (width - s->side * WIDTH) / 2;
    s->top = (height - s->side * HEIGHT) / 2;
    for (pixel = 0; pixel < (size_t)width * height; ++pixel) {
        covnc_display_pixels(s->display)[pixel] = colour(0);
    }
    memset(s->is_stale, 1, sizeof s->is_stale);
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

static void take_events(screen *s, machine *m)
{
    covnc_display_event event;
    while (covnc_display_next_event(s->display, &event)) {
        if (event.type == COVNC_DISPLAY_EVENT_KEY && key_of(event.keysym) >= 0) {
            m->keys[key_of(event.keysym)] = event.down != 0;
        } else if (event.type == COVNC_DISPLAY_EVENT_RESIZE) {
            resize(s, event.width, event.height);
        } else if (event.type == COVNC_DISPLAY_EVENT_CONNECTED) {
            printf("connected to covncd\n");
        } else if (event.type == COVNC_DISPLAY_EVENT_DISCONNECTED) {
            memset(m->keys, 0, sizeof m->keys);
        }
    }
    report_error(s->display);
    fflush(stdout);
}

/* A tone begins: viewers have bells, and no loudspeaker for anything else. */
static void ring(screen *s, machine *m)
{
    if (m->sound > 0 && !m->was_sounding) {
        covnc_display_bell(s->display);
    }
    m->was_sounding = m->sound > 0;
    m->sound -= m->sound > 0;
}

static void tick(screen *s, machine *m)
{
    int count;
    for (count = 0; count < INSTRUCTIONS_PER_TICK; ++count) {
        step(m);
    }
    m->delay -= m->delay > 0;
    ring(s, m);
    take_events(s, m);
    fade(s, m);
    show(s);
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
    static screen s;
    int64_t next_tick = now();
    reset(&m);
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: covnc-chip8 SOCKET [PROGRAM]\n");
        return 2;
    }
    if (argc == 3 && load(&m, argv[2]) != 0) {
        perror(argv[2]);
        return 1;
    }
    s.display = covnc_display_open(argv[1], "CHIP-8", COVNC_DISPLAY_RESIZABLE);
    if (s.display == NULL || resize(&s, 10 * WIDTH, 10 * HEIGHT) != 0) {
        perror("covnc-chip8");
        return 1;
    }
    for (;;) {
        struct pollfd waiting = {covnc_display_fd(s.display), POLLIN, 0};
        const int64_t left = next_tick - now();
        if (left > 0) {
            poll(&waiting, 1, (int)(left / 1000000) + 1);
            take_events(&s, &m);
        } else {
            /* After a long pause it goes on from here. */
            next_tick += left < -TICK_NANOSECONDS * 10LL ? -left : TICK_NANOSECONDS;
            tick(&s, &m);
        }
    }
}
